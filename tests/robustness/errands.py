"""What forked server processes do: the real server with a client of its own, some of them until they are killed."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import httpx
from mcp import Client

from front_door import Generation
from mappings.workbench import apply, eventually, plan, the_end
from productive_integrations.app.build import build_server
from productive_integrations.app.server import Server
from productive_integrations.mappings import settle
from productive_integrations.mappings.services import Patience, Services
from productive_integrations.settings import read_settings
from robustness.edits import Edit, edit_all

Say = Callable[..., None]
HASTY = Patience(stale=0.1, lag=(0.05, 0.1), call=10, settle=1.0, lease=0.5)
"""For the servers around a kill, so that what the dead one left is soon over."""


@dataclass(frozen=True)
class Point:
    """A moment of an apply.

    By then so many PATCHes have `left`, so much is `written` in the journal, and this is the `end` that whoever comes
    next must find.
    """

    name: str
    left: Literal[0, 1]
    written: Literal["nothing", "intent", "ending"]
    end: Literal["applied", "not_stored"] = "applied"


WAITING = "PATCH stored, not answered"
UNDER_WAY = "PATCH left, stored later"
POINTS = (
    Point("before the hold", 0, "nothing"),
    Point("hold taken", 0, "nothing"),
    Point("compare read done", 0, "nothing"),
    Point("intent written", 0, "intent", "not_stored"),
    Point("PATCH about to leave", 0, "intent", "not_stored"),
    Point(WAITING, 1, "intent"),
    Point(UNDER_WAY, 1, "intent"),
    Point("PATCH answered", 1, "intent"),
    Point("read-back done", 1, "intent"),
    Point("ending written", 1, "ending"),
)


async def edit_until_killed(say: Say, settings: Mapping[str, str], point: str, value: str) -> None:
    """Plan an edit, then be killed at a point of its apply."""
    wire = _Wire()
    async with _hasty_server(settings, wire) as (server, client):
        assert server.services is not None
        plan_id = await plan(client, set={"Design": value})
        _arm(server.services, wire, point)
        say(plan_id=plan_id)
        await apply(client, plan_id)
        say(plan_id=plan_id, survived=point)


async def start_again(say: Say, settings: Mapping[str, str], plan_id: str, *, at_once: bool, settling: float) -> None:
    """Start on a state where somebody died, and say twice what became of the plan.

    `at_once` asks before the server had time to settle anything by itself, which takes it `settling` seconds at most.
    """
    async with _hasty_server(settings, settling=settling) as (server, client):
        if not at_once:
            await eventually(lambda: _all_settled(server), 20)
        first = await the_end(client, plan_id, 20)
        say(first=first, again=await apply(client, plan_id))


async def edit(
    say: Say, settings: Mapping[str, str], integration_id: str, edits: list[list[str]], generation: Generation
) -> None:
    """Make edits all at once, and say what each of them was answered."""
    async with Client(_built(settings), mode=generation) as client:
        answers = await edit_all([client], integration_id, [Edit(*words) for words in edits])
        say(answers=[asdict(answer) for answer in answers])


async def _all_settled(server: Server) -> bool:
    assert server.services is not None
    return not await server.services.store.unsettled(server.services.organization_id)


def _built(
    settings: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None, patience: Patience | None = None
) -> Server:
    named = read_settings({f"PRODUCTIVE_{name.upper()}": value for name, value in settings.items()})
    return build_server(named, transport, patience)


@asynccontextmanager
async def _hasty_server(
    settings: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None, settling: float = HASTY.settle
) -> AsyncIterator[tuple[Server, Client]]:
    settle._PATROL = 0.1  # noqa: SLF001 - a process of its own, with little time
    server = _built(settings, transport, replace(HASTY, settle=settling))
    async with Client(server) as client:
        yield server, client


class _Wire(httpx.AsyncHTTPTransport):
    """The network, as far as it can be reached alive."""

    deadly = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.deadly and request.method == "PATCH":
            _die()
        return await super().handle_async_request(request)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(services: Services, wire: _Wire, point: str) -> None:
    store, gateway = services.store, services.gateway
    match point:
        case "before the hold":
            _wrap(store, "take_hold", _die_first)
        case "hold taken":
            _wrap(store, "take_hold", _die_afterwards)
        case "compare read done":
            _wrap(gateway, "integration", _die_afterwards)
        case "intent written":
            _wrap(store, "begin", _die_afterwards)
        case "PATCH about to leave":
            wire.deadly = True
        case "PATCH answered":
            _wrap(gateway, "save_mapping", _die_afterwards)
        case "read-back done":
            _wrap(store, "begin", lambda begin: _arming(begin, services))
        case "ending written":
            _wrap(store, "end", _die_afterwards)
        case _:
            assert point in {WAITING, UNDER_WAY}, "whoever sent it kills it"


Method = Callable[..., Awaitable[Any]]


def _wrap(owner: object, name: str, wrapper: Callable[[Method], Method]) -> None:
    setattr(owner, name, wrapper(getattr(owner, name)))


def _die_first(_: Method) -> Method:
    async def dying(*_: Any, **__: Any) -> None:
        _die()

    return dying


def _die_afterwards(method: Method) -> Method:
    async def dying(*values: Any, **named: Any) -> None:
        await method(*values, **named)
        _die()

    return dying


def _arming(begin: Method, services: Services) -> Method:
    """Dying after the next read that follows the intent."""

    async def beginning(*values: Any) -> Any:
        _wrap(services.gateway, "integration", _die_afterwards)
        return await begin(*values)

    return beginning


ERRANDS: Mapping[str, Callable[..., Coroutine[Any, Any, None]]] = {
    one.__name__: one for one in (edit_until_killed, start_again, edit)
}
