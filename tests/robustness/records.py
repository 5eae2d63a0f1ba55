"""What was recorded on either side: the exchanges as Productive saw them, and the journal of a state."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from front_door import XERO_NL, XERO_UK
from mappings.workbench import ACCOUNTS, eventually
from productive_integrations.sandbox import Sandbox, running
from productive_integrations.sandbox.app import BASE_PATH
from productive_integrations.state import Store
from productive_integrations.state.sqlite import SQLiteStore


@dataclass(frozen=True)
class Exchange:
    """A request with the times, by one clock, at which it arrived and at which its answer had left."""

    method: str
    path: str
    body: Any
    began: float
    ended: float

    def is_write_of(self, integration_id: str) -> bool:
        return self.method == "PATCH" and self.path.endswith(f"/integrations/{integration_id}")


class _Exchanges:
    """Notes every exchange with the API that is over."""

    def __init__(self, app: ASGIApp, exchanges: list[Exchange]) -> None:
        self._app = app
        self._exchanges = exchanges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, body = time.time(), bytearray()

        async def receiving() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        try:
            await self._app(scope, receiving, send)
        finally:
            if scope["path"].startswith(BASE_PATH):
                content = json.loads(body) if body else None
                self._exchanges.append(Exchange(scope["method"], scope["path"], content, began, time.time()))


@dataclass(frozen=True)
class Productive:
    """A sandbox over HTTP, as one process of its own would be: its address, and what arrived there."""

    sandbox: Sandbox
    url: str
    exchanges: list[Exchange]

    def settings(self, state: str, **changed: str) -> dict[str, str]:
        """Settings of a server on a state; `approval="none"` stands for PRODUCTIVE_APPROVAL=none."""
        return {
            "api_token": self.sandbox.token,
            "organization_id": self.sandbox.organization_id,
            "base_url": self.url,
            "state": state,
        } | changed

    def entries(self, integration_id: str = XERO_UK) -> dict[str, str]:
        """The mapping that is edited here, as it is stored."""
        return dict(self.sandbox.integrations[integration_id].attributes[ACCOUNTS])


@contextmanager
def productive(**switches: Any) -> Iterator[Productive]:
    """A sandbox whose account mappings hold no planted mistakes, so that no rule speaks up."""
    sandbox = Sandbox()
    for integration_id, key in ((XERO_UK, "582330"), (XERO_NL, "600144"), (XERO_NL, "600298")):
        sandbox.integrations[integration_id].attributes[ACCOUNTS].pop(key, None)
    sandbox.switches = sandbox.switches.model_validate(sandbox.switches.model_dump() | switches)
    exchanges: list[Exchange] = []
    sandbox.app.add_middleware(_Exchanges, exchanges=exchanges)
    with running(sandbox) as url:
        yield Productive(sandbox, url, exchanges)


@dataclass(frozen=True)
class Row:
    """A change in the journal; no outcome when its end is not written down."""

    change_id: str
    plan_id: str
    outcome: str | None
    edit: tuple[str, Any]


@dataclass(frozen=True)
class Journal:
    """The changes of a state, oldest first, and what is wrong with how they are kept."""

    changes: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def opened(state: str) -> Store:
    """The store at a state's address."""
    return SQLiteStore(Path(state))


async def journal_of(state: str, organization_id: str) -> Journal:
    """Everything that the journal of a state holds."""
    store = opened(state)
    try:
        changes = await store.changes(organization_id, None, 10_000)
    finally:
        await store.close()
    rows = [
        Row(
            change.intent.change_id,
            change.intent.plan_id,
            change.ending.outcome if change.ending else None,
            (one.key, one.after),
        )
        for change in reversed(changes)
        for one in change.intent.change.entries
    ]
    return Journal(rows, list(chain_faults(state)))


def chain_faults(state: str) -> Iterator[str]:
    """Rows of the journal that are missing, out of order, or not as they were chained."""
    with closing(sqlite3.connect(state)) as database:
        rows = database.execute(
            "SELECT seq, change_id, kind, organization_id, integration_id, body, hash FROM journal ORDER BY seq"
        ).fetchall()
    previous, intents = "", set()
    for place, row in enumerate(rows, 1):
        seq, change_id, kind = row[:3]
        if seq != place:
            yield f"row {place} of the journal is missing"
        if hashlib.sha256("\n".join(map(str, (*row[:-1], previous))).encode()).hexdigest() != row[-1]:
            yield f"row {place} of the journal does not go on from the row before it"
        if kind == "ending" and change_id not in intents:
            yield f"row {place} of the journal ends what did not begin"
        if kind == "intent":
            intents.add(change_id)
        previous = row[-1]


async def becomes_free(state: str, organization_id: str, integration_id: str) -> bool:
    """Whether the next writer gets the integration, as soon as a dead one's lease is over."""
    store, place = opened(state), (organization_id, integration_id, "the next")
    try:
        await eventually(lambda: store.take_hold(*place, 1))
        await store.release_hold(*place)
    except AssertionError:
        return False
    finally:
        await store.close()
    return True
