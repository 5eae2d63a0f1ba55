import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from productive_integrations.errors import RateLimited, StateError
from productive_integrations.productive.limits import (
    TOKEN,
    USUAL,
    RequestBudget,
    Seats,
    Shared,
    share_of_organization,
)
from productive_integrations.schemas.budget import Account, Group, Window

STEP = 0.25


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def in_virtual_time(story: Callable[[Clock, RequestBudget], Awaitable[None]], *windows: Window) -> None:
    clock = Clock()
    really_sleep = asyncio.sleep

    async def sleep(seconds: float, *_: Any) -> None:
        clock.now += seconds
        await really_sleep(0)

    async def run() -> None:
        await story(clock, RequestBudget(windows, clock) if windows else RequestBudget(clock=clock))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        asyncio.run(run())


async def send(budget: RequestBudget, number: int, wait: float = 0) -> None:
    with await budget.reserve(number, wait) as seats:
        for _ in range(number):
            seats.take()


async def has_room_for(budget: RequestBudget, number: int) -> bool:
    try:
        with await budget.reserve(number, 0):
            return True
    except RateLimited:
        return False


class Programs:
    """Programs that share a budget, and what they sent when."""

    def __init__(self, clock: Clock, budget: RequestBudget) -> None:
        self.clock = clock
        self.budget = budget
        self.groups: list[tuple[Seats, int]] = []
        self.sent: list[float] = []
        self.closed_until = 0.0

    async def reserve(self, number: int, wait: int) -> None:
        with contextlib.suppress(RateLimited):
            self.groups.append((await self.budget.reserve(number, wait * STEP), number))

    async def send(self, most: int, _: int) -> None:
        seats, number = self.groups.pop(0) if self.groups else (None, 0)
        if seats is None:
            return
        with contextlib.suppress(RateLimited), seats:
            for _ in range(min(most, number)):
                seats.take()
                assert self.clock.now >= self.closed_until
                self.sent.append(self.clock.now)

    async def close(self, steps: int, _: int) -> None:
        self.closed_until = max(self.closed_until, self.clock.now + steps * STEP)
        self.budget.close_for(steps * STEP)

    async def rest(self, steps: int, _: int) -> None:
        self.clock.now += steps * STEP


ACTIONS = st.one_of(
    st.tuples(st.just("reserve"), st.integers(1, 60), st.integers(0, 60)),
    st.tuples(st.just("send"), st.integers(1, 60), st.just(0)),
    st.tuples(st.just("close"), st.integers(1, 24), st.just(0)),
    st.tuples(st.just("rest"), st.integers(1, 24), st.just(0)),
)


@settings(max_examples=200)
@given(st.lists(ACTIONS, max_size=60))
@example(
    [("reserve", 60, 0), ("reserve", 35, 0), ("rest", 24, 0), ("send", 60, 0), ("send", 60, 0), ("reserve", 60, 60)] * 3
)
@example([("reserve", 60, 0), ("close", 4, 0), ("send", 60, 0)])
def test_whatever_is_reserved_and_sent_no_window_holds_more_than_95_and_none_goes_while_closed(
    actions: list[tuple[str, int, int]],
) -> None:
    sent: list[float] = []

    async def story(clock: Clock, budget: RequestBudget) -> None:
        programs = Programs(clock, budget)
        for action, number, wait in actions:
            await getattr(programs, action)(number, wait)
        sent.extend(programs.sent)

    in_virtual_time(story)
    assert all(sum(last - 10.5 < moment <= last for moment in sent) <= 95 for last in sent)


@settings(max_examples=50)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=12))
def test_groups_that_ask_at_once_are_served_whole_and_in_order(numbers: list[int]) -> None:
    served: list[tuple[int, float]] = []

    async def story(clock: Clock, budget: RequestBudget) -> None:
        async def one(place: int, number: int) -> None:
            with await budget.reserve(number, 600) as seats:
                for _ in range(number):
                    seats.take()
                served.append((place, clock.now))

        await asyncio.gather(*(one(place, number) for place, number in enumerate(numbers)))

    in_virtual_time(story)
    assert [place for place, _ in served] == list(range(len(numbers)))
    assert all(earlier <= later for (_, earlier), (_, later) in pairwise(served))


def test_the_95th_request_goes_at_once_and_the_96th_a_window_after_the_first() -> None:
    async def story(clock: Clock, budget: RequestBudget) -> None:
        start = clock.now
        await send(budget, 95)
        assert clock.now == start
        await send(budget, 1, wait=20)
        assert clock.now == start + 10.5

    in_virtual_time(story)


def test_a_wait_that_would_be_too_long_is_refused_at_once_with_the_seconds_to_go() -> None:
    async def story(clock: Clock, budget: RequestBudget) -> None:
        await send(budget, 95)
        clock.now += 4
        with pytest.raises(RateLimited, match="Try again in 7 seconds") as caught:
            await budget.reserve(1, wait=6)
        assert caught.value.seconds == 7
        assert clock.now == 1004

    in_virtual_time(story)


def test_a_group_gets_all_of_its_seats_or_none() -> None:
    async def story(_: Clock, budget: RequestBudget) -> None:
        await send(budget, 93)
        assert not await has_room_for(budget, 3)
        assert await has_room_for(budget, 2)

    in_virtual_time(story)


def test_seats_that_were_not_used_are_given_back_and_used_ones_are_not() -> None:
    async def story(_: Clock, budget: RequestBudget) -> None:
        with await budget.reserve(95, 0) as seats:
            assert not await has_room_for(budget, 1)
            for _sent in range(10):
                seats.take()
        assert await has_room_for(budget, 85)
        assert not await has_room_for(budget, 86)

    in_virtual_time(story)


def test_seats_are_given_back_when_the_block_fails_and_only_once() -> None:
    async def story(_: Clock, budget: RequestBudget) -> None:
        seats = await budget.reserve(95, 0)
        with pytest.raises(ZeroDivisionError), seats:
            raise ZeroDivisionError
        with seats:
            pass
        assert await has_room_for(budget, 95)
        assert not await has_room_for(budget, 96)

    in_virtual_time(story)


def test_a_request_more_than_was_reserved_is_refused() -> None:
    async def story(_: Clock, budget: RequestBudget) -> None:
        with await budget.reserve(1, 0) as seats:
            seats.take()
            with pytest.raises(ValueError, match="more requests than were reserved"):
                seats.take()

    in_virtual_time(story)


def test_a_reserved_seat_waits_for_a_closed_gate_and_stays_reserved() -> None:
    async def story(clock: Clock, budget: RequestBudget) -> None:
        with await budget.reserve(1, 0) as seats:
            budget.close_for(7)
            with pytest.raises(RateLimited) as caught:
                seats.take()
            assert caught.value.seconds in {7, 8}
            clock.now += 7
            seats.take()

    in_virtual_time(story)


@pytest.mark.parametrize(
    ("closures", "opens_after"),
    [([7], 7), ([7, 2], 7), ([2, 7], 7), ([-5], 0), ([1e9], 3700), ([float("inf")], 3700)],
    ids=str,
)
def test_the_gate_opens_after_the_longest_closure_and_never_later_than_a_little_over_an_hour(
    closures: list[float], opens_after: float
) -> None:
    async def story(clock: Clock, budget: RequestBudget) -> None:
        for seconds in closures:
            budget.close_for(seconds)
        start = clock.now
        if opens_after:
            clock.now = start + opens_after - STEP
            assert not await has_room_for(budget, 1)
        clock.now = start + opens_after
        assert await has_room_for(budget, 1)

    in_virtual_time(story)


def test_a_caller_that_is_cancelled_while_it_waits_holds_nobody_up() -> None:
    async def story(_: Clock, budget: RequestBudget) -> None:
        await send(budget, 95)
        waiting = asyncio.create_task(budget.reserve(1, 600))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await send(budget, 95, wait=20)

    in_virtual_time(story)


def test_the_share_of_the_organization_holds_over_half_an_hour() -> None:
    async def story(clock: Clock, budget: RequestBudget) -> None:
        for _ in range(10):
            await send(budget, 95)
            clock.now += 11
        await send(budget, 50)
        clock.now += 11
        with pytest.raises(RateLimited) as caught:
            await budget.reserve(1, 20)
        assert 1810 - 11 * 11 <= caught.value.seconds <= 1810 - 11 * 11 + 1

    in_virtual_time(story)


@pytest.mark.parametrize(("share", "requests"), [(1, 4000), (0.25, 1000), (0.0001, 1)])
def test_a_share_is_a_part_of_4000_and_never_nothing(share: float, requests: int) -> None:
    assert share_of_organization(share) == Window(requests, 1810)


def test_the_windows_leave_room_for_jitter_at_the_server() -> None:
    assert TOKEN.requests < 100
    assert TOKEN.seconds > 10


ACCOUNT = Account("a digest", "28417", *USUAL)


class Book:
    """A ledger that remembers what it was told, and that can break."""

    def __init__(self) -> None:
        self.broken = False
        self.delay = 0.0
        self.taken: list[tuple[str, int]] = []
        self.left: list[tuple[str, int]] = []
        self.closed_for: list[float] = []
        self.entered = asyncio.Event()
        self.slow: asyncio.Event | None = None

    async def take_seats(self, account: Account, ticket: str, number: int, flight: float) -> float:
        assert (account, flight) == (ACCOUNT, 60)
        if self.broken:
            raise StateError("PRODUCTIVE_STATE: broken")
        self.taken.append((ticket, number))
        self.entered.set()
        if self.slow:
            await self.slow.wait()
        return self.delay

    async def leave_seats(self, account: Account, groups: tuple[Group, ...], closed_for: float) -> None:
        assert account == ACCOUNT
        if self.broken:
            raise StateError("PRODUCTIVE_STATE: broken")
        self.left += [(group.ticket, group.sent) for group in groups]
        self.closed_for.append(closed_for)


def sharing(story: Callable[[Clock, RequestBudget, Book], Awaitable[None]]) -> None:
    book = Book()

    async def with_ledger(clock: Clock, _: RequestBudget) -> None:
        budget = RequestBudget(clock=clock, shared=Shared(book, ACCOUNT, 60))
        await story(clock, budget, book)
        await budget.aclose()

    in_virtual_time(with_ledger)


def test_a_group_is_entered_in_the_ledger_before_its_first_request_and_left_with_what_was_sent() -> None:
    async def story(_: Clock, budget: RequestBudget, book: Book) -> None:
        with await budget.reserve(3, 0) as seats:
            [(ticket, number)] = book.taken
            assert number == 3
            seats.take()
            seats.take()
            assert book.left == []
        await budget.aclose()
        assert book.left == [(ticket, 2)]
        assert book.closed_for == [0]

    sharing(story)


def test_what_other_processes_sent_is_waited_for_like_what_this_one_sent() -> None:
    async def story(clock: Clock, budget: RequestBudget, book: Book) -> None:
        book.delay = 5.0
        with pytest.raises(RateLimited, match="Try again in 5 seconds"):
            await budget.reserve(1, 4)
        book.entered.clear()
        waiting = asyncio.create_task(budget.reserve(1, 6))
        await book.entered.wait()
        assert not waiting.done()
        book.delay = 0.0
        await waiting
        assert clock.now > 1000

    sharing(story)


def test_a_gate_that_the_server_closed_is_told_to_the_others() -> None:
    async def story(_: Clock, budget: RequestBudget, book: Book) -> None:
        budget.close_for(7)
        await budget.aclose()
        assert book.closed_for == [7]

    sharing(story)


def test_a_caller_that_gives_up_while_it_enters_leaves_no_group_behind() -> None:
    async def story(_: Clock, budget: RequestBudget, book: Book) -> None:
        book.slow = asyncio.Event()
        waiting = asyncio.create_task(budget.reserve(2, 60))
        await book.entered.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await budget.aclose()
        assert book.left == [(book.taken[0][0], 0)]
        book.slow = None
        assert await has_room_for(budget, 95)

    sharing(story)


def test_without_the_ledger_a_process_keeps_to_a_quarter_until_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    async def story(clock: Clock, budget: RequestBudget, book: Book) -> None:
        book.broken = True
        await send(budget, 20)
        await send(budget, 3)
        assert not await has_room_for(budget, 1)
        book.broken = False
        clock.now += 10.5
        assert await has_room_for(budget, 1)
        assert await has_room_for(budget, 95)
        assert len(caplog.records) == 1

    sharing(story)
