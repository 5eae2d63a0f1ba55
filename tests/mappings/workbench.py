"""What the tests of the write engine share: short words for one edit, and waiting with a bound."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
from mcp import Client
from pydantic import JsonValue

from front_door import DESIGN, XERO_UK, FrontDoor, content_of, text_of
from processes import PATIENCE
from productive_integrations.app.build import build_server
from productive_integrations.mappings.services import Patience
from productive_integrations.providers import provider_of
from productive_integrations.sandbox import Fault, Sandbox
from productive_integrations.sandbox.faults import FaultKind
from productive_integrations.schemas.edit import Change
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import Intent, RecordedChange
from productive_integrations.state.sqlite import SQLiteStore

ACCOUNTS = "account_code_mapping"
OTHER = "600203"
RECORD = rf"/integrations/{XERO_UK}$"
STEADY = Patience(stale=0.1, lag=(0.05, 0.1), call=3, settle=4, floor=0.3, lease=1.0)
HASTY = Patience(stale=0.1, lag=(0.05, 0.1), call=0.3, settle=0.9, floor=0.3, lease=1.0)
"""For what is to be unknown first."""


def patching(kind: FaultKind, **more: Any) -> Fault:
    """A fault of the next PATCH of the British Xero."""
    return Fault(kind=kind, method="PATCH", path=RECORD, **more)


def reading(kind: FaultKind, **more: Any) -> Fault:
    """A fault of the next read of the British Xero alone."""
    return Fault(kind=kind, method="GET", path=RECORD, **more)


async def plan(client: Client, *, mapping: str = ACCOUNTS, integration_id: str = XERO_UK, **words: Any) -> str:
    """The id of a plan that waits; without words it sets Design to 4030."""
    words = words or {"set": {DESIGN: "4030"}}
    arguments = {"integration_id": integration_id, "mapping": mapping, **words}
    outcome = content_of(await client.call_tool("update_mapping", arguments))
    assert (outcome["outcome"], outcome.get("findings", [])) == ("approval_required", [])
    return str(outcome["plan_id"])


async def apply(client: Client, plan_id: str) -> dict[str, Any]:
    """The outcome of applying a plan."""
    return content_of(await client.call_tool("apply_mapping_plan", {"plan_id": plan_id}))


async def error_of_applying(client: Client, plan_id: str) -> str:
    """The text of the error that applying a plan ends in."""
    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})
    assert result.is_error, result.structured_content
    return text_of(result)


async def the_end(client: Client, plan_id: str, seconds: float = PATIENCE) -> dict[str, Any]:
    """The outcome once it is neither unknown nor busy."""

    async def settled() -> dict[str, Any] | None:
        outcome = await apply(client, plan_id)
        return None if outcome["outcome"] in {"unknown", "busy"} else outcome

    outcome: dict[str, Any] = await eventually(settled, seconds)
    return outcome


async def eventually(ask: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> Any:
    """What the question gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := await ask()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
    return found


async def arrived(sandbox: Sandbox, method: str, number: int = 1) -> None:
    """Wait until so many requests of a method for the British Xero are there."""

    async def there() -> bool:
        matching = [one for one in list(sandbox.requests) if one.method == method and one.path.endswith(XERO_UK)]
        return len(matching) >= number

    await eventually(there)


async def journal(path: Path, organization_id: str) -> list[RecordedChange]:
    """Every change that is written down, newest first."""
    store = SQLiteStore(path)
    try:
        return await store.changes(organization_id, None, 100)
    finally:
        await store.close()


def broken(path: Path) -> Callable[[object], None]:
    """An edit for a fault that makes the state file useless at that moment."""

    def ruin(_: object) -> None:
        with closing(sqlite3.connect(path)) as database:
            for table in ("journal", "plans", "holds"):
                database.execute(f"ALTER TABLE {table} RENAME TO away_{table}")

    return ruin


def mended(path: Path) -> None:
    """Undo what `broken` did."""
    with closing(sqlite3.connect(path)) as database:
        for table in ("journal", "plans", "holds"):
            database.execute(f"ALTER TABLE away_{table} RENAME TO {table}")


@asynccontextmanager
async def client_through(door: FrontDoor, transport: httpx.AsyncBaseTransport) -> AsyncIterator[Client]:
    """A client of a server whose way to the API is given."""
    async with Client(build_server(door.settings(), transport, door.patience)) as client:
        yield client


def xero(**attributes: Any) -> Integration:
    """A Xero integration as read, with these attributes and no others."""
    values = {"integration_type_id": 3, "name": "Xero UK", "connected_at": "2023-01-16T10:12:00Z", **attributes}
    record = provider_of(3).read(values)
    return Integration(id=XERO_UK, type_title="Xero", record=record, present=frozenset(values))


def intent_of(change: Change, base: Mapping[str, JsonValue]) -> Intent:
    """A write of the British Xero's account mapping."""
    return Intent(
        change_id="ch_1",
        plan_id="plan_1",
        organization_id="28417",
        integration_id=XERO_UK,
        mapping=ACCOUNTS,
        by="local",
        approval="called",
        base=dict(base),
        change=change,
        at=0,
    )
