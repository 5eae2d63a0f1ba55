"""The request budget of one API token and its organization.

Productive allows 100 requests in 10 s for a token and 4,000 in 30 min for an organization. The windows here are
a little wider than that asks, so that jitter on the way cannot push requests together at the server's clock.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from productive_integrations.errors import LONGEST_WAIT, RateLimited


@dataclass(frozen=True, slots=True)
class Window:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float


TOKEN = Window(95, 10.5)
ORGANIZATION = Window(4000, 1810)


def share_of_organization(share: float) -> Window:
    """Our part of the budget that an organization's other programs use too."""
    return Window(max(1, int(ORGANIZATION.requests * share)), ORGANIZATION.seconds)


class Seats:
    """Leave to send a number of requests. Used as a context manager it gives back what was not taken."""

    def __init__(self, budget: "RequestBudget", number: int) -> None:
        self._budget = budget
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
        self._budget.give_back(self._left)
        self._left = 0


class RequestBudget:
    """Hands out leave to send, in order, a whole group at once.

    A group is reserved before its first request so that no wait falls between reading a mapping and writing it.
    A seat counts from its reservation, and again for a whole window from the moment it is used.
    """

    def __init__(
        self,
        windows: tuple[Window, ...] = (TOKEN, share_of_organization(0.25)),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._windows = windows
        self._clock = clock
        self._sent: tuple[deque[float], ...] = tuple(deque() for _ in windows)
        self._reserved = 0
        self._closed_until = float("-inf")
        self._turn = asyncio.Lock()

    async def reserve(self, requests: int, wait: float) -> Seats:
        """Wait for leave to send `requests` requests.

        Raises RateLimited with the seconds to go when that takes longer than `wait` seconds.
        """
        deadline = self._clock() + wait
        async with self._turn:
            while (delay := self._delay(requests)) > 0:
                if self._clock() + delay > deadline:
                    raise RateLimited(delay)
                await asyncio.sleep(min(delay, 0.25))
            self._reserved += requests
        return Seats(self, requests)

    def close_for(self, seconds: float) -> None:
        """Send nothing for that long: the server said so (429)."""
        self._closed_until = max(self._closed_until, self._clock() + min(max(seconds, 0.0), LONGEST_WAIT))

    def check_open(self) -> None:
        """Raise RateLimited while nothing may be sent, whatever was reserved."""
        if (delay := self._closed_until - self._clock()) > 0:
            raise RateLimited(delay)

    def sent(self) -> None:
        """One reserved request leaves now."""
        self._reserved -= 1
        for sent in self._sent:
            sent.append(self._clock())

    def give_back(self, requests: int) -> None:
        """Reserved requests that will not be sent."""
        self._reserved -= requests

    def _delay(self, requests: int) -> float:
        now = self._clock()
        delay = self._closed_until - now
        for window, sent in zip(self._windows, self._sent, strict=True):
            while sent and sent[0] <= now - window.seconds:
                sent.popleft()
            over = len(sent) + self._reserved + requests - window.requests
            if over > 0:
                freed_by = sent[min(over, len(sent)) - 1] if sent else now
                delay = max(delay, freed_by + window.seconds - now)
        return delay
