"""Server processes that share one state, and that die."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from productive_integrations.app.build import exit_guard
from productive_integrations.mappings.services import Patience, Services
from productive_integrations.mappings.settle import patrol
from productive_integrations.productive.client import Client
from productive_integrations.productive.directory import DirectoryReader
from productive_integrations.productive.elsewhere import ElsewhereReader
from productive_integrations.productive.gateway import Gateway
from productive_integrations.productive.limits import TOKEN, RequestBudget
from productive_integrations.productive.names import NamesReader
from productive_integrations.schemas.budget import Window
from productive_integrations.schemas.journal import Intent
from productive_integrations.settings import read_settings
from productive_integrations.state import Store
from productive_integrations.state.database import Connection
from productive_integrations.state.sql_store import SQLStore
from productive_integrations.state.sqlite import SQLiteDatabase

from .clock import VirtualLoop
from .history import CALL, CHANGE, History
from .upstream import BASE, Line, Upstream
from .world import ORGANIZATION, EveryCode

T = TypeVar("T")
SETTINGS = read_settings({}, api_token="simulated", organization_id=ORGANIZATION, base_url=BASE, state="unused")
PATIENCE = Patience()
ANY_NUMBER = Window(1_000_000, 1810)


class Died(Exception):
    """The process ended while it worked on the call."""


class _Unsynced(SQLiteDatabase):
    """A file whose disk is not waited for: no machine loses its power here."""

    def transact(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        del durable
        return super().transact(work, durable=False)


def open_store(path: Path, loop: VirtualLoop) -> Store:
    """The real store."""
    return SQLStore(_Unsynced(path, clock=loop.time))


class _Mortal:
    """The store as one process reaches it: not at all once that is dead. It keeps what was begun."""

    def __init__(self, store: Store, process: "Process") -> None:
        self._store = store
        self._process = process

    def __getattr__(self, name: str) -> Any:
        if self._process.dead:
            raise asyncio.CancelledError
        return getattr(self._store, name)

    async def begin(self, intent: Intent) -> bool:
        if self._process.dead:
            raise asyncio.CancelledError
        self._process.began(intent)
        return await self._store.begin(intent)


class Process:
    """One server process."""

    def __init__(self, loop: VirtualLoop, store: Store, upstream: Upstream, history: History) -> None:
        self.dead = False
        self._history = history
        self._loop = loop
        self._working: set[asyncio.Task[Any]] = set()
        budget = RequestBudget((TOKEN, ANY_NUMBER), clock=loop.time)
        self._client = Client(SETTINGS, exit_guard(BASE), budget, Line(upstream, lambda: self.dead))
        gateway = Gateway(self._client)
        self._services = Services(
            organization_id=ORGANIZATION,
            approval="host",
            wait=SETTINGS.wait,
            gateway=gateway,
            directory=DirectoryReader(self._client, clock=loop.time),
            elsewhere=ElsewhereReader(gateway, clock=loop.time),
            names=NamesReader(gateway, clock=loop.time),
            store=_Mortal(store, self),
            charts=EveryCode(),
            patience=PATIENCE,
            clock=loop.time,
        )
        self._patrol = loop.create_task(patrol(self._services))

    def began(self, intent: Intent) -> None:
        """A write is about to be written down."""
        self._history.intents[intent.change_id] = intent
        self._history.call_of[intent.change_id] = CALL.get()
        CHANGE.set(intent.change_id)
        self._history.note(self._loop.now, intent.integration_id, f"intent {intent.change_id} of {intent.plan_id[:9]}")

    async def call(self, errand: Callable[[Services], Awaitable[T]], cancel_after: float | None = None) -> T:
        """Have it do something. Raises Died when it ends first, CancelledError when the caller was made to go."""
        if self.dead:
            raise Died
        task = asyncio.ensure_future(errand(self._services))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        done, _ = await asyncio.wait([task], timeout=cancel_after)
        if not done:
            task.cancel()
            await asyncio.wait([task])
            if task.cancelled():
                raise asyncio.CancelledError
        if task.cancelled():
            raise Died
        return task.result()

    def kill(self) -> None:
        """End it between two instants. What it held and had sent stays as it is."""
        self.dead = True
        self._patrol.cancel()
        # In the order in which they began, which a set does not keep.
        for task in sorted(self._working | self._services.errands, key=lambda task: int(task.get_name().split("-")[1])):
            task.cancel()

    async def stop(self) -> None:
        """End it in good order, as the server does."""
        await self._services.finish_errands()
        self.kill()
        await asyncio.gather(self._patrol, return_exceptions=True)
        await self._client.aclose()
