"""The same mapping in other integrations: what proves a direction, and which codes are in use."""

import asyncio
import time
from collections.abc import Callable, Iterable

from productive_integrations.schemas.integration import Stored

from .gateway import Gateway


class ElsewhereReader:
    """Reads a mapping of all integrations that have it, and keeps it for a while."""

    def __init__(self, gateway: Gateway, keep: float = 60, clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._keep = keep
        self._clock = clock
        self._kept: dict[str, tuple[float, tuple[Stored, ...]]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def load(self, mapping: str, type_ids: Iterable[int]) -> tuple[Stored, ...]:
        """The mapping in every integration of these types."""
        async with self._one_at_a_time:
            at, stored = self._kept.get(mapping, (float("-inf"), ()))
            if self._clock() - at >= self._keep:
                at = self._clock()
                stored = await self._read(mapping, set(type_ids))
                self._kept[mapping] = (at, stored)
            return stored

    def forget(self, mapping: str) -> None:
        """Read this mapping anew next time: it has changed."""
        self._kept.pop(mapping, None)

    async def _read(self, mapping: str, type_ids: set[int]) -> tuple[Stored, ...]:
        # One list of all is fewer requests than one a type, as long as there are not many integrations.
        filters = {"integration_type_id": str(next(iter(type_ids)))} if len(type_ids) == 1 else {}
        found = [item async for item in self._gateway.integrations(filters, fields=(mapping, "deactivated_at"))]
        return tuple(
            Stored(
                integration.id,
                integration.type_id,
                integration.subsidiary_id,
                active=integration.state == "active",
                entries=integration.entries(mapping) or {},
            )
            for integration in found
            # A filter may be ignored without a word (mapping-domain.md, 0.9), so the type is looked at again.
            if integration.type_id in type_ids
        )
