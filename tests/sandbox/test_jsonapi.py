import httpx
import pytest

from productive_integrations.sandbox import Sandbox

XERO = "integrations/74211"


def test_relationships_say_only_that_they_are_not_included(api: httpx.Client) -> None:
    relationships = api.get(XERO).json()["data"]["relationships"]
    assert set(relationships) == {"creator", "deal", "organization", "project", "subsidiary"}
    assert all(value == {"meta": {"included": False}} for value in relationships.values())


def test_included_relationships_carry_data_and_records(api: httpx.Client) -> None:
    document = api.get(XERO, params={"include": "subsidiary,project"}).json()
    relationships = document["data"]["relationships"]
    assert relationships["subsidiary"] == {"data": {"type": "subsidiaries", "id": "11204"}}
    assert relationships["project"] == {"data": None}
    assert relationships["creator"] == {"meta": {"included": False}}
    assert [record["attributes"]["name"] for record in document["included"]] == ["Harbour & Pine Ltd"]


def test_includes_can_be_nested(api: httpx.Client) -> None:
    document = api.get(XERO, params={"include": "subsidiary.default_tax_rate"}).json()
    assert {record["type"] for record in document["included"]} == {"subsidiaries", "tax_rates"}


def test_a_record_is_included_once(api: httpx.Client) -> None:
    document = api.get("tax_rates", params={"include": "subsidiary", "page[size]": "200"}).json()
    assert len(document["included"]) == 3


def test_sparse_fields_count_in_lists_only(sandbox: Sandbox, api: httpx.Client) -> None:
    params = {"fields[integrations]": "name,subsidiary,no_such_thing"}
    listed = api.get("integrations", params=params).json()["data"][0]
    single = api.get(XERO, params=params).json()["data"]
    assert (set(listed["attributes"]), set(listed["relationships"])) == ({"name"}, {"subsidiary"})
    assert len(single["attributes"]) == 132
    sandbox.switches.sparse_fields = False
    assert len(api.get("integrations", params=params).json()["data"][0]["attributes"]) == 132


def test_secrets_can_be_blanked(sandbox: Sandbox, api: httpx.Client) -> None:
    assert "CANARY-" in api.get(XERO).text
    sandbox.switches.secrets_blanked = True
    assert "CANARY-" not in api.get(XERO).text
    assert "CANARY-" not in api.get("subsidiaries", params={"include": "integration"}).text


@pytest.mark.parametrize(
    "resource",
    [
        "integrations",
        "service_types",
        "tax_rates",
        "subsidiaries",
        "pipelines",
        "deal_statuses",
        "projects",
        "people",
        "companies",
        "custom_fields",
    ],
)
def test_each_resource_is_listed_and_shown(api: httpx.Client, resource: str) -> None:
    first = api.get(resource).json()["data"][0]
    assert api.get(f"{resource}/{first['id']}").json()["data"] == first
    missing = api.get(f"{resource}/4")
    assert missing.status_code == 404
    assert missing.json()["errors"] == [
        {"status": 404, "title": "Record Not Found", "detail": "The requested record was not found"}
    ]
