from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, Person, content_of, text_of

pytestmark = pytest.mark.anyio
ACCOUNTS, TAXES, PURCHASES = "account_code_mapping", "tax_rate_mapping", "purchase_order_account_code_mapping"
AMSTERDAM, STOCKHOLM = "11871", "12350"
LONDON = "11204"
QUICKBOOKS, SWITCHED_OFF = "79216", "61930"
PRINT_DESIGN = "582330"
SUSTAINABILITY = "634201"


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    async with door.client() as client:
        yield client


def rate(door: FrontDoor, name: str, percent: float, subsidiary: str = AMSTERDAM) -> str:
    """A live tax rate of a subsidiary, the Dutch one when none is named."""
    values = {"name": name, "primary_component_name": "VAT", "primary_component_value": percent}
    return door.sandbox.add("tax_rates", subsidiary=subsidiary, **values)


async def copied(client: Client, mapping: str = ACCOUNTS, **arguments: Any) -> dict[str, Any]:
    """A copy from the British to the Dutch Xero, when nothing else is said."""
    words = {"from_integration_id": XERO_UK, "to_integration_id": XERO_NL, "mapping": mapping} | arguments
    return content_of(await client.call_tool("copy_mapping", words))


async def applied(client: Client, plan: dict[str, Any]) -> dict[str, Any]:
    rules = [finding["rule"] for finding in plan["findings"] if finding["severity"] == "confirm"]
    arguments = {"plan_id": plan["plan_id"], "accept": rules}
    return content_of(await client.call_tool("apply_mapping_plan", arguments))


def unmatched(result: dict[str, Any]) -> set[str]:
    """The names of what was left behind."""
    found = {finding["field"] for finding in result["findings"] if finding["rule"] == "MAP608"}
    return {field.removeprefix("from.") for field in found}


def changes(result: dict[str, Any]) -> dict[str, str]:
    return {row["key"]: row["after"] for row in result["changes"]}


async def test_a_copy_is_a_plan_of_every_entry_that_differs(door: FrontDoor, client: Client) -> None:
    ours, theirs = dict(door.stored(XERO_UK, ACCOUNTS)), dict(door.stored(XERO_NL, ACCOUNTS))
    door.stored(XERO_NL, ACCOUNTS)["600203"] = ours["600203"]

    plan = await copied(client)

    assert plan["outcome"] == "approval_required"
    assert changes(plan) == {key: code for key, code in ours.items() if key != "600203"}
    assert {row["key"]: row.get("before") for row in plan["changes"]} == {
        key: theirs.get(key) for key in ours if key != "600203"
    }
    assert unmatched(plan) == set()
    assert "apply_mapping_plan" in plan["next"]


async def test_applying_the_plan_gives_the_target_the_entries_and_keeps_its_own(
    door: FrontDoor, client: Client
) -> None:
    ours = dict(door.stored(XERO_UK, ACCOUNTS))
    door.stored(XERO_NL, ACCOUNTS)[SUSTAINABILITY] = "8020"
    expected = {**door.stored(XERO_NL, ACCOUNTS), **ours}

    receipt = await applied(client, await copied(client))

    assert receipt["outcome"] == "applied"
    assert door.stored(XERO_NL, ACCOUNTS) == expected
    assert door.stored(XERO_NL, ACCOUNTS)[SUSTAINABILITY] == "8020"
    assert door.stored(XERO_UK, ACCOUNTS) == ours
    assert door.stored(XERO_NL, "account_code") == "8000"
    [sent] = door.sent("PATCH")
    assert sent.path.endswith(f"/{XERO_NL}")
    assert sent.body["data"]["attributes"].keys() == {ACCOUNTS}


async def test_the_change_says_where_it_was_copied_from_and_can_be_undone(door: FrontDoor, client: Client) -> None:
    before = dict(door.stored(XERO_NL, PURCHASES) or {})
    door.stored(XERO_NL, ACCOUNTS).clear()
    door.stored(XERO_NL, ACCOUNTS)[DESIGN] = "8010"
    receipt = await applied(client, await copied(client))

    [change] = content_of(await client.call_tool("list_changes", {}))["changes"]
    undo = content_of(await client.call_tool("undo_change", {"change_id": receipt["change_id"]}))
    undone = await applied(client, undo)

    assert XERO_UK in change["reason"]
    assert undone["outcome"] == "applied"
    assert door.stored(XERO_NL, ACCOUNTS) == {DESIGN: "8010"}
    assert (door.stored(XERO_NL, PURCHASES) or {}) == before


async def test_a_key_that_is_archived_is_left_behind_and_named(door: FrontDoor, client: Client) -> None:
    plan = await copied(client, PURCHASES)

    assert changes(plan) == {key: code for key, code in door.stored(XERO_UK, PURCHASES).items() if key != PRINT_DESIGN}
    assert unmatched(plan) == {"Print design"}


async def test_a_key_that_is_gone_is_left_behind_and_named_by_its_id(door: FrontDoor, client: Client) -> None:
    door.stored(XERO_UK, ACCOUNTS)["598710"] = "4000"

    plan = await copied(client)

    assert "598710" not in changes(plan)
    assert unmatched(plan) == {"598710"}


async def test_a_blank_value_is_left_behind_and_named(door: FrontDoor, client: Client) -> None:
    door.stored(XERO_UK, ACCOUNTS).update({"600112": " ", "600118": "", "600125": None})

    plan = await copied(client)

    assert not {"600112", "600118", "600125"} & changes(plan).keys()
    assert unmatched(plan) == {"Strategy", "Brand strategy", "Workshop"}


async def test_a_tax_rate_goes_to_the_one_of_its_name_and_percentage_in_the_other_subsidiary(
    door: FrontDoor, client: Client
) -> None:
    same = rate(door, "uk  vat 20% ", 20.0)
    rate(door, "UK VAT 5% reduced", 6.0)
    rate(door, "UK VAT zero rated", 0.0, STOCKHOLM)
    door.sandbox.archive("tax_rates", rate(door, "UK VAT exempt", 0.0))
    before = dict(door.stored(XERO_NL, TAXES))

    plan = await copied(client, TAXES)
    receipt = await applied(client, plan)

    assert changes(plan) == {same: "OUTPUT2"}
    assert unmatched(plan) == {
        "UK VAT 5% reduced",
        "UK VAT zero rated",
        "UK VAT exempt",
        "EU services, reverse charge",
        "UK outside the scope of VAT",
        "UK VAT 17.5%",
    }
    assert receipt["outcome"] == "applied"
    assert door.stored(XERO_NL, TAXES) == {**before, same: "OUTPUT2"}


async def test_two_rates_of_that_name_and_percentage_are_no_match(door: FrontDoor, client: Client) -> None:
    twins = {rate(door, "UK VAT 20%", 20.0), rate(door, "UK VAT 20%", 20.0)}
    single = rate(door, "UK VAT 5% reduced", 5.0)

    plan = await copied(client, TAXES)

    assert changes(plan) == {single: "RROUTPUT"}
    assert not twins & changes(plan).keys()
    assert "UK VAT 20%" in unmatched(plan)


async def test_an_archived_rate_is_not_copied_even_where_a_live_one_has_its_name(
    door: FrontDoor, client: Client
) -> None:
    alike = rate(door, "UK VAT 17.5%", 17.5)
    single = rate(door, "UK VAT 20%", 20.0)

    plan = await copied(client, TAXES)

    assert changes(plan) == {single: "OUTPUT2"}
    assert alike not in changes(plan)
    assert "UK VAT 17.5%" in unmatched(plan)


async def test_a_rate_that_is_the_targets_own_keeps_its_id(door: FrontDoor, client: Client) -> None:
    plan = await copied(client, TAXES, from_integration_id=XERO_NL, to_integration_id=XERO_UK)

    assert changes(plan) == {"31102": "OUTPUT"}
    assert unmatched(plan) == {"BTW 21%", "BTW 9%", "BTW 0%", "BTW verlegd", "BTW vrijgesteld"}


async def test_with_nothing_to_copy_the_answer_is_unchanged_and_says_what_has_no_match(
    door: FrontDoor, client: Client
) -> None:
    result = await copied(client, TAXES)

    assert result["outcome"] == "unchanged"
    assert "plan_id" not in result
    assert changes(result) == {}
    assert len(unmatched(result)) == len(door.stored(XERO_UK, TAXES)) == 7
    assert {finding["severity"] for finding in result["findings"]} == {"inform"}


@pytest.mark.parametrize("stored", [None, {}], ids=["unset", "empty"])
async def test_an_empty_source_changes_nothing(door: FrontDoor, client: Client, stored: object) -> None:
    door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = stored

    result = await copied(client)

    assert (result["outcome"], changes(result), unmatched(result)) == ("unchanged", {}, set())


async def test_a_target_that_has_all_of_it_is_unchanged(door: FrontDoor, client: Client) -> None:
    door.stored(XERO_NL, ACCOUNTS).update(door.stored(XERO_UK, ACCOUNTS))

    assert (await copied(client))["outcome"] == "unchanged"


async def test_from_one_that_is_switched_off_entries_can_be_saved(door: FrontDoor, client: Client) -> None:
    plan = await copied(client, "item_mapping", from_integration_id=SWITCHED_OFF, to_integration_id=QUICKBOOKS)

    assert plan["outcome"] == "approval_required"
    assert changes(plan) == {"600131": "8", "600203": "9"}
    assert unmatched(plan) == {"Flash development"}


async def test_into_one_that_is_switched_off_nothing_is_copied(door: FrontDoor, client: Client) -> None:
    result = await copied(client, "item_mapping", from_integration_id=QUICKBOOKS, to_integration_id=SWITCHED_OFF)

    assert result["outcome"] == "blocked"
    assert "plan_id" not in result
    assert "MAP002" in {finding["rule"] for finding in result["findings"]}


async def test_what_the_rules_forbid_is_no_plan(door: FrontDoor, client: Client) -> None:
    door.stored(XERO_UK, ACCOUNTS)["600112"] = "8000-MEDIA-NL"

    result = await copied(client)

    assert result["outcome"] == "blocked"
    assert "plan_id" not in result
    assert ("MAP101", "set.600112") in {(finding["rule"], finding["field"]) for finding in result["findings"]}
    assert door.sent("PATCH") == []


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "another type": ({"to_integration_id": QUICKBOOKS}, "to_integration_id: "),
    "another type that has the mapping": (
        {"to_integration_id": QUICKBOOKS, "mapping": TAXES},
        "to_integration_id: ",
    ),
    "a mapping of another type": ({"mapping": "item_mapping"}, "mapping: "),
    "an attribute that is no mapping": ({"mapping": "account_code"}, "mapping: "),
    "no mapping at all": ({"mapping": "CANARY"}, "mapping: "),
    "the same integration": ({"to_integration_id": XERO_UK}, "to_integration_id: "),
    "a wrong source": ({"from_integration_id": "CANARY"}, "from_integration_id: "),
    "a wrong target": ({"to_integration_id": "CANARY"}, "to_integration_id: "),
}


@pytest.mark.parametrize(("words", "beginning"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_copied_is_refused_and_the_field_is_named(
    door: FrontDoor, client: Client, words: dict[str, str], beginning: str
) -> None:
    arguments = {"from_integration_id": XERO_UK, "to_integration_id": XERO_NL, "mapping": ACCOUNTS} | words

    result = await client.call_tool("copy_mapping", arguments)

    assert result.is_error
    assert text_of(result).startswith(beginning)
    assert "CANARY" not in text_of(result)
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("side", ["from_integration_id", "to_integration_id"])
async def test_an_unknown_integration_is_an_error(door: FrontDoor, client: Client, side: str) -> None:
    arguments = {"from_integration_id": XERO_UK, "to_integration_id": XERO_NL, "mapping": ACCOUNTS} | {side: "999"}

    result = await client.call_tool("copy_mapping", arguments)

    assert result.is_error
    assert "list_integrations" in text_of(result)


async def test_the_same_integration_is_refused_before_any_request(door: FrontDoor, client: Client) -> None:
    arguments = {"from_integration_id": XERO_UK, "to_integration_id": XERO_UK, "mapping": ACCOUNTS}

    assert (await client.call_tool("copy_mapping", arguments)).is_error
    assert door.sandbox.requests == []


async def test_more_than_500_entries_are_refused(door: FrontDoor, client: Client) -> None:
    made = [door.sandbox.add("service_types", name=f"Type {number}") for number in range(501)]
    door.stored(XERO_UK, ACCOUNTS).update(dict.fromkeys(made, "4000"))
    arguments = {"from_integration_id": XERO_UK, "to_integration_id": XERO_NL, "mapping": ACCOUNTS}

    result = await client.call_tool("copy_mapping", arguments)

    assert result.is_error
    assert "500" in text_of(result)


async def test_an_id_of_no_rule_is_refused(client: Client) -> None:
    arguments = {"from_integration_id": XERO_UK, "to_integration_id": XERO_NL, "mapping": ACCOUNTS, "accept": ["X"]}

    result = await client.call_tool("copy_mapping", arguments)

    assert result.is_error
    assert text_of(result).startswith("accept: ")


@pytest.mark.parametrize("approval", ["human", "host", "none"])
async def test_in_no_mode_is_anything_written_or_asked(door: FrontDoor, approval: str) -> None:
    before, person = repr(door.sandbox.integrations), Person()

    async with door.client(person=person, approval=approval) as client:
        for mapping in (ACCOUNTS, TAXES, PURCHASES, "expense_account_code_mapping"):
            await copied(client, mapping)
        plan = await copied(client)

    assert plan["outcome"] == "approval_required"
    assert {request.method for request in door.sandbox.requests} == {"GET"}
    assert repr(door.sandbox.integrations) == before
    assert person.questions == []


async def test_without_a_way_to_ask_mode_human_says_so(door: FrontDoor) -> None:
    async with door.client(approval="human") as client:
        plan = await copied(client)

    assert plan["outcome"] == "approval_required"
    assert "cannot ask" in plan["next"]


async def test_a_server_that_only_reads_has_no_copies(door: FrontDoor) -> None:
    async with door.client(read_only="true") as client:
        assert "copy_mapping" not in {tool.name for tool in (await client.list_tools()).tools}


async def test_an_entry_changed_before_the_plan_is_applied_is_a_conflict(door: FrontDoor, client: Client) -> None:
    plan = await copied(client)
    door.stored(XERO_NL, ACCOUNTS)[DESIGN] = "8099"

    receipt = await applied(client, plan)

    assert receipt["outcome"] == "conflict"
    assert [one["key"] for one in receipt["differences"]] == [DESIGN]
    assert door.sent("PATCH") == []


async def test_a_code_stays_the_code_though_it_is_the_name_of_another_over_there(
    door: FrontDoor, tmp_path: Path
) -> None:
    (tmp_path / "charts").mkdir()
    chart = f"integration_id,kind,code,name,class,active\n{XERO_NL},account,9999,4010,REVENUE,true\n"
    (tmp_path / "charts" / "nl.csv").write_text(chart, encoding="utf-8")
    async with door.client(charts=str(tmp_path / "charts")) as client:
        plan = await copied(client)

    assert plan["outcome"] == "blocked"
    assert changes(plan)[DESIGN] == "4010"
    assert "MAP501" in {finding["rule"] for finding in plan["findings"]}


async def test_the_targets_own_rate_goes_before_another_one_whose_counterpart_it_is(
    door: FrontDoor, client: Client
) -> None:
    theirs, ours = rate(door, "Export", 0), rate(door, "Export", 0, LONDON)
    door.sandbox.integrations[XERO_UK].attributes[TAXES] = {ours: "OTHER", theirs: "RIGHT"}

    plan = await copied(client, TAXES)

    assert changes(plan) == {theirs: "RIGHT"}
    assert unmatched(plan) == {"Export"}


@pytest.mark.parametrize("mapping", ["nope", "request_token"])
async def test_what_is_no_mapping_is_refused_before_any_request(door: FrontDoor, client: Client, mapping: str) -> None:
    words = {"from_integration_id": XERO_UK, "to_integration_id": XERO_NL, "mapping": mapping}
    result = await client.call_tool("copy_mapping", words)

    assert result.is_error
    assert text_of(result).startswith("mapping: ")
    assert door.sandbox.requests == []
