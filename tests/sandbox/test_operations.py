import time
from typing import Any, Literal

import httpx
import pytest

from productive_integrations.sandbox import Sandbox

XERO = "integrations/74211"


def save(api: httpx.Client, **attributes: Any) -> httpx.Response:
    return api.patch(XERO, json={"data": {"type": "integrations", "id": "74211", "attributes": attributes}})


def test_a_hash_is_replaced_whole_and_the_rest_stays(sandbox: Sandbox, api: httpx.Client) -> None:
    before = dict(sandbox.integrations["74211"].attributes)
    response = save(api, account_code_mapping={"600131": "4011"})
    after = sandbox.integrations["74211"].attributes
    assert response.status_code == 200
    assert response.json()["data"]["attributes"] == after
    assert after == before | {"account_code_mapping": {"600131": "4011"}}


def test_a_hash_can_be_merged_instead(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.patch_mode = "merge"
    before = dict(sandbox.integrations["74211"].attributes["account_code_mapping"])
    save(api, account_code_mapping={"600131": "4011"})
    stored = sandbox.integrations["74211"].attributes["account_code_mapping"]
    assert stored == before | {"600131": "4011"}


def test_what_is_not_accepted_is_ignored_with_a_200(sandbox: Sandbox, api: httpx.Client) -> None:
    before = dict(sandbox.integrations["74211"].attributes)
    assert save(api, name="Mine now", xero_invoice_status_id=3, nonsense=1).status_code == 200
    assert sandbox.integrations["74211"].attributes == before


def test_an_attribute_can_be_made_to_be_ignored(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.ignored_attributes.add("account_code_mapping")
    response = save(api, account_code_mapping={}, account_code="4999")
    assert response.status_code == 200
    assert sandbox.integrations["74211"].attributes["account_code"] == "4999"
    assert len(sandbox.integrations["74211"].attributes["account_code_mapping"]) == 40


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (401, "Unauthenticated"),
        (403, "Access Denied"),
        (404, "Record Not Found"),
        (405, "Method Not Allowed"),
        (422, "Invalid Attribute"),
    ],
)
def test_a_write_can_be_refused(
    sandbox: Sandbox, api: httpx.Client, status: Literal[401, 403, 404, 405, 422], title: str
) -> None:
    sandbox.switches.patch_refusal = status
    response = save(api, account_code="4999")
    assert (response.status_code, response.json()["errors"][0]["title"]) == (status, title)
    assert sandbox.integrations["74211"].attributes["account_code"] == "4000"


def test_a_validation_error_points_without_a_leading_slash(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.patch_refusal = 422
    entry = save(api, account_code="4999").json()["errors"][0]
    assert entry["status"] == "unprocessable_content"
    assert entry["source"] == {"pointer": "data/attributes/account_code"}


def test_values_can_lose_their_leading_zeros(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.normalise = "strip_zeros"
    save(api, account_code_mapping={"600131": "0010", "600137": "0A1"})
    stored = sandbox.integrations["74211"].attributes["account_code_mapping"]
    assert stored == {"600131": "10", "600137": "0A1"}


def test_an_empty_hash_can_become_null(sandbox: Sandbox, api: httpx.Client) -> None:
    save(api, account_code_mapping={})
    assert sandbox.integrations["74211"].attributes["account_code_mapping"] == {}
    sandbox.switches.normalise = "null_empty"
    save(api, account_code_mapping={})
    assert sandbox.integrations["74211"].attributes["account_code_mapping"] is None


def test_type_and_id_of_the_body_are_looked_at_only_when_switched_on(sandbox: Sandbox, api: httpx.Client) -> None:
    body = {"data": {"type": "people", "id": "5", "attributes": {"account_code": "4001"}}}
    assert api.patch(XERO, json=body).status_code == 200
    sandbox.switches.check_data_type = True
    assert api.patch(XERO, json=body).status_code == 409
    assert save(api, account_code="4002").status_code == 200


def test_a_body_that_is_not_json_is_a_bad_request(api: httpx.Client) -> None:
    assert api.patch(XERO, content=b"{").status_code == 400


def test_reads_can_lag_behind_a_write(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.replica_lag = 0.3
    save(api, account_code="4001")
    save(api, account_code="4002")
    assert api.get(XERO).json()["data"]["attributes"]["account_code"] == "4000"
    time.sleep(0.35)
    assert api.get(XERO).json()["data"]["attributes"]["account_code"] == "4002"


def test_a_deleted_record_is_seen_until_the_replica_catches_up(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.replica_lag = 30
    assert api.delete(XERO).status_code == 204
    assert api.get(XERO).status_code == 200
    sandbox.switches.replica_lag = 0
    assert api.get(XERO).status_code == 404


def test_an_integration_can_be_created_connected_synced_and_checked(sandbox: Sandbox, api: httpx.Client) -> None:
    blank = api.post("integrations", json={"data": {"type": "integrations", "attributes": {}}})
    assert (blank.status_code, blank.json()["errors"][0]["title"]) == (422, "Invalid Attribute")
    body = {"data": {"type": "integrations", "attributes": {"integration_type_id": 15, "name": "New"}}}
    made = api.post("integrations", json=body)
    path = f"integrations/{made.json()['data']['id']}"
    assert (made.status_code, len(made.json()["data"]["attributes"])) == (201, 132)
    assert api.get(f"{path}/check").status_code == 405
    assert api.patch(f"{path}/connect", json={}).json()["data"]["attributes"]["connected_at"]
    assert api.patch(f"{path}/connect", json={}).status_code == 422
    assert api.get(f"{path}/sync").json()["data"]["attributes"]["last_synced_at"]
    assert api.get(f"{path}/check").status_code == 200
    assert "refreshed_at" in sandbox.integrations[made.json()["data"]["id"]].attributes["options"]


@pytest.mark.parametrize("path", ["nowhere", "service_types/600131/archive", "integrations/74211/a/b"])
def test_an_unknown_address_is_not_found(api: httpx.Client, path: str) -> None:
    response = api.get(path)
    assert (response.status_code, response.json()["errors"][0]["title"]) == (404, "Route Not Found")
