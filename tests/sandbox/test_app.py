import time
from typing import Any

import httpx
import pytest

from productive_integrations.sandbox import Sandbox

XERO = "integrations/74211"


def error(response: httpx.Response) -> dict[str, Any]:
    errors: list[dict[str, Any]] = response.json()["errors"]
    assert len(errors) == 1
    return errors[0]


def test_a_wrong_token_is_not_authenticated(api: httpx.Client) -> None:
    response = api.get(XERO, headers={"X-Auth-Token": "other"})
    assert response.status_code == 401
    assert error(response) == {
        "status": 401,
        "code": "invalid_auth_token",
        "title": "Unauthenticated",
        "detail": "You are not authenticated",
    }


@pytest.mark.parametrize("organization", ["", "99999"])
def test_no_organization_and_a_foreign_one_get_the_same_answer(api: httpx.Client, organization: str) -> None:
    response = api.get(XERO, headers={"X-Organization-Id": organization})
    assert response.status_code == 403
    assert error(response)["code"] == "no_organization_id"
    assert error(response)["detail"] == "The organizationId has to be provided in the X-Organization-Id header"


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_a_write_without_the_media_type_is_unsupported(api: httpx.Client, method: str) -> None:
    response = api.request(method, XERO, headers={"Content-Type": "application/json"}, content=b"{}")
    assert response.status_code == 415
    assert error(response) == {
        "status": 415,
        "title": "Unsupported Media Type",
        "detail": "Unsupported content type",
    }


def test_every_answer_has_the_media_type_and_a_request_id(api: httpx.Client) -> None:
    first, second = api.get(XERO), api.get("integrations/1")
    assert first.headers["content-type"] == "application/vnd.api+json; charset=utf-8"
    assert second.headers["content-type"] == first.headers["content-type"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_requests_are_kept_in_order_with_their_bodies(sandbox: Sandbox, api: httpx.Client) -> None:
    body = {"data": {"type": "integrations", "id": "74211", "attributes": {"account_code": "4001"}}}
    api.get("service_types", params={"page[size]": "2"})
    api.patch(XERO, json=body)
    api.get("nowhere")
    seen = [(entry.method, entry.path, entry.status) for entry in sandbox.requests]
    assert seen == [
        ("GET", "/api/v2/service_types", 200),
        ("PATCH", "/api/v2/integrations/74211", 200),
        ("GET", "/api/v2/nowhere", 404),
    ]
    assert sandbox.requests[0].query == "page%5Bsize%5D=2"
    assert sandbox.requests[1].body == body
    assert sandbox.requests[0].at <= sandbox.requests[2].at
    sandbox.requests.clear()
    assert sandbox.requests == []


def test_the_hundred_and_first_request_in_ten_seconds_is_limited(sandbox: Sandbox, api: httpx.Client) -> None:
    statuses = {api.get("pipelines").status_code for _ in range(100)}
    over = api.get("pipelines")
    assert (statuses, over.status_code) == ({200}, 429)
    assert error(over) == {
        "status": 429,
        "title": "Too many requests",
        "detail": "Rate limit reached. Try again later",
        "limit": 100,
        "period": 10,
    }
    assert 1 <= int(over.headers["x-ratelimit-reset"]) <= 10
    sandbox.switches.rate_limit_header = "retry-after"
    assert "retry-after" in api.get("pipelines").headers
    sandbox.switches.rate_limit_header = None
    assert not {"retry-after", "x-ratelimit-reset"} & set(api.get("pipelines").headers)
    sandbox.switches.rate_limit = False
    assert api.get("pipelines").status_code == 200


def test_spent_server_time_limits_every_answer(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.server_time_limited = True
    response = api.get(XERO)
    assert response.status_code == 429
    assert error(response) == {
        "status": 429,
        "title": "Server time limit exceeded",
        "detail": "Server time limit reached. Try again later",
        "limit": 1800,
        "period": 3600,
    }
    assert 1 <= int(response.headers["x-ratelimit-reset"]) <= 3600


def test_latency_delays_an_answer(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.latency = 0.2
    start = time.monotonic()
    api.get(XERO)
    assert time.monotonic() - start >= 0.2
