import asyncio
import hashlib
from typing import Any

import pytest

from productive_integrations.errors import StateError
from productive_integrations.schemas.edit import Change, Edit, EntryChange
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.journal import Ending, Intent, RecordedChange
from productive_integrations.schemas.outcome import FallsBack, Outcome, WriteResult
from productive_integrations.schemas.plan import Plan
from productive_integrations.state import Store
from productive_integrations.state.plans import KEEP_PLANS_SECONDS
from state.conftest import Clock
from state.places import Place

pytestmark = pytest.mark.anyio
ORGANIZATION, XERO = "28417", "74211"
EDIT = Edit(integration_id=XERO, mapping="account_code_mapping", set={"Design": "4010"})
TAMPERING = {
    "body": "UPDATE plans SET body = ?",
    "digest": "UPDATE plans SET digest = ?",
    "receipt": "UPDATE plans SET receipt = ?",
}
CHANGE = Change(entries=(EntryChange(key="600131", before="200", after="4010", key_name="Design ✓"),))
FINDING = Finding(rule="MAP303", severity="confirm", field="set", message="Look twice.")


def result(outcome: Outcome = "applied", *findings: Finding) -> WriteResult:
    return WriteResult(
        outcome=outcome,
        changes=(),
        untouched=3,
        falls_back=FallsBack(count=0),
        findings=findings,
        next="Nothing to do.",
    )


def plan(number: int = 1, expires: float = 1_000_600.0, edit: Edit = EDIT, **changed: Any) -> Plan:
    values: dict[str, Any] = {
        "id": f"plan-{number}",
        "organization_id": ORGANIZATION,
        "caller": "somebody",
        "edit": edit,
        "place": "Xero UK",
        "change": CHANGE,
        "identity": {"integration_type_id": "a1", "subsidiary": "b2"},
        "shown": result("approval_required", FINDING),
        "created": expires - 600,
        "expires": expires,
    }
    return Plan(**(values | changed))


def intent(number: int = 1, integration_id: str = XERO, organization_id: str = ORGANIZATION) -> Intent:
    return Intent(
        change_id=f"change-{number}",
        plan_id=f"plan-{number}",
        organization_id=organization_id,
        integration_id=integration_id,
        mapping="account_code_mapping",
        by="somebody",
        approval="called",
        base={"600131": "200", "600203": 7, "600327": None, "é\n": ["x"]},
        change=CHANGE,
        at=1_000_000.0,
    )


def ending(number: int = 1, outcome: Outcome = "applied") -> Ending:
    return Ending(change_id=f"change-{number}", outcome=outcome, seen={"600131": "4010"}, at=1_000_001.0)


async def test_a_plan_comes_back_as_it_was_saved_in_every_process(store: Store, other: Store) -> None:
    await store.save_plan(plan(), "pending")

    for each in (store, other):
        stored = await each.plan("plan-1")
        assert stored is not None
        assert stored.plan == plan()
        assert (stored.status, stored.change_id, stored.receipt) == ("pending", None, None)
    assert await store.plan("plan-2") is None


async def test_the_key_of_a_plan_is_taken_once_in_all_processes_and_by_its_own_digest_alone(
    store: Store, other: Store
) -> None:
    await store.save_plan(plan(1), "pending")
    await store.save_plan(plan(2), "pending")
    await store.give_key("plan-1", "first")
    await store.give_key("plan-1", "second")

    assert not await other.take_key("plan-1", "first")
    assert not await other.take_key("plan-2", "second")
    taken = await asyncio.gather(*(each.take_key("plan-1", "second") for each in (store, other) * 3))
    assert sorted(taken) == [False] * 5 + [True]
    stored = await store.plan("plan-1")
    assert stored is not None
    assert stored.plan == plan(1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", "{}"),
        ("body", "no JSON"),
        ("body", plan(caller="somebody else").model_dump_json()),
        ("body", plan(accepted=("MAP303",)).model_dump_json()),
        ("body", plan(expires=2_000_000.0).model_dump_json()),
        ("digest", "0" * 64),
        ("receipt", "{}"),
    ],
    ids=lambda value: value[:12],
)
async def test_a_plan_whose_row_was_altered_is_unknown_in_every_way(
    store: Store, place: Place, column: str, value: str
) -> None:
    await store.save_plan(plan(), "pending")
    place.rows(TAMPERING[column], value)

    assert await store.plan("plan-1") is None
    assert await store.latest(plan().edit_digest, 0) is None
    assert await store.reported(plan().edit_digest, 0) == frozenset()


async def test_rules_are_reported_for_this_very_edit_until_its_plan_expires(store: Store) -> None:
    another = EDIT.model_copy(update={"set": {"Design": "4011"}})
    await store.save_plan(plan(), "reported")

    assert await store.reported(plan().edit_digest, 1_000_599.0) == {("MAP303", "set")}
    assert await store.reported(plan().edit_digest, 1_000_600.0) == frozenset()
    assert await store.reported(plan(edit=another).edit_digest, 0) == frozenset()
    assert await store.reported(plan(caller="else").edit_digest, 0) == frozenset()


async def test_the_newest_plan_of_an_edit_that_waits_is_found_and_else_the_newest_that_was_answered(
    store: Store,
) -> None:
    digest = plan().edit_digest
    await store.save_plan(plan(1), "pending")
    await store.save_plan(plan(2, expires=1_000_700.0), "pending")
    await store.save_plan(plan(3, expires=1_000_800.0), "reported")

    found = await store.latest(digest, 1_000_000.0)
    assert found is not None
    assert found.plan.id == "plan-2"
    await store.decline("plan-2")
    found = await store.latest(digest, 1_000_000.0)
    assert found is not None
    assert found.plan.id == "plan-1"
    await store.decline("plan-1")
    found = await store.latest(digest, 1_000_000.0)
    assert found is not None
    assert (found.plan.id, found.status) == ("plan-2", "declined")
    assert await store.latest(digest, 1_000_700.0) is None


async def test_a_declined_plan_stays_declined_and_a_used_one_cannot_be_declined(store: Store) -> None:
    await store.save_plan(plan(1), "pending")
    await store.save_plan(plan(2), "pending")

    await store.decline("plan-1")
    await store.finish("plan-2", result())
    await store.decline("plan-2")

    first, second = await store.plan("plan-1"), await store.plan("plan-2")
    assert first is not None
    assert first.status == "declined"
    assert second is not None
    assert second.status == "done"
    assert second.receipt == result()


async def test_plans_of_more_than_a_month_ago_are_forgotten(store: Store, clock: Clock) -> None:
    await store.save_plan(plan(1), "pending")
    clock.now = plan(1).expires + KEEP_PLANS_SECONDS
    await store.save_plan(plan(2, expires=clock.now), "pending")
    assert await store.plan("plan-1") is not None

    clock.now += 1
    await store.save_plan(plan(3, expires=clock.now), "pending")

    assert await store.plan("plan-1") is None
    assert await store.plan("plan-2") is not None


async def test_a_plan_cannot_be_saved_twice(store: Store) -> None:
    await store.save_plan(plan(), "pending")

    with pytest.raises(StateError):
        await store.save_plan(plan(), "pending")


async def test_a_write_is_unsettled_from_its_beginning_to_its_end(store: Store, other: Store) -> None:
    await store.save_plan(plan(), "pending")
    await store.begin(intent())

    assert await other.unsettled(ORGANIZATION) == [RecordedChange(seq=1, intent=intent())]
    assert await other.unsettled("999") == []
    begun = await other.plan("plan-1")
    assert begun is not None
    assert (begun.status, begun.change_id) == ("applying", "change-1")

    await other.end(ending(), result())

    assert await store.unsettled(ORGANIZATION) == []
    assert await store.changes(ORGANIZATION, None, 9) == [RecordedChange(seq=1, intent=intent(), ending=ending())]
    done = await store.plan("plan-1")
    assert done is not None
    assert (done.status, done.receipt) == ("done", result())


async def test_no_write_begins_of_a_plan_that_was_declined(store: Store, other: Store) -> None:
    await store.save_plan(plan(), "pending")
    assert await other.decline("plan-1")

    assert not await store.begin(intent())

    assert await store.changes(ORGANIZATION, None, 9) == []
    declined = await store.plan("plan-1")
    assert declined is not None
    assert declined.status == "declined"


async def test_a_plan_whose_request_never_arrived_waits_again(store: Store) -> None:
    await store.save_plan(plan(), "pending")
    await store.begin(intent())

    await store.end(ending(outcome="not_stored"), None)

    again = await store.plan("plan-1")
    assert again is not None
    assert (again.status, again.receipt) == ("pending", None)


async def test_a_plan_with_an_unknown_end_is_still_being_applied(store: Store) -> None:
    await store.save_plan(plan(), "pending")
    await store.begin(intent())

    await store.finish("plan-1", result("unknown"))

    stored = await store.plan("plan-1")
    assert stored is not None
    assert (stored.status, stored.receipt) == ("applying", result("unknown"))
    assert len(await store.unsettled(ORGANIZATION)) == 1


async def test_what_another_process_found_out_meanwhile_is_not_taken_back(store: Store, other: Store) -> None:
    await store.save_plan(plan(), "pending")
    await store.begin(intent())
    await other.end(ending(), result())

    late = result("unknown").model_copy(update={"change_id": "change-1"})
    assert await store.finish("plan-1", late) == result()
    assert await store.end(ending(outcome="not_stored"), result("not_stored")) == result()

    stored = await store.plan("plan-1")
    assert stored is not None
    assert (stored.status, stored.receipt) == ("done", result())
    assert (await store.changes(ORGANIZATION, None, 9))[0].ending == ending()


async def test_a_write_begins_once_and_ends_once(store: Store, place: Place) -> None:
    await store.begin(intent())
    with pytest.raises(StateError):
        await store.begin(intent())
    await store.end(ending(), result())
    await store.end(ending(outcome="not_stored"), result("not_stored"))

    assert place.rows("SELECT kind FROM journal ORDER BY seq") == [("intent",), ("ending",)]
    assert (await store.changes(ORGANIZATION, None, 9))[0].ending == ending()


async def test_changes_come_newest_first_by_integration_and_page(store: Store) -> None:
    for number in range(1, 7):
        await store.begin(intent(number, integration_id=XERO if number % 2 else "78804"))
    await store.begin(intent(7, organization_id="999"))

    async def ids(integration_id: str | None, limit: int, before: int | None = None) -> list[str]:
        found = await store.changes(ORGANIZATION, integration_id, limit, before)
        return [change.intent.change_id.removeprefix("change-") for change in found]

    assert await ids(None, 99) == ["6", "5", "4", "3", "2", "1"]
    assert await ids(None, 2) == ["6", "5"]
    assert await ids(None, 2, before=5) == ["4", "3"]
    assert await ids(XERO, 99) == ["5", "3", "1"]
    assert await ids(XERO, 1, before=5) == ["3"]
    assert [change.intent.change_id for change in await store.unsettled(ORGANIZATION)] == [
        f"change-{number}" for number in range(1, 7)
    ]


async def test_every_journal_row_is_chained_to_the_one_before(store: Store, other: Store, place: Place) -> None:
    for number in range(1, 4):
        await (store if number % 2 else other).begin(intent(number))
    await other.end(ending(2), result())
    await store.end(ending(1), result())

    previous = ""
    chained = place.rows("SELECT * FROM journal ORDER BY seq")
    for number, (*cells, link) in enumerate(chained, start=1):
        assert cells[0] == number
        assert link == hashlib.sha256("\n".join(map(str, [*cells, previous])).encode()).hexdigest()
        previous = link
    assert [row[2] for row in chained] == ["intent"] * 3 + ["ending"] * 2


async def test_a_hold_has_one_owner_for_each_integration(store: Store, other: Store) -> None:
    assert await store.take_hold(ORGANIZATION, XERO, "a", 10)
    assert not await other.take_hold(ORGANIZATION, XERO, "b", 10)
    assert await store.take_hold(ORGANIZATION, XERO, "a", 10)
    assert await other.take_hold(ORGANIZATION, "78804", "b", 10)
    assert await other.take_hold("999", XERO, "b", 10)

    await other.release_hold(ORGANIZATION, XERO, "b")
    assert not await other.take_hold(ORGANIZATION, XERO, "b", 10)
    await store.release_hold(ORGANIZATION, XERO, "a")
    assert await other.take_hold(ORGANIZATION, XERO, "b", 10)


async def test_of_many_that_ask_at_once_one_gets_the_hold(store: Store, other: Store) -> None:
    taken = await asyncio.gather(
        *(each.take_hold(ORGANIZATION, XERO, f"{place}{each!r}", 10) for place in range(20) for each in (store, other))
    )

    assert taken.count(True) == 1


async def test_a_hold_that_is_renewed_lasts_and_one_that_expired_can_be_taken(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.take_hold(ORGANIZATION, XERO, "a", 10)
    clock.now += 9
    assert await store.renew_hold(ORGANIZATION, XERO, "a", 10)
    clock.now += 9
    assert not await other.take_hold(ORGANIZATION, XERO, "b", 10)
    clock.now += 1
    assert await other.take_hold(ORGANIZATION, XERO, "b", 10)

    assert not await store.renew_hold(ORGANIZATION, XERO, "a", 10)
    assert not await store.take_over(ORGANIZATION, XERO, "a", 10)
    await store.release_hold(ORGANIZATION, XERO, "a")
    assert await other.renew_hold(ORGANIZATION, XERO, "b", 10)


async def test_nobody_gets_a_hold_while_a_write_is_unsettled_except_to_settle_it(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.take_hold(ORGANIZATION, XERO, "a", 10)
    await store.begin(intent())
    clock.now += 3600

    assert not await other.take_hold(ORGANIZATION, XERO, "b", 10)
    assert not await store.take_hold(ORGANIZATION, XERO, "a", 10)
    assert await other.take_hold(ORGANIZATION, "78804", "b", 10)
    assert await other.take_hold("999", XERO, "b", 10)
    assert await other.take_over(ORGANIZATION, XERO, "b", 10)

    await other.end(ending(), result())
    await other.release_hold(ORGANIZATION, XERO, "b")
    assert await store.take_hold(ORGANIZATION, XERO, "a", 10)


async def test_a_cancelled_caller_leaves_the_store_usable_and_no_half_of_its_step(store: Store, place: Place) -> None:
    assert await store.plan("none") is None
    with place.locked():
        calls = [asyncio.create_task(store.begin(intent(number))) for number in (1, 2)]
        await asyncio.sleep(0.05)
        for call in calls:
            call.cancel()
        for call in calls:
            with pytest.raises(asyncio.CancelledError):
                await call

    await store.begin(intent(3))
    await store.end(ending(3), result())

    ids = [change.intent.change_id for change in await store.changes(ORGANIZATION, None, 9)]
    assert ids[0] == "change-3"
    assert "change-2" not in ids
    assert place.rows("SELECT seq FROM journal ORDER BY seq") == [(seq,) for seq in range(1, len(ids) + 2)]


async def test_two_stores_that_write_at_the_same_time_lose_nothing(store: Store, other: Store, place: Place) -> None:
    await asyncio.gather(
        *(each.begin(intent(2 * number + place)) for number in range(20) for place, each in enumerate((store, other)))
    )

    assert len(await store.unsettled(ORGANIZATION)) == 40
    assert place.rows("SELECT count(DISTINCT hash), max(seq) FROM journal") == [(40, 40)]


async def test_a_store_that_fails_in_use_says_so_in_one_sentence_without_the_path(store: Store, place: Place) -> None:
    assert await store.plan("none") is None
    place.rows("DROP TABLE holds")

    with pytest.raises(StateError, match=r"^PRODUCTIVE_STATE: ") as caught:
        await store.take_hold(ORGANIZATION, XERO, "a", 10)

    assert place.address not in str(caught.value)
    await store.begin(intent())
