import statistics
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, content_of, text_of
from processes import started
from productive_integrations.text import compact

pytestmark = pytest.mark.anyio
ACCOUNTING = (XERO_UK, XERO_NL, "79216", "80533", "81047", "80122", "83318", "83790", "88142", "82905")
SECTIONS = ("summary", "mappings", "settings", "all")
XERO_MAPPINGS = {
    "account_code_mapping",
    "tax_rate_mapping",
    "expense_account_code_mapping",
    "purchase_order_account_code_mapping",
}


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    async with door.client() as client:
        yield client


async def view(client: Client, integration_id: object = XERO_UK, **arguments: Any) -> dict[str, Any]:
    return content_of(await client.call_tool("get_integration", {"integration_id": integration_id} | arguments))


def unmapped_of(door: FrontDoor) -> list[str]:
    """Names of the live service types without an account."""
    stored = door.stored(XERO_UK, "account_code_mapping")
    return [
        str(one.attributes["name"])
        for one in door.sandbox.records["service_types"].values()
        if one.id not in stored and not one.attributes["archived_at"]
    ]


def raw_document(door: FrontDoor, integration_id: str) -> bytes:
    """The record as the API itself gives it."""
    headers = {"X-Auth-Token": door.sandbox.token, "X-Organization-Id": door.sandbox.organization_id}
    answer = httpx.get(f"{door.api_url}integrations/{integration_id}", headers=headers, trust_env=False)
    assert answer.status_code == 200
    return answer.content


async def test_a_summary_counts_entries_and_the_unmapped_and_names_the_default(door: FrontDoor, client: Client) -> None:
    summary = await view(client)

    assert (summary["id"], summary["type"], summary["name"]) == (XERO_UK, "Xero", "Xero UK")
    assert (summary["state"], summary["subsidiary"]) == ("active", "Harbour & Pine Ltd")
    assert (summary["connected_at"], summary["last_synced_at"]) == ("2023-01-16", "2026-10-01")
    assert summary["mappings"]["account_code_mapping"] == {
        "entries": len(door.stored(XERO_UK, "account_code_mapping")),
        "unmapped": len(unmapped_of(door)),
        "default": "4000",
    }
    assert "settings" not in summary
    assert "findings" in summary
    assert door.of_record(XERO_UK) == ["GET"]
    assert door.sent("PATCH") == []


async def test_the_unmapped_are_the_live_records_without_an_entry(door: FrontDoor, client: Client) -> None:
    missing = unmapped_of(door)

    mapping = (await view(client, mapping="account_code_mapping"))["mappings"]["account_code_mapping"]

    assert mapping["unmapped"] == len(missing) > 5
    assert sorted(mapping["unmapped_names"]) == sorted(missing)
    assert mapping["default"] == "4000"


async def test_unmapped_tax_rates_are_those_of_the_integrations_own_subsidiary(client: Client) -> None:
    mapping = (await view(client, mapping="tax_rate_mapping"))["mappings"]["tax_rate_mapping"]

    assert mapping["unmapped"] == 1
    assert mapping["unmapped_names"] == ["UK domestic reverse charge"]


async def test_the_mappings_section_names_productives_side_and_the_first_of_the_unmapped(
    door: FrontDoor, client: Client
) -> None:
    mappings = (await view(client, section="mappings"))["mappings"]
    accounts = mappings["account_code_mapping"]
    wanted = named_rows(door, "account_code_mapping")

    assert mappings.keys() == XERO_MAPPINGS
    assert accounts["columns"] == ["key", "name", "value"]
    assert [DESIGN, "Design", "4010"] in accounts["rows"]
    assert accounts["rows"] == wanted[: len(accounts["rows"])]
    assert len(accounts["rows"]) + accounts.get("omitted", 0) == len(wanted)
    assert len(accounts["unmapped_names"]) == 3


async def test_a_mapping_alone_comes_with_every_entry(door: FrontDoor, client: Client) -> None:
    accounts = (await view(client, mapping="account_code_mapping"))["mappings"]["account_code_mapping"]

    assert accounts["rows"] == named_rows(door, "account_code_mapping")
    assert "omitted" not in accounts


def named_rows(door: FrontDoor, mapping: str) -> list[list[str]]:
    """The stored entries with the names of their service types."""
    types = door.sandbox.records["service_types"]
    return [[key, types[key].attributes["name"], value] for key, value in door.stored(XERO_UK, mapping).items()]


async def test_names_stand_beside_values_where_productives_side_is_the_value(client: Client) -> None:
    stages = (await view(client, "76650", section="mappings"))["mappings"]["hubspot_stages_mapping"]

    assert stages["columns"] == ["key", "value", "value_name"]
    assert ["closedlost", "204907", "Won"] in stages["rows"] or [row for row in stages["rows"] if row[2] == "Won"]
    assert all(row[2] for row in stages["rows"])


async def test_whole_numbers_are_shown_as_text_and_named(client: Client) -> None:
    families = (await view(client, "89915", section="mappings"))["mappings"]["salesforce_product_family_mapping"]

    assert ["Design", DESIGN, "Design"] in families["rows"]


async def test_a_key_without_a_record_is_shown_without_a_name(client: Client) -> None:
    items = (await view(client, "79216", section="mappings"))["mappings"]["item_mapping"]

    assert next(row[1] for row in items["rows"] if row[0] == "598710") is None


async def test_settings_are_shown_and_mappings_are_not(client: Client) -> None:
    shown = await view(client, section="settings")

    assert "mappings" not in shown
    assert shown["settings"]["account_code"] == "4000"
    assert shown["settings"]["import_number"] is False
    assert shown["settings"]["xero_organization_id"] == "(set, not shown)"
    assert shown["settings"]["xero_organizations"] == "(set, not shown)"
    assert not shown["settings"].keys() & (XERO_MAPPINGS | {"realm_id_secret", "request_token", "options"})


async def test_all_is_mappings_and_settings(client: Client) -> None:
    everything = await view(client, section="all")

    assert everything["mappings"] == (await view(client, section="mappings"))["mappings"]
    assert everything["settings"] == (await view(client, section="settings"))["settings"]


async def test_a_mapping_asked_for_comes_alone_whatever_the_section(client: Client) -> None:
    for section in SECTIONS:
        shown = await view(client, section=section, mapping="expense_account_code_mapping")
        assert shown["mappings"].keys() == {"expense_account_code_mapping"}
        assert len(shown["mappings"]["expense_account_code_mapping"]["rows"]) == 5
        assert "settings" not in shown


async def test_an_id_may_be_an_integer(client: Client) -> None:
    assert (await view(client, int(XERO_NL)))["name"] == "Xero NL"


@pytest.mark.parametrize("section", SECTIONS)
async def test_each_integration_has_each_section_and_its_own_mappings_alone(
    door: FrontDoor, client: Client, section: str
) -> None:
    for one, record in door.sandbox.integrations.items():
        shown = await view(client, one, section=section)
        assert shown["id"] == one
        for name, mapping in shown.get("mappings", {}).items():
            assert mapping["entries"] == len(record.attributes[name] or {})


async def test_a_switched_off_and_a_never_connected_integration_say_so(client: Client) -> None:
    assert (await view(client, "61930"))["state"] == "inactive"
    never = await view(client, "91077")
    assert never["state"] == "active"
    assert "connected_at" not in never
    for section in ("summary", "all"):
        shown = await view(client, "91077", section=section)
        assert shown["problems"] == len(shown["findings"]) == 1


async def test_a_stored_mapping_that_does_not_fit_the_answer_says_how_many_rows_are_left_out(
    door: FrontDoor, client: Client
) -> None:
    stored = door.sandbox.integrations["82905"].attributes["netsuite_invoice_fixed_value_mapping"] = {
        f"custbody_{number:04}": "x" * 100 for number in range(900)
    }

    mapping = (await view(client, "82905", mapping="netsuite_invoice_fixed_value_mapping"))["mappings"]
    shown = mapping["netsuite_invoice_fixed_value_mapping"]

    assert shown["entries"] == len(stored) == 900
    assert shown["omitted"] > 0
    assert len(shown["rows"]) + shown["omitted"] == 900


async def test_any_answer_stays_under_60_kb(door: FrontDoor, client: Client) -> None:
    attributes = door.sandbox.integrations["82905"].attributes
    for name in list(attributes):
        if name.startswith("netsuite_") and name.endswith("_mapping"):
            attributes[name] = {f"{name}_{number:04}": "x" * 100 for number in range(300)}

    content = await view(client, "82905", section="all")

    assert len(compact(content).encode()) < 60 * 1024


async def test_the_summary_of_a_typical_integration_is_under_a_tenth_of_the_raw_document(
    door: FrontDoor, client: Client
) -> None:
    shares = {}
    for one in ACCOUNTING:
        result = await client.call_tool("get_integration", {"integration_id": one})
        shares[one] = len(text_of(result).encode()) / len(raw_document(door, one))

    assert statistics.median(shares.values()) < 0.1, shares
    assert shares[XERO_UK] < 0.1, shares


@pytest.mark.parametrize(
    "integration_id",
    [XERO_UK, XERO_NL, "79216", "80533", "81047", "80122", "83318", "76650", "89915", "82905"],
)
async def test_the_mappings_section_is_under_35_percent_of_the_raw_document(
    door: FrontDoor, client: Client, integration_id: str
) -> None:
    raw = len(raw_document(door, integration_id))
    arguments = {"integration_id": integration_id, "section": "mappings"}
    result = await client.call_tool("get_integration", arguments)

    content = content_of(result)

    assert len(compact(content["mappings"]).encode()) < raw * 0.35
    # NetSuite's twelve mappings with their long names are no typical answer.
    assert integration_id == "82905" or len(text_of(result).encode()) < raw * 0.35


async def test_text_and_structured_content_say_the_same(client: Client) -> None:
    for section in SECTIONS:
        result = await client.call_tool("get_integration", {"integration_id": XERO_UK, "section": section})
        assert text_of(result) == compact(result.structured_content)


@pytest.mark.parametrize("integration_id", ["1", "9" * 19, 99999])
async def test_an_unknown_integration_is_an_error_that_says_where_ids_come_from(
    client: Client, integration_id: object
) -> None:
    result = await client.call_tool("get_integration", {"integration_id": integration_id})

    assert result.is_error
    assert "list_integrations" in text_of(result)


async def test_an_id_that_is_no_id_is_one_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, client: Client
) -> None:
    wrong: tuple[object, ...] = (
        "../people",
        "12\n",
        "\uff11\uff12",
        "",
        "0",
        "007",
        " 12",
        "12/sync",
        "1" * 20,
        True,
        1.0,
        0,
        -4,
        None,
        ["1"],
        {},
    )
    for value in wrong:
        result = await client.call_tool("get_integration", {"integration_id": value})

        assert result.is_error, value
        assert text_of(result).startswith("integration_id: ")
        assert text_of(result).count("integration_id:") == 1
        assert "people" not in text_of(result)
        assert "\uff11\uff12" not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize(
    ("argument", "value"),
    [("section", "CANARY"), ("section", None), ("section", 77312), ("mapping", 77312), ("mapping", "C" * 201)],
    ids=lambda value: repr(value)[:20],
)
async def test_a_wrong_value_is_one_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, client: Client, argument: str, value: object
) -> None:
    result = await client.call_tool("get_integration", {"integration_id": XERO_UK, argument: value})

    assert result.is_error
    assert text_of(result).startswith(f"{argument}: ")
    for echo in ("CANARY", "77312", "CCCC"):
        assert echo not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("account_code", "mapping: this is an attribute, but not a mapping; did you mean account_code_mapping"),
        ("CANARY", "mapping: this is no mapping; get_integration shows the mappings it has."),
    ],
)
async def test_what_is_no_mapping_of_any_type_is_refused_before_anything_is_sent(
    door: FrontDoor, client: Client, mapping: str, said: str
) -> None:
    result = await client.call_tool("get_integration", {"integration_id": XERO_UK, "mapping": mapping})

    assert result.is_error
    assert text_of(result).startswith(said)
    assert door.sandbox.requests == []


async def test_a_mapping_of_another_type_is_refused_with_those_it_has(client: Client) -> None:
    result = await client.call_tool("get_integration", {"integration_id": XERO_UK, "mapping": "item_mapping"})

    assert result.is_error
    assert text_of(result).startswith("mapping: ")
    assert "item_mapping" not in text_of(result).split()
    assert set(text_of(result).replace(",", " ").replace(".", " ").split()) >= XERO_MAPPINGS


async def test_without_an_id_the_error_names_it(door: FrontDoor, client: Client) -> None:
    result = await client.call_tool("get_integration", {})

    assert result.is_error
    assert text_of(result) == "integration_id: it is required."
    assert door.sandbox.requests == []


async def test_an_unknown_argument_is_refused_by_its_name(door: FrontDoor, client: Client) -> None:
    result = await client.call_tool("get_integration", {"integration_id": XERO_UK, "id": "CANARY"})

    assert result.is_error
    assert '"id"' in text_of(result)
    assert "CANARY" not in text_of(result)
    assert door.sandbox.requests == []


async def test_names_that_cannot_be_seen_are_shown_as_escapes(door: FrontDoor, client: Client) -> None:
    door.sandbox.integrations[XERO_UK].attributes["name"] = "Xero\u202e\u200b UK"

    result = await client.call_tool("get_integration", {"integration_id": XERO_UK})

    assert content_of(result)["name"] == "Xero\\u{202e}\\u{200b} UK"
    assert "\u202e" not in text_of(result)


@pytest.mark.parametrize(("version", "links"), [("2025-03-26", 0), ("2025-06-18", 1), ("2025-11-25", 1)])
async def test_rows_that_did_not_fit_are_linked_to_for_a_client_that_knows_links(
    door: FrontDoor, tmp_path: Path, version: str, links: int
) -> None:
    mapping = "netsuite_invoice_fixed_value_mapping"
    stored = {f"custbody_{number:04}": "x" * 100 for number in range(900)}
    door.sandbox.integrations["82905"].attributes[mapping] = stored
    settings = {
        "api_token": door.sandbox.token,
        "organization_id": door.sandbox.organization_id,
        "base_url": door.api_url,
        "state": str(door.state),
    }
    with started(tmp_path / "stderr", **settings) as wire:
        wire.shake_hands(version)
        big = {"integration_id": "82905", "mapping": mapping}
        small = {"integration_id": XERO_UK, "mapping": "account_code_mapping"}
        _, *found = wire.ask("tools/call", name="get_integration", arguments=big)["result"]["content"]
        _, *none = wire.ask("tools/call", name="get_integration", arguments=small)["result"]["content"]

    uri = f"productive://integrations/82905/mappings/{mapping}"
    assert [(link["type"], link["uri"]) for link in found] == [("resource_link", uri)] * links
    assert none == []


async def test_a_setting_larger_than_an_answer_is_not_shown_and_the_others_are(door: FrontDoor, client: Client) -> None:
    door.sandbox.integrations[XERO_UK].attributes["xero_reference"] = "x" * 100_000

    result = await client.call_tool("get_integration", {"integration_id": XERO_UK, "section": "settings"})

    settings = content_of(result)["settings"]
    assert settings["xero_reference"] == "(set, not shown)"
    assert settings["use_invoices_export"] is True
    assert len(result.model_dump_json().encode()) < 60_000


async def test_values_full_of_marks_stay_within_an_answer(door: FrontDoor, client: Client) -> None:
    stored = dict.fromkeys(door.sandbox.records["service_types"], '"' * 200)
    door.sandbox.integrations[XERO_UK].attributes["account_code_mapping"] = stored

    result = await client.call_tool("get_integration", {"integration_id": XERO_UK, "mapping": "account_code_mapping"})

    assert content_of(result)["mappings"]["account_code_mapping"]["omitted"] > 0
    assert len(result.model_dump_json().encode()) < 60_000


@pytest.mark.parametrize("section", SECTIONS)
async def test_the_number_of_findings_is_the_same_in_every_section(client: Client, section: str) -> None:
    assert (await view(client, XERO_UK, section=section))["problems"] == 2
