"""A caller who goes, a server that ends and a process that dies in the middle of an edit."""

import asyncio
import time

import pytest

from front_door import DESIGN, XERO_UK, FrontDoor, Generation
from mappings.workbench import ACCOUNTS, OTHER, apply, arrived, eventually, journal, patching, plan, reading, the_end
from productive_integrations.schemas.journal import Intent
from productive_integrations.state.sqlite import SQLiteStore

pytestmark = pytest.mark.anyio
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])


@GENERATIONS
async def test_a_caller_who_goes_before_the_write_left_sends_nothing(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation) as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("slow", seconds=0.3))
        door.sandbox.requests.clear()
        calling = asyncio.create_task(apply(client, plan_id))
        await arrived(door.sandbox, "GET")
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert await journal(door.state, door.sandbox.organization_id) == []
        assert (await apply(client, plan_id))["outcome"] == "applied"

    assert len(door.sent()) == 1


@GENERATIONS
async def test_a_write_whose_caller_has_gone_is_finished_and_its_receipt_is_there(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation) as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("slow", seconds=0.3))
        calling = asyncio.create_task(apply(client, plan_id))
        await arrived(door.sandbox, "PATCH")
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling

        async def ended() -> bool:
            return all(change.ending for change in await journal(door.state, door.sandbox.organization_id))

        await eventually(ended)
        assert (await apply(client, plan_id))["outcome"] == "applied"

    assert len(door.sent()) == 1
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"


async def test_a_write_under_way_when_its_server_ends_is_finished_first(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("slow", seconds=0.2))
        calling = asyncio.create_task(apply(client, plan_id))
        await arrived(door.sandbox, "PATCH")
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    (change,) = await journal(door.state, door.sandbox.organization_id)
    async with door.client() as client:
        end = await the_end(client, plan_id)

    assert change.ending is not None
    assert end["outcome"] == "applied"
    assert door.sent() == []


@pytest.mark.parametrize("moment", [0.0, 0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2, 0.24])
async def test_whenever_a_caller_goes_the_plan_is_written_once_in_the_end(door: FrontDoor, moment: float) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.switches.latency = 0.06
        calling = asyncio.create_task(apply(client, plan_id))
        # Each moment hits another of the steps, which all take a latency.
        await asyncio.wait([calling], timeout=moment)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        end = await the_end(client, plan_id)

    assert end["outcome"] == "applied"
    assert len(door.sent()) == 1
    (change,) = await journal(door.state, door.sandbox.organization_id)
    assert change.ending is not None


async def test_a_caller_who_goes_while_a_write_was_turned_away_sends_no_second_one(door: FrontDoor) -> None:
    async with door.client(wait="3") as client:
        plan_id = await plan(client)
        other = await plan(client, set={OTHER: "4040"})
        door.sandbox.faults.append(patching("status_429", seconds=1))
        calling = asyncio.create_task(apply(client, plan_id))
        await arrived(door.sandbox, "PATCH")

        async def written() -> bool:
            return all(change.ending for change in await journal(door.state, door.sandbox.organization_id))

        await eventually(written)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        assert (await apply(client, other))["outcome"] == "applied"

    assert [request.status for request in door.sent()] == [429, 200]
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4010"
    assert door.stored(XERO_UK, ACCOUNTS)[OTHER] == "4040"


async def crashed(door: FrontDoor, plan_id: str) -> None:
    """The state that a process leaves which dies right after it wrote down what it is about to send."""
    store = SQLiteStore(door.state)
    stored = await store.plan(plan_id)
    assert stored is not None
    plan = stored.plan
    await store.begin(
        Intent(
            change_id="ch_0123456789abcdef",
            plan_id=plan.id,
            organization_id=plan.organization_id,
            integration_id=plan.edit.integration_id,
            mapping=plan.edit.mapping,
            by=plan.caller,
            approval="called",
            base=dict(door.stored(XERO_UK, ACCOUNTS)),
            change=plan.change,
            at=time.time(),
        )
    )
    await store.close()


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.usefixtures("hasty")
async def test_a_crash_at_the_write_is_settled_by_the_next_server_and_held_until_then(
    door: FrontDoor, *, landed: bool
) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        other = await plan(client, set={OTHER: "4040"})
    began = time.monotonic()
    await crashed(door, plan_id)
    if landed:
        door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS][DESIGN] = "4030"
    async with door.client(wait="0") as client:
        first = await apply(client, other)
        end = await the_end(client, plan_id)
        took = time.monotonic() - began
        afterwards = await the_end(client, other)

    assert end["outcome"] == ("applied" if landed else "not_stored")
    assert end["changes"] == [{"key": DESIGN, "key_name": "Design", "before": "4010", "after": "4030"}]
    assert end["falls_back"]["default"] == "4000"
    assert landed or first["outcome"] == "busy"
    assert landed or took >= door.patience.settle
    assert afterwards["outcome"] == "applied"
    assert len(door.sent()) == 1


@pytest.mark.usefixtures("hasty")
async def test_a_plan_that_was_sent_does_not_expire_before_its_end_is_known(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("productive_integrations.mappings.update.PLAN_SECONDS", -1)
    async with door.client() as client:
        plan_id = await plan(client)
    await crashed(door, plan_id)
    async with door.client(wait="0") as client:
        first = await apply(client, plan_id)
        end = await the_end(client, plan_id)

    assert first["outcome"] == "busy"
    assert end["outcome"] == "not_stored"
