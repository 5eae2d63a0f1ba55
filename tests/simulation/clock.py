"""Time that passes only when nothing else can happen."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

WORK_SECONDS = 0.002
"""The longest that a piece of work takes that a loop hands to its executor."""


class _NoSockets:
    """What a loop waits with when nothing ever comes from outside: it lets the time pass."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits and nothing is left that could happen")
        self._loop.now += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose clock jumps to the next timer.

    Work for an executor is done in this thread, in order and each piece at its own moment, so that one of a caller who
    was cancelled meanwhile is done, or never begun, as with a real thread.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = _NoSockets(self)
        self._random = random.Random(seed)
        self._free_at = 0.0

    def time(self) -> float:
        return self.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        future = self.create_future()
        self._free_at = max(self._free_at, self.now) + self._random.random() * WORK_SECONDS
        self.call_at(self._free_at, self._work, future, func, args)
        return future

    @staticmethod
    def _work(future: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if future.cancelled():
            return
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            future.set_exception(error)
        else:
            future.set_result(result)

    def _process_events(self, event_list: list[Any]) -> None:
        """Nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody has to be woken."""


def run(seed: int, main: Callable[[VirtualLoop], Any]) -> Any:
    """Run a coroutine in virtual time to its end."""
    loop = VirtualLoop(seed)
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
