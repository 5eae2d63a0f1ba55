import time
from dataclasses import replace

import pytest

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, content_of
from mappings.workbench import ACCOUNTS, HASTY, OTHER, apply, journal, patching, plan, reading, the_end
from productive_integrations.sandbox.faults import FaultKind

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "kind",
    [
        "drop_after",
        "status_502_after",
        "truncated",
        "html",
        "not_json",
        "wrong_record",
        "duplicate_keys",
        "nan",
        "deep",
        "bomb",
    ],
)
async def test_a_write_that_landed_although_its_answer_was_lost_is_applied(door: FrontDoor, kind: FaultKind) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching(kind))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert "plan_id" not in outcome
    assert door.stored(XERO_UK, ACCOUNTS) == before | {DESIGN: "4030"}
    assert len(door.sent()) == 1


async def test_a_write_whose_answer_comes_after_the_timeout_is_applied(door: FrontDoor) -> None:
    async with door.client(timeout="0.3") as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("slow", seconds=0.6))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert len(door.sent()) == 1


@pytest.mark.parametrize("kind", ["drop_before", "status_500_before", "status_503_before", "redirect"])
@pytest.mark.usefixtures("hasty")
async def test_a_write_that_never_landed_is_unknown_first_and_not_stored_only_after_the_settle_time(
    door: FrontDoor, kind: FaultKind
) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching(kind))
        began = time.monotonic()
        first = await apply(client, plan_id)
        repeated = await apply(client, plan_id)
        end = await the_end(client, plan_id)
        took = time.monotonic() - began
        again = await apply(client, plan_id)

    assert first["outcome"] == repeated["outcome"] == "unknown"
    assert first["plan_id"] == plan_id
    assert first["change_id"] == end["change_id"]
    assert "apply_mapping_plan" in first["next"]
    assert end["outcome"] == "not_stored"
    assert "plan_id" not in end
    assert took >= door.patience.settle
    assert again == end
    assert door.stored(XERO_UK, ACCOUNTS) == before
    assert len(door.sent()) == 1


async def test_an_edit_that_somebody_else_made_too_while_its_answer_was_lost_holds_others_until_it_can_no_longer_land(
    door: FrontDoor,
) -> None:
    door.patience = replace(HASTY, settle=1.5)
    async with door.client(wait="0.2") as client:
        plan_id = await plan(client)
        waiting = await plan(client, set={OTHER: "4040"})
        door.sandbox.faults.append(patching("late_commit", seconds=0.8))
        door.sandbox.faults.append(patching("foreign_edit_after", edit={ACCOUNTS: {DESIGN: "4030"}}))
        told = await apply(client, plan_id)
        held = await apply(client, waiting)
        end = await the_end(client, waiting)

    assert told["outcome"] == "applied"
    assert "nobody can edit this integration for" in told["next"]
    assert (held["outcome"], end["outcome"]) == ("busy", "applied")
    assert len(door.sent()) == 2
    assert door.stored(XERO_UK, ACCOUNTS).items() >= {DESIGN: "4030", OTHER: "4040"}.items()


async def test_a_write_that_lands_late_but_within_the_call_is_applied(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("late_commit", seconds=0.2))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert len(door.sent()) == 1


@pytest.mark.usefixtures("hasty")
async def test_a_write_that_lands_after_the_call_is_unknown_first_and_applied_in_the_end(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("late_commit", seconds=0.6))
        first = await apply(client, plan_id)
        end = await the_end(client, plan_id)

    assert (first["outcome"], end["outcome"]) == ("unknown", "applied")
    assert end["changes"] == first["changes"]
    assert end["untouched"] == first["untouched"]
    assert end["falls_back"] == first["falls_back"]
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"
    assert len(door.sent()) == 1


async def test_while_a_write_is_unsettled_its_integration_is_busy_and_others_are_not(door: FrontDoor) -> None:
    door.patience = replace(HASTY, settle=2)
    async with door.client(wait="0.2") as client:
        plan_id = await plan(client)
        waiting = await plan(client, set={OTHER: "4040"})
        door.sandbox.faults.append(patching("drop_before"))
        assert (await apply(client, plan_id))["outcome"] == "unknown"
        held = await apply(client, waiting)
        async with door.client(approval="none", wait="0.2") as other:
            at_once = content_of(
                await other.call_tool(
                    "update_mapping",
                    {"integration_id": XERO_UK, "mapping": "tax_rate_mapping", "set": {"31109": "NONE"}},
                )
            )
            elsewhere = content_of(
                await other.call_tool(
                    "update_mapping", {"integration_id": XERO_NL, "mapping": ACCOUNTS, "set": {DESIGN: "8020"}}
                )
            )
        assert await the_end(client, plan_id)
        afterwards = await the_end(client, waiting)

    assert held["outcome"] == at_once["outcome"] == "busy"
    assert "nothing was sent" in held["next"]
    assert elsewhere["outcome"] == "applied"
    assert afterwards["outcome"] == "applied"
    paths = [request.path[-5:] for request in door.sent()]
    assert paths == [XERO_NL, XERO_UK]


@pytest.mark.parametrize(
    ("kind", "times"), [("status_500_before", 2), ("drop_before", 2), ("html", 4), ("slow", 1), ("status_429", 1)]
)
@pytest.mark.usefixtures("hasty")
async def test_a_read_back_that_fails_settles_as_soon_as_reading_works_again(
    door: FrontDoor, kind: FaultKind, times: int
) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading(kind, skip=1, times=times))
        first = await apply(client, plan_id)
        end = await the_end(client, plan_id)

    assert first["outcome"] in {"applied", "unknown"}
    assert end["outcome"] == "applied"
    assert len(door.sent()) == 1


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_starts_again_settles_what_the_last_one_left_open(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("late_commit", seconds=0.6))
        assert (await apply(client, plan_id))["outcome"] == "unknown"
    assert [change.ending for change in await journal(door.state, door.sandbox.organization_id)] == [None]

    async with door.client() as client:
        end = await the_end(client, plan_id)

    assert end["outcome"] == "applied"
    assert door.sent() == []
    (change,) = await journal(door.state, door.sandbox.organization_id)
    assert change.ending is not None
    assert change.ending.outcome == "applied"


async def test_an_integration_that_disappears_after_the_write_stores_nothing(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(
            patching("foreign_edit_after", edit=lambda record: door.sandbox.integrations.pop(record.id))
        )
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "not_stored"
    assert "no longer exists" in outcome["next"]


@pytest.mark.usefixtures("hasty")
async def test_a_read_back_without_the_mapping_proves_nothing(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("foreign_edit_after", edit=lambda record: record.attributes.pop(ACCOUNTS)))
        first = await apply(client, plan_id)
        door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = door.sent()[0].body["data"]["attributes"][ACCOUNTS]
        end = await the_end(client, plan_id)

    assert first["outcome"] == "unknown"
    assert end["outcome"] == "applied"
