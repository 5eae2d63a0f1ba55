from collections.abc import Callable
from typing import Any

import pytest

from productive_integrations.errors import StateError
from productive_integrations.state import Store
from state.places import Place
from state.test_store import ORGANIZATION, XERO, ending, intent, plan, result

pytestmark = pytest.mark.anyio

CUT = "DELETE FROM journal WHERE seq = 6"
TAMPERING = {
    "a body": (
        ("UPDATE journal SET body = replace(body, '4010', '4011') WHERE seq = 3",),
        "row 3 is not as it was written",
    ),
    "an integration": (("UPDATE journal SET integration_id = '1' WHERE seq = 2",), "row 2 is not as it was written"),
    "a hash": (("UPDATE journal SET hash = 'f' WHERE seq = 4",), "row 4 is not as it was written"),
    "the last body": (("UPDATE journal SET body = '{}' WHERE seq = 6",), "row 6 is not as it was written"),
    "a row deleted": (("DELETE FROM journal WHERE seq = 2",), "row 2 is missing"),
    "the first row deleted": (("DELETE FROM journal WHERE seq = 1",), "row 1 is missing"),
    "rows in another order": (
        (
            "UPDATE journal SET seq = 99 WHERE seq = 3",
            "UPDATE journal SET seq = 3 WHERE seq = 4",
            "UPDATE journal SET seq = 4 WHERE seq = 99",
        ),
        "row 3 is not as it was written",
    ),
    "the end cut off": ((CUT,), "rows after row 5 are missing"),
    "everything cut off": (("DELETE FROM journal",), "rows after row 0 are missing"),
    "the end cut off and forgotten": (
        (
            "DELETE FROM journal WHERE seq > 4",
            "UPDATE journal_head SET seq = 4, hash = (SELECT hash FROM journal WHERE seq = 4)",
        ),
        "a change that a plan names is missing",
    ),
    "everything cut off and forgotten": (
        ("DELETE FROM journal", "DELETE FROM journal_head"),
        "a change that a plan names is missing",
    ),
    "the head lost": (("DELETE FROM journal_head",), "rows after row 6 are missing"),
}


async def three_changes(store: Store) -> None:
    for number in (1, 2, 3):
        await store.save_plan(plan(number), "pending")
        await store.begin(intent(number))
        await store.end(ending(number), result())


@pytest.mark.parametrize("what", TAMPERING)
async def test_tampering_is_found_and_named_and_no_write_begins_on_it_while_reading_goes_on(
    opened: Callable[[], Store], place: Place, what: str
) -> None:
    statements, damage = TAMPERING[what]
    writer = opened()
    await three_changes(writer)
    place.tamper(*statements)

    later = opened()
    checked = await later.check()

    assert checked.damage == damage
    for store in (later, opened()):
        with pytest.raises(StateError, match=r"journal of changes was altered .* no edit is made") as caught:
            await store.begin(intent(4))
        assert damage in str(caught.value)
    assert [row[0] for row in place.rows("SELECT change_id FROM journal WHERE change_id = 'change-4'")] == []
    assert (await later.plan("plan-1")) is not None
    await later.save_plan(plan(9), "pending")


@pytest.mark.parametrize("what", ["the last body", "the end cut off", "everything cut off", "the head lost"])
async def test_a_process_that_is_running_notices_a_tampered_end_before_its_next_write(
    store: Store, place: Place, what: str
) -> None:
    await three_changes(store)
    place.tamper(*TAMPERING[what][0])

    with pytest.raises(StateError, match="no edit is made"):
        await store.begin(intent(4))


async def test_an_untouched_journal_is_whole_and_its_two_ends_are_in_every_receipt_of_a_write(
    store: Store, other: Store, place: Place
) -> None:
    assert (await store.check()).ends == ""
    await store.save_plan(plan(1), "pending")
    await store.save_plan(plan(2), "pending")
    await store.begin(intent(1))
    unknown = await store.finish("plan-1", sent(1).model_copy(update={"outcome": "unknown"}))
    first = await store.end(ending(1), sent(1))
    await store.begin(intent(2))
    second = await other.end(ending(2), sent(2))
    unsent = await store.finish("plan-2", result("conflict"))

    hashes = [row[0][:16] for row in place.rows("SELECT hash FROM journal ORDER BY seq")]
    assert first is not None
    assert second is not None
    assert unknown.journal == f"{hashes[0]}..{hashes[0]}"
    assert first.journal == f"{hashes[0]}..{hashes[1]}"
    assert second.journal == f"{hashes[0]}..{hashes[3]}"
    assert unsent.journal is None
    for store_ in (store, other):
        checked = await store_.check()
        assert (checked.rows, checked.ends, checked.damage) == (4, second.journal, None)
        stored = await store_.plan("plan-1")
        assert stored is not None
        assert stored.receipt == first


async def test_a_journal_of_many_pages_is_read_to_its_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("productive_integrations.state.journal._PAGE", 2)
    await three_changes(store)

    assert (await store.check()).rows == 6


async def test_changes_that_ended_lately_come_oldest_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 8):
        await store.begin(intent(number))
        await store.end(ending(number).model_copy(update={"at": 1000.0 + number}), result())
    await store.begin(intent(8))
    await store.begin(intent(9, integration_id="78804"))
    await store.end(ending(9).model_copy(update={"at": 1009.0}), result())

    async def numbers(since: float, integration_id: str = XERO) -> list[str]:
        return [change.intent.change_id[-1] for change in await store.recent(ORGANIZATION, integration_id, since)]

    assert await numbers(1006.0) == ["6", "7"]
    assert await numbers(1002.0) == ["2", "3", "4", "5", "6", "7"]
    assert await numbers(0) == ["1", "2", "3", "4", "5", "6", "7"]
    assert await numbers(1008.0) == []
    assert await numbers(0, "78804") == ["9"]
    assert await numbers(0, "1") == []


async def test_a_change_that_cannot_be_read_any_more_is_said_to_be_altered(store: Store, place: Place) -> None:
    await three_changes(store)
    place.tamper("UPDATE journal SET body = '{}' WHERE seq = 3")

    with pytest.raises(StateError, match="altered outside this server"):
        await store.changes(ORGANIZATION, None, 9)


def sent(number: int) -> Any:
    return result().model_copy(update={"change_id": f"change-{number}"})
