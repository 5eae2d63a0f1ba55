"""The request budget of one API token and its organization.

Productive allows 100 requests in 10 s for a token and 4,000 in 30 min for an organization. The windows here are
a little wider than that asks, so that jitter on the way cannot push requests together at the server's clock.
Processes that share a state store share the budget through it; without the store each makes do with a part of it.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from productive_integrations.errors import LONGEST_WAIT, RateLimited, StateError
from productive_integrations.schemas.budget import Account, Group, Window

_log = logging.getLogger(__name__)

TOKEN = Window(95, 10.5)
ORGANIZATION = Window(4000, 1810)
PROCESSES_IN_THE_DARK = 4
"""How many processes may be at work when the store cannot tell."""


def share_of_organization(share: float) -> Window:
    """Our part of the budget that an organization's other programs use too."""
    return Window(max(1, int(ORGANIZATION.requests * share)), ORGANIZATION.seconds)


USUAL = (TOKEN, share_of_organization(0.25))


class Ledger(Protocol):
    """Where all processes write down their groups of requests. Both raise StateError when it cannot be used."""

    async def take_seats(self, account: Account, ticket: str, number: int, flight: float) -> float:
        """Enter a group, or give the seconds until there may be room."""

    async def leave_seats(self, account: Account, groups: tuple[Group, ...], closed_for: float) -> None:
        """Groups are over; Productive may have said to wait."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A budget in common: `flight` seconds is longer than any group takes."""

    ledger: Ledger
    account: Account
    flight: float


class Seats:
    """Leave to send a number of requests. Used as a context manager it gives back what was not taken."""

    def __init__(self, budget: "RequestBudget", ticket: str, number: int) -> None:
        self._budget = budget
        self._ticket: str | None = ticket
        self._number = number
        self._left = number

    def take(self) -> None:
        """Count one request as sent now. Raises RateLimited when the server closed the gate meanwhile."""
        if self._left < 1:
            raise ValueError("more requests than were reserved")
        self._budget.check_open()
        self._left -= 1
        self._budget.sent()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ticket:
            self._budget.leave(self._ticket, sent=self._number - self._left, unused=self._left)
            self._ticket, self._left = None, 0


class RequestBudget:
    """Hands out leave to send, in order, a whole group at once.

    A group is reserved before its first request so that no wait falls between reading a mapping and writing it.
    A seat counts from its reservation, and again for a whole window from the moment it is used.
    """

    def __init__(
        self,
        windows: tuple[Window, ...] = USUAL,
        clock: Callable[[], float] = time.monotonic,
        shared: Shared | None = None,
    ) -> None:
        self._windows = windows
        self._clock = clock
        self._shared = shared
        self._alone = False
        self._sent: tuple[deque[float], ...] = tuple(deque() for _ in windows)
        self._reserved = 0
        self._closed_until = float("-inf")
        self._turn = asyncio.Lock()
        self._over: list[tuple[str, int, float]] = []
        self._to_close = 0.0
        self._telling: asyncio.Task[None] | None = None

    async def reserve(self, requests: int, wait: float) -> Seats:
        """Wait for leave to send `requests` requests.

        Raises RateLimited with the seconds to go when that takes longer than `wait` seconds.
        """
        deadline = self._clock() + wait
        ticket = secrets.token_hex(8)
        async with self._turn:
            while (delay := self._delay(requests) or await self._enter(ticket, requests)) > 0:
                if self._clock() + delay > deadline:
                    raise RateLimited(delay)
                await asyncio.sleep(min(delay, 0.25))
            self._reserved += requests
        return Seats(self, ticket, requests)

    def close_for(self, seconds: float) -> None:
        """Send nothing for that long: the server said so (429)."""
        seconds = min(max(seconds, 0.0), LONGEST_WAIT)
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        self._to_close = max(self._to_close, seconds)
        self._tell()

    def check_open(self) -> None:
        """Raise RateLimited while nothing may be sent, whatever was reserved."""
        if (delay := self._closed_until - self._clock()) > 0:
            raise RateLimited(delay)

    def sent(self) -> None:
        """One reserved request leaves now."""
        self._reserved -= 1
        for sent in self._sent:
            sent.append(self._clock())

    def leave(self, ticket: str, *, sent: int, unused: int) -> None:
        """A group is over."""
        self._reserved -= unused
        self._over.append((ticket, sent, self._clock()))
        self._tell()

    async def aclose(self) -> None:
        """Tell the other processes the last of what was sent."""
        if self._telling:
            await self._telling

    def _delay(self, requests: int) -> float:
        now = self._clock()
        delay = max(0.0, self._closed_until - now)
        for window, sent in zip(self._windows, self._sent, strict=True):
            while sent and sent[0] <= now - window.seconds:
                sent.popleft()
            most = max(requests, window.requests // PROCESSES_IN_THE_DARK) if self._alone else window.requests
            over = len(sent) + self._reserved + requests - most
            if over > 0:
                freed_by = sent[min(over, len(sent)) - 1] if sent else now
                delay = max(delay, freed_by + window.seconds - now)
        return delay

    async def _enter(self, ticket: str, requests: int) -> float:
        if self._shared is None:
            return 0.0
        shared = self._shared
        try:
            delay = await shared.ledger.take_seats(shared.account, ticket, requests, shared.flight)
        except StateError:
            if not self._alone:
                _log.warning("The state store cannot be used, so this process keeps to a part of the request budget.")
                self._alone = True
            return self._delay(requests)
        except asyncio.CancelledError:
            # It may have been entered all the same.
            self.leave(ticket, sent=0, unused=0)
            raise
        self._alone = False
        return delay

    def _tell(self) -> None:
        if self._shared is None:
            self._over.clear()
        elif self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all(self._shared))

    async def _tell_all(self, shared: Shared) -> None:
        while self._over or self._to_close:
            over, self._over = self._over, []
            closed_for, self._to_close = self._to_close, 0.0
            groups = tuple(Group(ticket, sent, self._clock() - at) for ticket, sent, at in over)
            try:
                await shared.ledger.leave_seats(shared.account, groups, closed_for)
            except StateError:
                # They end by themselves when their flight is over.
                return
