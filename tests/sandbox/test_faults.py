import json
import time
from typing import Any

import httpx
import pytest

from processes import until
from productive_integrations.sandbox import Fault, Sandbox
from productive_integrations.sandbox.faults import FaultKind

XERO = "integrations/74211"
PATH = r"/integrations/74211$"


def save(api: httpx.Client, code: str = "4999") -> httpx.Response:
    data = {"type": "integrations", "id": "74211", "attributes": {"account_code": code}}
    return api.patch(XERO, json={"data": data})


def stored(sandbox: Sandbox) -> Any:
    return sandbox.integrations["74211"].attributes["account_code"]


def order(sandbox: Sandbox, kind: FaultKind, **more: Any) -> None:
    sandbox.faults.append(Fault(kind=kind, method="PATCH", path=PATH, **more))


@pytest.mark.parametrize(("kind", "code"), [("drop_before", "4000"), ("drop_after", "4999")])
def test_a_dropped_connection_gives_no_answer(
    sandbox: Sandbox, api: httpx.Client, kind: FaultKind, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    order(sandbox, kind)
    with pytest.raises(httpx.RemoteProtocolError):
        save(api)
    assert stored(sandbox) == code
    assert sandbox.requests[-1].status is None
    assert sandbox.faults == []
    assert capfd.readouterr().err == ""


def test_a_late_commit_lands_after_the_connection_is_gone(sandbox: Sandbox, api: httpx.Client) -> None:
    order(sandbox, "late_commit", seconds=0.5)
    with pytest.raises(httpx.RemoteProtocolError):
        save(api)
    assert stored(sandbox) == "4000"
    until(lambda: stored(sandbox) == "4999", "the write")


def test_a_slow_answer_comes_after_its_write(sandbox: Sandbox, api: httpx.Client) -> None:
    order(sandbox, "slow", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        api.patch(
            XERO,
            json={"data": {"attributes": {"account_code": "4999"}}},
            timeout=0.2,
        )
    assert stored(sandbox) == "4999"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("status_429", 429, "4000"),
        ("status_500_before", 500, "4000"),
        ("status_502_after", 502, "4999"),
        ("status_503_before", 503, "4000"),
        ("redirect", 302, "4000"),
        ("ignored", 200, "4000"),
    ],
)
def test_a_status_comes_before_or_after_the_write(
    sandbox: Sandbox, api: httpx.Client, kind: FaultKind, status: int, code: str
) -> None:
    order(sandbox, kind)
    assert save(api).status_code == status
    assert stored(sandbox) == code


def test_an_update_that_is_ignored_is_answered_with_what_is_stored_now(sandbox: Sandbox, api: httpx.Client) -> None:
    save(api)
    sandbox.switches.replica_lag = 30
    order(sandbox, "ignored")
    answer = save(api, "4888")

    assert answer.json()["data"]["attributes"]["account_code"] == "4999"
    assert stored(sandbox) == "4999"


def test_a_redirect_leads_to_another_path(sandbox: Sandbox, api: httpx.Client) -> None:
    order(sandbox, "redirect")
    assert save(api).headers["location"] == f"{api.base_url}organizations"


def test_a_truncated_body_breaks_off(sandbox: Sandbox, api: httpx.Client) -> None:
    order(sandbox, "truncated")
    with pytest.raises(httpx.RemoteProtocolError):
        save(api)
    assert stored(sandbox) == "4999"


def test_html_and_text_pose_as_an_answer(sandbox: Sandbox, api: httpx.Client) -> None:
    order(sandbox, "html")
    order(sandbox, "not_json")
    page, text = save(api), save(api)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert text.headers["content-type"] == "application/vnd.api+json; charset=utf-8"
    with pytest.raises(json.JSONDecodeError):
        text.json()


def test_the_answer_can_be_about_another_record(sandbox: Sandbox, api: httpx.Client) -> None:
    order(sandbox, "wrong_record")
    assert save(api).json()["data"]["id"] != "74211"
    assert stored(sandbox) == "4999"


def test_a_bomb_is_larger_than_eight_megabytes(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.faults.append(Fault(kind="bomb"))
    size = 0
    with api.stream("GET", XERO) as response:
        for chunk in response.iter_raw():
            size += len(chunk)
            if size > 9_000_000:
                break
    assert int(response.headers["content-length"]) > size > 9_000_000
    assert api.get(XERO).status_code == 200


def test_a_drip_takes_a_pause_after_each_byte(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.faults.append(Fault(kind="drip", seconds=0.05))
    with api.stream("GET", XERO) as response:
        chunks = response.iter_raw()
        start = time.monotonic()
        assert [len(next(chunks)) for _ in range(3)] == [1, 1, 1]
        assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("duplicate_keys", b',"data":{"id":"1"'),
        ("nan", b'"name":NaN'),
        ("deep", b'"name":[[[['),
        ("lone_surrogate", b'"name":"Xero \\ud800"'),
    ],
)
def test_json_can_be_bent(sandbox: Sandbox, api: httpx.Client, kind: FaultKind, mark: bytes) -> None:
    for path in (XERO, "integrations"):
        sandbox.faults.append(Fault(kind=kind))
        response = api.get(path)
        assert response.status_code == 200
        assert mark in response.content


@pytest.mark.parametrize(("kind", "answered"), [("foreign_edit_before", "x"), ("foreign_edit_after", "4010")])
def test_somebody_else_edits_around_a_request(
    sandbox: Sandbox, api: httpx.Client, kind: FaultKind, answered: str
) -> None:
    edit = {"account_code_mapping": {"600131": "x", "600137": None}, "deactivated_at": "2026-10-02"}
    sandbox.faults.append(Fault(kind=kind, path=PATH, edit=edit))
    seen = api.get(XERO).json()["data"]["attributes"]["account_code_mapping"]["600131"]
    now = sandbox.integrations["74211"].attributes
    assert seen == answered
    assert now["account_code_mapping"]["600131"] == "x"
    assert "600137" not in now["account_code_mapping"]
    assert now["deactivated_at"] == "2026-10-02"


def test_a_foreign_edit_can_be_a_function_and_goes_with_another_fault(sandbox: Sandbox, api: httpx.Client) -> None:
    order(
        sandbox,
        "foreign_edit_after",
        edit=lambda record: record.attributes.update(account_code="theirs"),
    )
    order(sandbox, "drop_after")
    with pytest.raises(httpx.RemoteProtocolError):
        save(api)
    assert stored(sandbox) == "theirs"


def test_a_fault_strikes_the_requests_it_is_meant_for(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.faults.append(Fault(kind="status_500_before", method="GET", path=PATH, skip=1, times=2))
    assert api.get("integrations").status_code == 200
    assert [api.get(XERO).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert sandbox.faults == []
