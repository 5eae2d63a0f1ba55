import asyncio
from typing import Any

import pytest
from mcp import Client

from front_door import DESIGN, XERO_UK, FrontDoor, Person, content_of
from mappings.workbench import (
    ACCOUNTS,
    OTHER,
    apply,
    arrived,
    error_of_applying,
    eventually,
    journal,
    patching,
    plan,
    reading,
)
from productive_integrations.mappings import write as module
from productive_integrations.mappings.results import said
from productive_integrations.state.sqlite import SQLiteStore

pytestmark = pytest.mark.anyio


async def test_one_plan_applied_fifty_times_at_once_and_again_later_is_one_write_with_equal_receipts(
    door: FrontDoor,
) -> None:
    async with door.client(wait="10") as one, door.client(wait="10") as two:
        plan_id = await plan(one)
        receipts = await asyncio.gather(*(apply(client, plan_id) for client in (one, two) * 25))
        later = await apply(two, plan_id)
        assert len(door.sent()) == 1
    async with door.client() as restarted:
        after_restart = await apply(restarted, plan_id)

    assert receipts[0]["outcome"] == "applied"
    assert all(receipt == receipts[0] for receipt in [*receipts, later, after_restart])
    (write,) = await journal(door.state, door.sandbox.organization_id)
    assert write.ending is not None
    assert write.intent.plan_id == plan_id


async def test_a_plan_that_another_process_carries_out_during_the_wait_gives_its_receipt(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
    store = SQLiteStore(door.state)
    assert await store.take_hold(door.sandbox.organization_id, XERO_UK, "another process", 5)
    async with door.client(wait="0.3") as client:
        waiting = asyncio.create_task(apply(client, plan_id))

        async def looked_at_its_surroundings() -> bool:
            return bool(door.sandbox.requests)

        await eventually(looked_at_its_surroundings)
        stored = await store.plan(plan_id)
        assert stored is not None
        await store.finish(plan_id, said(stored.plan.shown, outcome="applied", change_id="ch_1", next="Done."))
        outcome = await waiting
    await store.close()

    assert (outcome["outcome"], outcome["change_id"]) == ("applied", "ch_1")
    assert door.sent() == []


async def test_twelve_different_edits_at_once_over_two_servers_all_land(door: FrontDoor) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    wanted = {key: "4020" if value != "4020" else "4040" for key, value in list(before.items())[:12]}

    async def edit(client: Client, key: str, value: str) -> Any:
        words = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {key: value}}
        return content_of(await client.call_tool("update_mapping", words))["outcome"]

    async with door.client(approval="none", wait="30") as one, door.client(approval="none", wait="30") as two:
        edits = zip((one, two) * 6, wanted.items(), strict=True)
        outcomes = await asyncio.gather(*(edit(client, *entry) for client, entry in edits))

    assert outcomes == ["applied"] * 12
    assert len(door.sent()) == 12
    assert door.stored(XERO_UK, ACCOUNTS) == before | wanted
    assert list(door.stored(XERO_UK, ACCOUNTS)) == list(before)


async def test_another_persons_edit_of_another_entry_is_kept(door: FrontDoor) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    theirs = {OTHER: "4050", "600275": None, "600144": "4020"}
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("foreign_edit_before", edit={ACCOUNTS: theirs}))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    expected = {key: value for key, value in (before | theirs).items() if value} | {DESIGN: "4030"}
    assert door.stored(XERO_UK, ACCOUNTS) == expected


async def test_another_persons_edit_of_another_mapping_is_left_alone(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("foreign_edit_before", edit={"tax_rate_mapping": {"31109": "NONE"}}))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert door.stored(XERO_UK, "tax_rate_mapping")["31109"] == "NONE"
    assert list(door.sent()[0].body["data"]["attributes"]) == [ACCOUNTS]


@pytest.mark.parametrize("theirs", ["4050", None], ids=["changed", "removed"])
async def test_another_persons_edit_of_the_same_entry_is_a_conflict_that_sends_nothing(
    door: FrontDoor, theirs: str | None
) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("foreign_edit_before", edit={ACCOUNTS: {DESIGN: theirs}}))
        outcome = await apply(client, plan_id)
        again = await apply(client, plan_id)

    (difference,) = outcome["differences"]
    assert outcome["outcome"] == "conflict"
    assert (difference["key"], difference["planned_from"], difference["wanted"]) == (DESIGN, "4010", "4030")
    assert difference.get("now") == theirs
    assert again == outcome
    assert door.sent() == []
    assert await journal(door.state, door.sandbox.organization_id) == []


async def test_another_persons_same_edit_leaves_nothing_to_do(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("foreign_edit_before", edit={ACCOUNTS: {DESIGN: "4030"}}))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "unchanged"
    assert door.sent() == []


async def test_a_default_that_somebody_changed_meanwhile_is_a_conflict(door: FrontDoor) -> None:
    async with door.client(person=Person()) as client:
        door.sandbox.faults.append(reading("foreign_edit_after", edit={"account_code": "4090"}))
        words = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "default": "4050"}
        outcome = content_of(await client.call_tool("update_mapping", words))

    assert outcome["outcome"] == "conflict"
    assert outcome["differences"] == [
        {"key": "account_code", "planned_from": "4000", "now": "4090", "wanted": "4050"},
    ]
    assert door.sent() == []


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        ({"deactivated_at": "2026-01-01T00:00:00Z"}, "MAP002"),
        ({"xero_organization_id": "7e0c94b8-02af-4c3d-8a55-d2b1f4e6a903"}, "MAP603"),
    ],
    ids=["switched off", "another parent"],
)
async def test_an_integration_that_is_another_since_the_plan_gets_nothing(
    door: FrontDoor, edit: dict[str, str], rule: str
) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("foreign_edit_before", edit=edit))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "blocked"
    assert rule in {finding["rule"] for finding in outcome["findings"]}
    assert door.sent() == []


async def test_a_compare_without_the_mapping_sends_nothing_and_leaves_the_plan_usable(door: FrontDoor) -> None:
    stored = dict(door.stored(XERO_UK, ACCOUNTS))
    del door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS][DESIGN]
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("foreign_edit_before", edit=lambda record: record.attributes.pop(ACCOUNTS)))
        error = await error_of_applying(client, plan_id)
        door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = {k: v for k, v in stored.items() if k != DESIGN}

        assert "nothing was sent" in error
        assert door.sent() == []
        assert (await apply(client, plan_id))["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS) == stored | {DESIGN: "4030"}


async def test_a_plan_that_has_expired_sends_nothing(door: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("productive_integrations.mappings.update.PLAN_SECONDS", -1)
    async with door.client() as client:
        plan_id = await plan(client)
        error = await error_of_applying(client, plan_id)

    assert "expired" in error
    assert door.sent() == []


async def test_a_plan_is_tried_again_only_so_often(door: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTEMPTS", 1)
    async with door.client(wait="3") as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("status_429", seconds=1))
        error = await error_of_applying(client, plan_id)

    assert "Try again in" in error
    assert len(door.sent()) == 1


async def test_a_finding_that_came_up_since_the_plan_is_not_passed_by_the_id_of_an_earlier_one(
    door: FrontDoor,
) -> None:
    archived, live = "600137", "600144"
    edit = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {archived: "4020", live: "4020"}}
    door.sandbox.records["service_types"][archived].attributes["archived_at"] = "2026-01-01T00:00:00.000+00:00"
    async with door.client() as client:
        planned = content_of(await client.call_tool("update_mapping", edit))
        door.sandbox.records["service_types"][live].attributes["archived_at"] = "2026-01-01T00:00:00.000+00:00"
    async with door.client() as another:
        arguments = {"plan_id": planned["plan_id"], "accept": ["MAP303"]}
        outcome = content_of(await another.call_tool("apply_mapping_plan", arguments))

    assert [finding["field"] for finding in planned["findings"]] == [f"set.{archived}"]
    assert outcome["outcome"] == "blocked"
    assert "MAP303 came up since the plan was made" in outcome["next"]
    assert door.sent() == []


async def test_what_was_reported_by_a_name_is_the_same_finding_when_the_plan_is_applied(door: FrontDoor) -> None:
    edit = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {"Design": "4999"}}
    async with door.client() as client:
        planned = content_of(await client.call_tool("update_mapping", edit))
        arguments = {"plan_id": planned["plan_id"], "accept": ["MAP503"]}
        outcome = content_of(await client.call_tool("apply_mapping_plan", arguments))

    assert [finding["field"] for finding in planned["findings"]] == ["set.Design"]
    assert "accept naming MAP503" in planned["next"]
    assert outcome["outcome"] == "applied"


async def test_a_no_that_comes_while_the_mapping_is_read_keeps_the_write_from_leaving(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("slow", seconds=0.5))
        applying = asyncio.create_task(apply(client, plan_id))
        await arrived(door.sandbox, "GET", 2)
        store = SQLiteStore(door.state)
        assert await store.decline(plan_id)
        await store.close()
        outcome = await applying

    assert outcome["outcome"] == "declined"
    assert door.sent() == []
    assert await journal(door.state, door.sandbox.organization_id) == []
