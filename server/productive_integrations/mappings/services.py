import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from productive_integrations.charts import Charts
from productive_integrations.productive.directory import DirectoryReader
from productive_integrations.productive.elsewhere import ElsewhereReader
from productive_integrations.productive.gateway import Gateway
from productive_integrations.productive.names import NamesReader
from productive_integrations.schemas.journal import Intent
from productive_integrations.state import Store

_T = TypeVar("_T")
Watcher = Callable[[Intent], Coroutine[Any, Any, None]]
"""Hears of every write that may have changed a mapping."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a write is watched, in seconds.

    What is read may be up to `stale` old (a lagging replica), which is assumed of Productive and not known. `lag` are
    the pauses before reading again when an accepted write does not show; together they are longer than that. `call`
    bounds what one call waits for an unclear write. `settle` is how long after its intent a write may land or be hidden
    by a replica: the time for an answer, a minute in which it lands all the same, the lag, and `oldest` for the steps
    before it leaves. `floor` is how long after a change ended a read that does not show it is not believed. `oldest` is
    how long after a read came back it is too old to write upon, as when the state store was slow.
    """

    stale: float = 3
    lag: tuple[float, ...] = (0.3, 0.7, 1.5, 1.5)
    call: float = 20
    settle: float = 98
    floor: float = 6
    lease: float = 15
    oldest: float = 5


@dataclass(frozen=True)
class Services:
    """What the use cases work with. One for each process."""

    organization_id: str
    approval: Literal["human", "host", "none"]
    wait: float
    gateway: Gateway
    directory: DirectoryReader
    elsewhere: ElsewhereReader
    names: NamesReader
    store: Store
    charts: Charts
    patience: Patience = Patience()
    clock: Callable[[], float] = time.time
    pause: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep
    errands: set[asyncio.Task[Any]] = field(default_factory=set)
    watcher: Watcher | None = None

    def start(self, errand: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Run something that goes on when the call that began it is cancelled."""
        task = asyncio.create_task(errand)
        self.errands.add(task)
        task.add_done_callback(self._over)
        return task

    def tell(self, intent: Intent) -> None:
        """Tell whoever watches that a mapping may have changed. Nobody waits until they have heard it."""
        if self.watcher:
            self.start(self.watcher(intent))

    def _over(self, task: asyncio.Task[Any]) -> None:
        self.errands.discard(task)
        # Nobody may be waiting for it any more; asking keeps asyncio from reporting it as forgotten.
        if not task.cancelled():
            task.exception()

    async def finish_errands(self) -> None:
        """Wait for what is under way, at the end of the process."""
        if self.errands:
            await asyncio.wait(self.errands, timeout=self.patience.call)


def new_plan_id() -> str:
    """A name nobody can guess: 128 random bits."""
    return f"plan_{secrets.token_hex(16)}"


def new_change_id() -> str:
    """A short name; knowing it gives no right."""
    return f"ch_{secrets.token_hex(6)}"
