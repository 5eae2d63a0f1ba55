import random
from collections.abc import Callable

import pytest

from productive_integrations.schemas.budget import Account, Group, Window
from productive_integrations.state import Store
from state.conftest import Clock
from state.places import Place

pytestmark = pytest.mark.anyio
ACCOUNT = Account("a digest", "28417", Window(5, 10.0), Window(12, 100.0))
COLLEAGUE = Account("another", "28417", Window(5, 10.0), Window(12, 100.0))
STRANGER = Account("a third", "999", Window(5, 10.0), Window(12, 100.0))


async def test_processes_share_one_budget_and_a_group_gets_all_of_its_seats_or_none(store: Store, other: Store) -> None:
    assert await store.take_seats(ACCOUNT, "a", 3, 60) == 0
    assert await other.take_seats(ACCOUNT, "b", 3, 60) == 10
    assert await other.take_seats(ACCOUNT, "c", 2, 60) == 0
    assert await store.take_seats(ACCOUNT, "d", 1, 60) == 10
    assert await store.take_seats(COLLEAGUE, "e", 5, 60) == 0
    assert await store.take_seats(STRANGER, "f", 5, 60) == 0


async def test_an_organization_s_share_is_counted_over_all_of_its_tokens(store: Store, clock: Clock) -> None:
    for ticket, account in (("a", ACCOUNT), ("b", COLLEAGUE)):
        assert await store.take_seats(account, ticket, 5, 60) == 0
        await store.leave_seats(account, (Group(ticket, 5, 0),), 0)
    clock.now += 11

    assert await store.take_seats(ACCOUNT, "c", 2, 60) == 0
    assert await store.take_seats(COLLEAGUE, "d", 1, 60) == pytest.approx(89)
    assert await store.take_seats(STRANGER, "e", 1, 60) == 0


async def test_what_was_sent_counts_from_its_end_and_what_was_not_sent_no_more(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.take_seats(ACCOUNT, "a", 5, 60)
    clock.now += 30
    assert await other.take_seats(ACCOUNT, "b", 1, 60) == 10

    await store.leave_seats(ACCOUNT, (Group("a", 3, 2.0),), 0)
    assert await other.take_seats(ACCOUNT, "c", 2, 60) == 0
    assert await other.take_seats(ACCOUNT, "d", 1, 60) == 8
    await other.leave_seats(ACCOUNT, (Group("c", 0, 0.0),), 0)
    assert await other.take_seats(ACCOUNT, "e", 2, 60) == 0
    clock.now += 8
    assert await store.take_seats(ACCOUNT, "f", 3, 60) == 0


async def test_the_seats_of_a_process_that_died_come_back_after_their_flight(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.take_seats(ACCOUNT, "a", 5, 60)
    clock.now += 69
    assert await other.take_seats(ACCOUNT, "b", 5, 60) > 0
    clock.now += 1
    assert await other.take_seats(ACCOUNT, "c", 5, 60) == 0


async def test_a_gate_that_productive_closed_is_closed_for_every_process_until_the_last_second(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.leave_seats(ACCOUNT, (), 40)
    await other.leave_seats(ACCOUNT, (), 7)

    assert await other.take_seats(ACCOUNT, "a", 1, 60) == 40
    assert await other.take_seats(COLLEAGUE, "b", 1, 60) == 0
    clock.now += 40
    assert await other.take_seats(ACCOUNT, "c", 1, 60) == 0


@pytest.mark.parametrize("seed", range(20))
async def test_however_groups_come_and_go_no_window_holds_more_than_it_may(
    opened: Callable[[], Store], clock: Clock, seed: int
) -> None:
    luck, stores = random.Random(seed), [opened(), opened(), opened()]  # noqa: S311 - a test repeats itself
    under_way: list[tuple[str, int, list[float]]] = []
    arrived: list[float] = []
    for number in range(120):
        clock.now += luck.choice([0, 0.1, 1, 4])
        if luck.random() < 0.5:
            size = luck.randint(1, 4)
            if await luck.choice(stores).take_seats(ACCOUNT, str(number), size, 60) == 0:
                under_way.append((str(number), size, []))
        elif under_way:
            ticket, size, sent = under_way.pop(luck.randrange(len(under_way)))
            if len(sent) < size and luck.random() < 0.7:
                sent.append(clock.now)
                under_way.append((ticket, size, sent))
                continue
            arrived += sent
            await luck.choice(stores).leave_seats(ACCOUNT, (Group(ticket, len(sent), 0),), 0)
    arrived += [moment for _, _, sent in under_way for moment in sent]

    assert len(arrived) > 10
    assert all(sum(last - 10 < moment <= last for moment in arrived) <= 5 for last in arrived)
    assert all(sum(last - 100 < moment <= last for moment in arrived) <= 12 for last in arrived)


async def test_no_more_rows_are_kept_than_the_longest_window_needs(store: Store, place: Place, clock: Clock) -> None:
    for number in range(30):
        await store.take_seats(ACCOUNT, str(number), 1, 60)
        await store.leave_seats(ACCOUNT, (Group(str(number), 1, 0),), 0)
        clock.now += 20

    ((kept,),) = place.rows("SELECT count(*) FROM requests")
    assert kept <= 6
