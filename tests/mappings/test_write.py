import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from front_door import DESIGN, XERO_UK, FrontDoor
from mappings.workbench import (
    ACCOUNTS,
    OTHER,
    STEADY,
    apply,
    arrived,
    client_through,
    error_of_applying,
    journal,
    patching,
    plan,
    reading,
)
from productive_integrations.app.build import open_services
from productive_integrations.mappings.apply import apply_plan
from productive_integrations.mappings.update import prepare
from productive_integrations.mappings.write import WRITE_AND_READ_BACK
from productive_integrations.productive.guard import ExitGuard, Forbidden
from productive_integrations.productive.limits import TOKEN
from productive_integrations.sandbox import Sandbox, running
from productive_integrations.schemas.edit import Edit

pytestmark = pytest.mark.anyio
EXPENSES = "expense_account_code_mapping"


class AtThePatch(httpx.AsyncHTTPTransport):
    """The real way to the API, on which something happens to every PATCH."""

    def __init__(self, happens: Callable[[], None], *, after: bool = False) -> None:
        super().__init__()
        self._happens = happens
        self._after = after

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "PATCH":
            return await super().handle_async_request(request)
        if not self._after:
            await super().aclose()
            self._happens()
        response = await super().handle_async_request(request)
        await response.aread()
        if self._after:
            self._happens()
        return response


async def test_a_write_turned_away_for_a_moment_is_compared_again_and_then_applied(door: FrontDoor) -> None:
    async with door.client(wait="3") as client:
        plan_id = await plan(client)
        door.sandbox.requests.clear()
        door.sandbox.faults.append(patching("status_429", seconds=1))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert door.of_record(XERO_UK) == ["GET", "PATCH", "GET", "PATCH", "GET"]
    assert [request.status for request in door.sent()] == [429, 200]


async def test_another_persons_edit_while_a_write_was_turned_away_is_a_conflict(door: FrontDoor) -> None:
    async with door.client(wait="3") as client:
        plan_id = await plan(client)
        door.sandbox.faults.extend(
            [
                patching("status_429", seconds=1),
                reading("foreign_edit_before", skip=1, edit={ACCOUNTS: {DESIGN: "4050"}}),
            ]
        )
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "conflict"
    assert [request.status for request in door.sent()] == [429]
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4050"


async def test_a_write_turned_away_for_long_tells_the_seconds_and_its_plan_can_be_used(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("status_429", seconds=40))
        error = await error_of_applying(client, plan_id)
        again = await error_of_applying(client, plan_id)

    assert "no edit was sent" in error
    assert "Try again in 4" in error
    assert "Try again in 4" in again
    assert len(door.sent()) == 1
    async with door.client() as another_process:
        assert "Try again in 4" in await error_of_applying(another_process, plan_id)
        assert door.sandbox.requests == []
    with closing(sqlite3.connect(door.state)) as state, state:
        state.execute("UPDATE gates SET closed_until = 0")
    async with door.client() as client:
        assert (await apply(client, plan_id))["outcome"] == "applied"


async def test_a_read_that_grew_old_while_the_state_was_slow_is_made_again_before_the_write(door: FrontDoor) -> None:
    def slow(_: object) -> None:
        locked = sqlite3.connect(door.state, isolation_level=None, check_same_thread=False)
        locked.execute("BEGIN IMMEDIATE")

        def unlock() -> None:
            locked.execute("ROLLBACK")
            locked.close()

        threading.Timer(0.6, unlock).start()

    door.patience = replace(STEADY, oldest=0.4)
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.requests.clear()
        door.sandbox.faults.append(reading("foreign_edit_after", edit=slow))
        door.sandbox.faults.append(reading("foreign_edit_before", skip=1, edit={ACCOUNTS: {OTHER: "4050"}}))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert door.of_record(XERO_UK) == ["GET", "GET", "PATCH", "GET"]
    assert door.stored(XERO_UK, ACCOUNTS).items() >= {DESIGN: "4030", OTHER: "4050"}.items()


async def test_a_slow_api_keeps_nobody_from_writing(door: FrontDoor) -> None:
    door.patience = replace(STEADY, oldest=0.4)
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.requests.clear()
        door.sandbox.faults.append(reading("slow", seconds=0.6))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert outcome["window_ms"] >= 600
    assert door.of_record(XERO_UK) == ["GET", "PATCH", "GET"]


async def test_a_connection_refused_at_the_write_sends_nothing_and_leaves_the_plan_usable(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        gone = FrontDoor(sandbox, stack.enter_context(running(sandbox)), tmp_path / "state.sqlite", STEADY)
        async with client_through(gone, AtThePatch(stack.close)) as client:
            plan_id = await plan(client)
            error = await error_of_applying(client, plan_id)

    assert "was not sent" in error
    assert gone.sent() == []
    with running(sandbox) as url:
        back = FrontDoor(sandbox, url, gone.state, STEADY)
        async with back.client() as client:
            assert (await apply(client, plan_id))["outcome"] == "applied"


async def test_a_lagging_replica_does_not_hide_what_is_stored(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.switches.replica_lag = 0.1
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert door.of_record(XERO_UK).count("GET") > 3
    assert len(door.sent()) == 1


async def test_a_yes_that_stored_nothing_is_not_stored(door: FrontDoor) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("ignored"))
        outcome = await apply(client, plan_id)
        again = await apply(client, plan_id)

    assert outcome["outcome"] == "not_stored"
    assert outcome["differences"] == [{"key": DESIGN, "planned_from": "4010", "now": "4010", "wanted": "4030"}]
    assert "nothing of it" in outcome["next"]
    assert again == outcome
    assert door.stored(XERO_UK, ACCOUNTS) == before
    assert len(door.sent()) == 1


async def test_an_entry_that_a_merge_brings_back_is_not_stored_and_named(door: FrontDoor) -> None:
    door.sandbox.switches.patch_mode = "merge"
    async with door.client() as client:
        plan_id = await plan(client, set={DESIGN: "4030"}, remove=[OTHER])
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "not_stored"
    assert outcome["differences"] == [{"key": OTHER, "planned_from": "4030", "now": "4030"}]
    assert len(door.sent()) == 1


async def test_a_value_that_is_stored_in_another_form_is_not_stored_and_shown_in_both(door: FrontDoor) -> None:
    door.sandbox.switches.normalise = "strip_zeros"
    async with door.client() as client:
        plan_id = await plan(client, mapping=EXPENSES, set={"600402": "0510"})
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "not_stored"
    assert {"key": "600402", "planned_from": "7400", "now": "510", "wanted": "0510"} in outcome["differences"]
    assert {"key": "600357", "planned_from": "0510", "now": "510", "wanted": "0510"} in outcome["differences"]
    assert "something else" in outcome["next"]


async def test_another_persons_edit_after_the_write_is_not_called_applied_but_said_as_what_it_is(
    door: FrontDoor,
) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("foreign_edit_after", edit={ACCOUNTS: {OTHER: "4050"}}))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "not_stored"
    assert "Your entries are stored" in outcome["next"]
    assert outcome["differences"] == [{"key": OTHER, "planned_from": "4030", "now": "4050", "wanted": "4030"}]
    assert door.stored(XERO_UK, ACCOUNTS)[OTHER] == "4050"
    assert len(door.sent()) == 1


async def test_an_entry_overwritten_right_after_the_write_is_not_called_applied(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("foreign_edit_after", edit={ACCOUNTS: {DESIGN: "4050"}}))
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "not_stored"
    assert outcome["differences"] == [{"key": DESIGN, "planned_from": "4010", "now": "4050", "wanted": "4030"}]
    assert "something else" in outcome["next"]


@pytest.mark.parametrize("status", [401, 403, 404, 405, 422])
async def test_a_refusal_gives_the_manual_steps_and_leaves_nothing_open(door: FrontDoor, status: int) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.switches.patch_refusal = status  # type: ignore[assignment]  # every status the switch knows
        outcome = await apply(client, plan_id)
        again = await apply(client, plan_id)

    assert outcome["outcome"] == "refused"
    assert outcome["change_id"]
    assert any('"Design"' in step and '"4030"' in step for step in outcome["manual_steps"])
    assert again == outcome
    assert len(door.sent()) == 1
    (change,) = await journal(door.state, door.sandbox.organization_id)
    assert change.ending is not None


async def test_a_write_that_the_exit_guard_stops_says_that_nothing_was_sent_and_leaves_the_plan_usable(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise Forbidden

    async with door.client() as client:
        plan_id = await plan(client)
        with monkeypatch.context() as changed:
            changed.setattr(ExitGuard, "_check_write", stopped)
            error = await error_of_applying(client, plan_id)

        assert "nothing was sent" in error
        assert door.sent() == []
        assert (await apply(client, plan_id))["outcome"] == "applied"


async def test_a_defect_of_ours_after_the_write_left_is_settled_by_reading(door: FrontDoor) -> None:
    def fail() -> None:
        raise RuntimeError

    async with client_through(door, AtThePatch(fail, after=True)) as client:
        plan_id = await plan(client)
        outcome = await apply(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert len(door.sent()) == 1


async def test_the_journal_holds_the_write_before_it_leaves(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("slow", seconds=0.3))
        applying = asyncio.create_task(apply(client, plan_id))
        await arrived(door.sandbox, "PATCH")
        (change,) = await journal(door.state, door.sandbox.organization_id)

        assert (await applying)["outcome"] == "applied"
    assert change.ending is None
    assert change.intent.change.entries[0].after == "4030"


async def test_the_read_back_has_its_place_in_the_request_budget_from_the_start(door: FrontDoor) -> None:
    edit = Edit(integration_id=XERO_UK, mapping=ACCOUNTS, set={DESIGN: "4030"})
    async with open_services(door.settings(wait="0"), patience=door.patience) as services:
        prepared = await prepare(services, edit, "local", ())
        assert prepared.plan is not None
        left = TOKEN.requests - len(door.sandbox.requests)
        with await services.gateway.reserve(left - 1 - WRITE_AND_READ_BACK, 0):
            outcome = await apply_plan(services, prepared.plan.id, "local", "called")

    assert outcome.outcome == "applied"
    assert len(door.sandbox.requests) == TOKEN.requests - left + 3
