from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp import Client

from front_door import DESIGN, XERO_UK, FrontDoor, content_of, text_of

pytestmark = pytest.mark.anyio
ACCOUNTS = "account_code_mapping"
TRAVEL = "600402"


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    async with door.client() as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    return content_of(await client.call_tool(tool, arguments))


async def changed(client: Client, **edit: Any) -> str:
    """Make a change, accepting what has to be confirmed, and give its id."""
    plan = await call(client, "update_mapping", integration_id=XERO_UK, mapping=ACCOUNTS, **edit)
    rules = [finding["rule"] for finding in plan["findings"]]
    receipt = await call(client, "apply_mapping_plan", plan_id=plan["plan_id"], accept=rules)
    assert receipt["outcome"] == "applied", receipt
    return str(receipt["change_id"])


async def undone(client: Client, change_id: str) -> dict[str, Any]:
    plan = await call(client, "undo_change", change_id=change_id)
    if plan["outcome"] != "approval_required":
        return plan
    rules = [finding["rule"] for finding in plan["findings"]]
    return await call(client, "apply_mapping_plan", plan_id=plan["plan_id"], accept=rules)


async def test_an_undo_gives_every_entry_and_the_default_back_what_they_had(door: FrontDoor, client: Client) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    change = await changed(client, set={"Design": "4030", "Travel": "4020"}, remove=["Development"], default="4020")
    assert door.stored(XERO_UK, "account_code") == "4020"

    assert (await undone(client, change))["outcome"] == "applied"

    assert door.stored(XERO_UK, ACCOUNTS) == before
    assert door.stored(XERO_UK, "account_code") == "4000"


async def test_an_undo_is_only_a_plan_until_it_is_applied(door: FrontDoor, client: Client) -> None:
    change = await changed(client, set={"Design": "4030"})
    door.sandbox.requests.clear()

    plan = await call(client, "undo_change", change_id=change)

    assert plan["outcome"] == "approval_required"
    assert plan["changes"] == [{"key": DESIGN, "key_name": "Design", "before": "4030", "after": "4010"}]
    assert door.sent("PATCH") == []


async def test_an_entry_changed_again_since_is_a_conflict_and_nothing_is_sent(door: FrontDoor, client: Client) -> None:
    change = await changed(client, set={"Design": "4030"})
    door.stored(XERO_UK, ACCOUNTS)[DESIGN] = "4050"
    door.sandbox.requests.clear()

    outcome = await undone(client, change)

    assert outcome["outcome"] == "conflict"
    assert outcome["differences"] == [{"key": DESIGN, "planned_from": "4030", "now": "4050", "wanted": "4010"}]
    assert door.sent("PATCH") == []


async def test_another_entry_changed_since_is_kept(door: FrontDoor, client: Client) -> None:
    change = await changed(client, set={"Design": "4030"})
    door.stored(XERO_UK, ACCOUNTS)[TRAVEL] = "4090"

    assert (await undone(client, change))["outcome"] == "applied"

    assert door.stored(XERO_UK, ACCOUNTS)[TRAVEL] == "4090"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4010"


async def test_an_undo_can_itself_be_undone(door: FrontDoor, client: Client) -> None:
    change = await changed(client, set={"Design": "4030"})
    second = await undone(client, change)

    await undone(client, second["change_id"])

    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"


@pytest.mark.parametrize("change_id", ["ch_0000000000000000", "plan_1", ""])
async def test_an_unknown_change_is_refused_and_the_list_is_named(
    door: FrontDoor, client: Client, change_id: str
) -> None:
    result = await client.call_tool("undo_change", {"change_id": change_id})

    assert result.is_error
    assert "list_changes" in text_of(result)
    assert door.sandbox.requests == []


async def test_a_change_of_another_organization_is_unknown(door: FrontDoor, client: Client) -> None:
    change = await changed(client, set={"Design": "4030"})

    async with door.client(organization_id="999") as stranger:
        result = await stranger.call_tool("undo_change", {"change_id": change})

    assert result.is_error
    assert "no applied change" in text_of(result)


@pytest.mark.parametrize(
    ("held", "edit", "what"),
    [
        (None, {"set": {DESIGN: "4030"}}, "null"),
        (None, {"remove": [DESIGN]}, "null"),
        ("4" * 1001, {"set": {DESIGN: "4030"}}, "more than 1000 characters"),
    ],
    ids=["null replaced", "null removed", "long replaced"],
)
async def test_an_undo_that_no_edit_can_say_is_refused_with_the_way_by_hand(
    door: FrontDoor, client: Client, held: str | None, edit: dict[str, Any], what: str
) -> None:
    door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS][DESIGN] = held
    change = await changed(client, **edit)
    stored = dict(door.stored(XERO_UK, ACCOUNTS))
    door.sandbox.requests.clear()

    refused = await client.call_tool("undo_change", {"change_id": change})

    assert refused.is_error
    assert text_of(refused).startswith(f'change_id: entry "{DESIGN}" held ')
    assert what in text_of(refused)
    assert "set it in Productive's settings" in text_of(refused)
    assert door.sandbox.requests == []
    assert door.stored(XERO_UK, ACCOUNTS) == stored


async def test_an_undo_that_a_rule_forbids_says_how_to_do_it_by_hand(door: FrontDoor, client: Client) -> None:
    gone = "598710"
    door.stored(XERO_UK, ACCOUNTS)[gone] = "4010"
    change = await changed(client, remove=[gone])
    door.sandbox.requests.clear()

    plan = await call(client, "undo_change", change_id=change)

    assert plan["outcome"] == "blocked"
    assert "manual_steps" in plan["next"]
    assert any(gone in step and '"4010"' in step for step in plan["manual_steps"])
    assert door.sent("PATCH") == []
