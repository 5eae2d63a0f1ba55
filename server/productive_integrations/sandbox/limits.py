"""The request windows: 100 in 10 s for a token, 4,000 in 30 min for the organization."""

import math
import time
from collections import deque
from dataclasses import dataclass, field

from .problems import Problem, too_many_requests


@dataclass(slots=True)
class Window:
    """At most `limit` requests in any `period` seconds."""

    limit: int
    period: int
    passed: deque[float] = field(default_factory=deque)

    def wait(self, moment: float) -> float:
        """Seconds until there is room."""
        while self.passed and self.passed[0] <= moment - self.period:
            self.passed.popleft()
        return self.passed[0] + self.period - moment if len(self.passed) >= self.limit else 0


class Limits:
    """Counts the requests that were let in."""

    def __init__(self) -> None:
        self._windows = (Window(100, 10), Window(4000, 1800))

    def reset(self) -> None:
        """Forget all requests."""
        for window in self._windows:
            window.passed.clear()

    def enter(self) -> tuple[Problem, int] | None:
        """Let one request in, or give the error and the whole seconds to wait."""
        moment = time.monotonic()
        for window in self._windows:
            seconds = window.wait(moment)
            if seconds > 0:
                return too_many_requests(window.limit, window.period), math.ceil(seconds)
        for window in self._windows:
            window.passed.append(moment)
        return None
