"""What the integrations are called: little, and asked for at every letter that somebody types."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from .gateway import Gateway


@dataclass(frozen=True, slots=True)
class Named:
    """An integration by name and type."""

    id: str
    name: str
    type_id: int
    type_title: str


class NamesReader:
    """Lists all integrations, and keeps the list for a while."""

    def __init__(self, gateway: Gateway, keep: float = 60, clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._keep = keep
        self._clock = clock
        self._kept: tuple[float, tuple[Named, ...]] = (float("-inf"), ())
        self._one_at_a_time = asyncio.Lock()

    async def load(self) -> tuple[Named, ...]:
        """Every integration, by id."""
        async with self._one_at_a_time:
            at, names = self._kept
            if self._clock() - at >= self._keep:
                at = self._clock()
                listed = self._gateway.integrations(fields=("name",))
                names = tuple([Named(one.id, one.name, one.type_id, one.type_title) async for one in listed])
                self._kept = (at, names)
            return names
