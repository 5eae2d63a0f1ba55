import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult

from front_door import XERO_NL, XERO_UK, FrontDoor, content_of, text_of
from productive_integrations.sandbox import Fault

pytestmark = pytest.mark.anyio
PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
QUICKBOOKS, SWITCHED_OFF, NEVER_CONNECTED = "79216", "61930", "91077"
STOCKHOLM = "12350"
LIMIT = 60_000

Place = tuple[str, str]
"""An integration, and the field of a finding in it."""


@dataclass(frozen=True)
class Planted:
    """A row of the table of planted mistakes."""

    integration: str
    attribute: str
    entries: tuple[str, ...]

    def places(self) -> list[Place]:
        """Where it may be found: at its entries, or at an attribute that has none."""
        if self.attribute.endswith("_mapping"):
            return [(self.integration, f"{self.attribute}.{entry}") for entry in self.entries]
        return [(self.integration, self.attribute)]


def planted() -> list[Planted]:
    """The table of docs/sandbox.md but for the integration that is switched off as a whole."""
    table = PAGE.partition("\n## Planted mistakes\n")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    mistakes = []
    for cells in lines[2:]:
        integration, attribute, entry = (re.findall(r"`([^`]+)`", cell) for cell in cells[:3])
        if cells[2].strip() != "all":
            mistakes.append(Planted(integration[0], attribute[0], tuple(entry)))
    return mistakes


@dataclass
class Heard:
    """Remembers the progress that was reported."""

    steps: list[tuple[float, str | None]] = field(default_factory=list)

    async def hear(self, progress: float, total: float | None, message: str | None) -> None:
        self.steps.append((progress, message))


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    async with door.client() as client:
        yield client


async def check(client: Client, **arguments: Any) -> dict[str, Any]:
    return content_of(await client.call_tool("check_integration", arguments))


def places(result: dict[str, Any]) -> dict[Place, set[str]]:
    """The rules that found something, by place."""
    found: dict[Place, set[str]] = {}
    for integration in result["integrations"]:
        for finding in integration["findings"]:
            found.setdefault((integration["id"], finding["field"]), set()).add(finding["rule"])
    return found


def dirty(door: FrontDoor, count: int, name: str = "QuickBooks SE", entries: int = 5) -> list[str]:
    """More integrations, each with so many entries for service types that are not there."""
    gone = {str(990_000 + number): "19" for number in range(entries)}
    return [
        door.sandbox.add(
            "integrations",
            integration_type_id=2,
            name=name,
            subsidiary=STOCKHOLM,
            connected_at="2024-01-01T00:00:00.000+00:00",
            item_mapping=dict(gone),
            default_item="19",
        )
        for _ in range(count)
    ]


def told(result: dict[str, Any]) -> int:
    """The number of findings in an answer."""
    return sum(len(one["findings"]) for one in result["integrations"])


def sent_bytes(result: CallToolResult) -> int:
    """What an answer weighs: its text, and the same again as structured content."""
    return len(result.model_dump_json().encode())


async def test_every_planted_mistake_is_found(client: Client) -> None:
    found = places(await check(client))
    missed = [mistake for mistake in planted() if not found.keys() & set(mistake.places())]

    assert len(planted()) >= 22
    assert missed == []
    # Of a row with two entries both are wrong, except where they are two spellings of one code.
    assert {place for mistake in planted() for place in mistake.places() if place not in found} == {
        ("81047", "economic_product_mapping.600350")
    }


async def test_nothing_but_planted_mistakes_is_found(client: Client) -> None:
    allowed = {place for mistake in planted() for place in mistake.places()}

    strange = {place: rules for place, rules in places(await check(client)).items() if place not in allowed}

    assert strange == {(SWITCHED_OFF, "integration_id"): {"MAP002"}, (NEVER_CONNECTED, "integration_id"): {"MAP003"}}


async def test_each_planted_mistake_is_found_by_the_rule_for_it(client: Client) -> None:
    assert places(await check(client)) == {
        (XERO_UK, "purchase_order_account_code_mapping.582330"): {"MAP303"},
        (XERO_UK, "tax_rate_mapping.31952"): {"MAP405"},
        (XERO_NL, "tax_rate_mapping.31102"): {"MAP304", "MAP506"},
        (XERO_NL, "account_code_mapping.600144"): {"MAP104"},
        (XERO_NL, "account_code_mapping.600298"): {"MAP101"},
        (QUICKBOOKS, "item_mapping.598710"): {"MAP301"},
        (SWITCHED_OFF, "integration_id"): {"MAP002"},
        (NEVER_CONNECTED, "integration_id"): {"MAP003"},
        (SWITCHED_OFF, "item_mapping.580140"): {"MAP303"},
        ("80533", "exact_ledger_mapping.600327"): {"MAP106"},
        ("80533", "exact_ledger_mapping.600298"): {"MAP106"},
        ("80533", "exact_ledger_manually"): {"MAP606"},
        ("81047", "economic_product_mapping.600365"): {"MAP507"},
        ("81047", "economic_product_mapping.600372"): {"MAP103"},
        ("80122", "fortnox_account_mapping.600125"): {"MAP102", "MAP106"},
        ("83318", "twinfield_invoice_destiny"): {"MAP605"},
        ("83318", "twinfield_project_mapping.304206"): {"MAP303"},
        ("83790", "sage_default_ledger"): {"MAP404"},
        ("88142", "sage_intacct_project_category"): {"MAP406"},
        ("82905", "netsuite_invoice_field_mapping.custbody_region"): {"MAP508"},
        ("82905", "netsuite_line_item_field_mapping.custbody_campaign"): {"MAP102"},
        ("76650", "hubspot_stages_mapping.closedlost"): {"MAP306"},
        ("76650", "hubspot_stages_mapping.contractsent"): {"MAP303"},
        ("89915", "salesforce_subsidiary_mapping.DACH"): {"MAP303"},
        ("85036", "bamboo_custom_field_mapping.payRate"): {"MAP308"},
    }


async def test_without_an_id_all_are_counted_and_those_with_findings_are_named(door: FrontDoor, client: Client) -> None:
    result = await check(client)

    assert result["checked"] == len(door.sandbox.integrations)
    wrong = {*(one.integration for one in planted()), SWITCHED_OFF, NEVER_CONNECTED}
    assert {one["id"] for one in result["integrations"]} == wrong
    assert all(one["findings"] for one in result["integrations"])
    assert {one["type"] for one in result["integrations"] if one["id"] == XERO_UK} == {"Xero"}
    assert "omitted" not in result


async def test_a_blank_id_means_all(client: Client) -> None:
    assert await check(client, integration_id="") == await check(client)


async def test_one_id_is_checked_alone_and_finds_what_a_check_of_all_finds(door: FrontDoor, client: Client) -> None:
    everything = await check(client)

    for expected in everything["integrations"]:
        assert await check(client, integration_id=expected["id"]) == {"checked": 1, "integrations": [expected]}


@pytest.mark.parametrize("integration_id", [int(XERO_NL), XERO_NL])
async def test_an_id_may_be_a_number_or_text(client: Client, integration_id: object) -> None:
    assert (await check(client, integration_id=integration_id))["integrations"][0]["name"] == "Xero NL"


async def test_an_integration_without_mappings_in_use_shows_only_that_it_was_never_connected(
    door: FrontDoor, client: Client
) -> None:
    assert places(await check(client, integration_id=NEVER_CONNECTED)) == {
        (NEVER_CONNECTED, "integration_id"): {"MAP003"}
    }
    assert [request.path.rpartition("/")[2] for request in door.sandbox.requests] == [NEVER_CONNECTED]


async def test_a_connected_integration_without_mappings_in_use_has_nothing_to_find(
    door: FrontDoor, client: Client
) -> None:
    door.sandbox.integrations[NEVER_CONNECTED].attributes["connected_at"] = "2026-01-01T00:00:00Z"

    assert await check(client, integration_id=NEVER_CONNECTED) == {"checked": 1, "integrations": []}


async def test_a_mended_mistake_is_found_no_more_and_a_new_one_is(door: FrontDoor, client: Client) -> None:
    door.stored(QUICKBOOKS, "item_mapping").pop("598710")
    door.stored(XERO_UK, "purchase_order_account_code_mapping").pop("582330")
    door.stored(XERO_UK, "tax_rate_mapping")["31952"] = "ECACQUISITIONS"
    door.stored(XERO_UK, "account_code_mapping")["600112"] = " "

    assert await check(client, integration_id=QUICKBOOKS) == {"checked": 1, "integrations": []}
    assert places(await check(client, integration_id=XERO_UK)) == {(XERO_UK, "account_code_mapping.600112"): {"MAP103"}}


async def test_an_unknown_id_is_an_error(door: FrontDoor, client: Client) -> None:
    result = await client.call_tool("check_integration", {"integration_id": "999"})

    assert result.is_error
    assert "list_integrations" in text_of(result)
    assert len(door.sandbox.requests) == 1


@pytest.mark.parametrize("integration_id", ["CANARY", "0", "-1", "74211/check", " ", "1" * 20, None, ["74211"]])
async def test_a_wrong_id_is_an_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, client: Client, integration_id: object
) -> None:
    result = await client.call_tool("check_integration", {"integration_id": integration_id})

    assert result.is_error
    assert text_of(result).startswith("integration_id: ")
    assert "CANARY" not in text_of(result)
    assert door.sandbox.requests == []


async def test_each_integration_is_reported_while_it_is_checked(door: FrontDoor, client: Client) -> None:
    heard = Heard()

    await client.call_tool("check_integration", {}, progress_callback=heard.hear)

    in_order = sorted(door.sandbox.integrations.values(), key=lambda record: int(record.id))
    assert heard.steps == [(number, record.attributes["name"]) for number, record in enumerate(in_order)]


async def test_one_integration_is_reported_as_well(client: Client) -> None:
    heard = Heard()

    await client.call_tool("check_integration", {"integration_id": XERO_NL}, progress_callback=heard.hear)

    assert heard.steps == [(0, "Xero NL")]


async def test_nothing_but_reads_leaves_and_nothing_is_changed(door: FrontDoor, client: Client) -> None:
    before = {one.id: repr(one) for one in door.sandbox.integrations.values()}

    await check(client)
    await check(client, integration_id=XERO_UK)

    assert {request.method for request in door.sandbox.requests} == {"GET"}
    assert {one.id: repr(one) for one in door.sandbox.integrations.values()} == before


async def test_a_check_of_all_needs_one_read_of_each_list(door: FrontDoor, client: Client) -> None:
    await check(client)

    paths = [request.path.rpartition("/")[2] for request in door.sandbox.requests]
    assert len(paths) == len(set(paths))
    assert paths[0] == "integrations"


@pytest.mark.parametrize("approval", ["human", "host", "none"])
@pytest.mark.parametrize("read_only", ["true", "false"])
async def test_a_check_works_in_every_mode(door: FrontDoor, approval: str, read_only: str) -> None:
    async with door.client(approval=approval, read_only=read_only) as client:
        assert len(places(await check(client))) > 20


async def test_an_answer_stays_under_60_kb_and_says_how_many_findings_are_left_out(
    door: FrontDoor, client: Client
) -> None:
    clean = told(await check(client))
    added = dirty(door, 500)

    result = await client.call_tool("check_integration", {})

    content = content_of(result)
    assert sent_bytes(result) < LIMIT
    assert content["checked"] == len(door.sandbox.integrations)
    assert content["omitted"] > 1_000
    assert told(content) + content["omitted"] == clean + 5 * len(added)


async def test_one_huge_integration_shows_its_first_findings(door: FrontDoor, client: Client) -> None:
    [huge] = dirty(door, 1, entries=2_000)

    result = await client.call_tool("check_integration", {"integration_id": huge})

    content = content_of(result)
    [shown] = content["integrations"]
    assert sent_bytes(result) < LIMIT
    assert [finding["field"] for finding in shown["findings"][:2]] == ["item_mapping.990000", "item_mapping.990001"]
    assert len(shown["findings"]) + content["omitted"] == 2_000


async def test_what_does_not_fit_can_be_asked_for_by_its_id(door: FrontDoor, client: Client) -> None:
    last = dirty(door, 120)[-1]
    assert last not in {one["id"] for one in (await check(client))["integrations"]}

    alone = await check(client, integration_id=last)

    assert [one["id"] for one in alone["integrations"]] == [last]
    assert "omitted" not in alone


async def test_a_chart_that_was_handed_over_is_what_stored_codes_are_checked_by(
    door: FrontDoor, tmp_path: Path
) -> None:
    folder = tmp_path / "charts"
    folder.mkdir()
    lines = [
        "integration_id,kind,code,name,class,active",
        *(f"{XERO_NL},account,{code},,," for code in range(4000, 8020)),
    ]
    (folder / "nl.csv").write_text("\n".join([*lines, f"{XERO_NL},account,8020,,,false"]), encoding="utf-8")

    async with door.client(charts=str(folder)) as client:
        found = places(await check(client, integration_id=XERO_NL))

    accounts = {place: rules for (_, place), rules in found.items() if place.startswith("account_code_mapping.")}
    assert accounts["account_code_mapping.600203"] == {"MAP504"}
    assert accounts["account_code_mapping.600327"] == {"MAP501"}
    assert "account_code_mapping.600131" not in accounts


async def test_a_list_that_cannot_be_read_is_an_error_and_no_clean_bill(door: FrontDoor, client: Client) -> None:
    door.sandbox.faults.append(Fault(kind="html", method="GET", path=r"/tax_rates$", times=5))

    result = await client.call_tool("check_integration", {})

    assert result.is_error


async def test_names_that_cannot_be_seen_are_shown_as_escapes(door: FrontDoor, client: Client) -> None:
    door.sandbox.integrations[XERO_NL].attributes["name"] = "Xero\u202e NL"

    result = await client.call_tool("check_integration", {"integration_id": XERO_NL})

    assert content_of(result)["integrations"][0]["name"] == "Xero\\u{202e} NL"
    assert "\u202e" not in text_of(result)


async def test_no_secret_is_asked_for_or_shown(door: FrontDoor, client: Client) -> None:
    result = await client.call_tool("check_integration", {})

    assert "CANARY" not in text_of(result)
    [listed] = [request for request in door.sandbox.requests if request.path.endswith("/integrations")]
    assert "account_code_mapping" in str(listed)
    assert "token" not in str(listed)
