"""The engine with one of its guards taken away, from the outside."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from productive_integrations.mappings import apply, plan, settle, update, verify, write
from productive_integrations.mappings.hold import Busy
from productive_integrations.mappings.services import Services
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import Intent
from productive_integrations.state.sql_store import SQLStore

from . import fleet
from .callers import Habits
from .run import Scenario
from .upstream import Weather

Without = Callable[[], AbstractContextManager[Any]]


@asynccontextmanager
async def _no_lock(
    services: Services, integration_id: str, *, settling: bool = False
) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """A hold that keeps nobody out but from integrations with an unclear write."""

    async def unclear() -> bool:
        unsettled = await services.store.unsettled(services.organization_id)
        return any(change.intent.integration_id == integration_id for change in unsettled)

    async def ours() -> bool:
        return True

    waited = 0.0
    while not settling and await unclear():
        if waited > services.wait:
            raise Busy
        waited += 1
        await services.pause(1)
    yield ours


def _lock() -> AbstractContextManager[Any]:
    stack = ExitStack()
    for module in (apply, update, settle):
        stack.enter_context(patch.object(module, "hold", _no_lock))
    return stack


def _compare() -> AbstractContextManager[Any]:
    return patch.object(apply, "rebased", lambda now, change: (plan.rebased(now, change)[0], ()))


async def _believed(services: Services, intent: Intent, turn: write.Turn, _: Any) -> Any:
    """What was asked for, whatever a read shows."""
    found = await verify.read(services, intent, turn.seats)
    if not isinstance(found, Integration):
        return found
    values: dict[str, Any] = {intent.mapping: verify.wanted_hash(intent)}
    if default := intent.change.default:
        values[default.attribute] = default.after
    return found.model_copy(update={"record": found.record.model_copy(update=values)})


def _patience(**changed: Any) -> AbstractContextManager[Any]:
    return patch.object(fleet, "PATIENCE", replace(fleet.PATIENCE, **changed))


GUARDS: dict[str, Without] = {
    "lock": _lock,
    "compare": _compare,
    "read-back": lambda: patch.object(write, "_read_back", _believed),
    "settle": lambda: _patience(settle=0),
    "quarantine": lambda: patch.object(SQLStore, "take_hold", SQLStore.take_over),
    "floor": lambda: _patience(floor=0),
    "lag": lambda: _patience(lag=()),
    "age": lambda: _patience(stale=0),
}
"""Each guard by its name, with what takes it away."""

RARE = {
    "age": Scenario(
        37,
        edits=80,
        callers=4,
        integrations=2,
        weather=Weather(faults=0.35, lagging=0.6),
        habits=Habits(pause=0.3, cancels=0, undoes=0.6),
        somebody_every=0,
        death_every=0,
    )
}
"""A scenario to look at first, for a guard that few runs need: here, changes that are taken back at once."""
