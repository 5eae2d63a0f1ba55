"""MCP over streamable HTTP, with health checks beside it."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from productive_integrations.errors import IntegrationsError, RateLimited
from productive_integrations.mappings.services import Services
from productive_integrations.settings import OAuth

from .bearer import READ, WRITE, BearerTokens
from .gate import Gate, metadata_route, metadata_url
from .messages import refusal
from .server import Server

SHUTDOWN_SECONDS = 30
PROBE_SECONDS = 15
MAX_BODY = 4 * 1024 * 1024
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


def http_app(server: Server, oauth: OAuth | None = None, *, sessions: bool = True) -> Starlette:
    """The ASGI application. It answers to this machine's own names, and with OAuth to the one that tokens are for.

    Without `sessions` older clients, too, may send each request to another process; nobody can be asked through them.
    """
    security = _names(oauth)
    app = server.streamable_http_app(transport_security=security, stateless_http=not sessions)
    tokens = BearerTokens(oauth) if oauth else None
    ready = _Readiness()

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        reason = await ready.missing(server.services, tokens)
        return JSONResponse({"status": reason or "ok"}, status_code=503 if reason else 200)

    for route in app.router.routes:
        if isinstance(route, Route):
            route.app = _Refusing(route.app)
    if oauth and tokens:
        server.needs_token = True
        app.router.routes[:] = list(_gated(app.router.routes, server, security, oauth, tokens))
    app.router.routes += [Route("/healthz", healthz), Route("/readyz", readyz)]
    return app


def _names(oauth: OAuth | None) -> TransportSecuritySettings:
    hosts = [form for name in LOCAL_NAMES for form in (name, f"{name}:*")]
    origins = [f"http://{name}{port}" for name in LOCAL_NAMES for port in ("", ":*")]
    if oauth:
        own = urlsplit(oauth.audience.lower())
        usual = {"http": 80, "https": 443}[own.scheme]
        name = own.netloc.removesuffix(f":{usual}")
        hosts += [name, *([] if own.port not in {None, usual} else [f"{name}:{usual}"])]
        origins.append(f"{own.scheme}://{name}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _gated(
    routes: Iterable[BaseRoute],
    server: Server,
    security: TransportSecuritySettings,
    oauth: OAuth,
    tokens: BearerTokens,
) -> Iterator[Route]:
    """All that the SDK serves, behind the gate, and what tells a client how to get in."""
    editing = server.editing_tools()
    for route in routes:
        if isinstance(route, Route):
            yield Route(route.path, Gate(route.app, security, tokens, metadata_url(oauth), editing))
    yield metadata_route(oauth, [READ, WRITE] if editing else [READ])


def listen(host: str, port: int) -> socket.socket:
    """Take the address. Raises OSError for one that is in use."""
    with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        # asyncio sends without Nagle's delay, 40 ms an answer, only where the socket says that it is TCP.
        return socket.socket(listener.family, listener.type, socket.IPPROTO_TCP, fileno=listener.detach())


async def serve_http(
    server: Server, listener: socket.socket, oauth: OAuth | None = None, *, parent: int | None = None
) -> None:
    """Serve until a signal says so; calls under way are finished first.

    One worker of several has a `parent`, which decides when it ends: what is readable once the parent is gone.
    """
    config = uvicorn.Config(
        http_app(server, oauth, sessions=parent is None),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    await _Uvicorn(config, server, parent).serve(sockets=[listener])


class _Refusing:
    """Refuses a body that is no message, or too large for one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on everything else as it came."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_BODY:
                await Response("A message may have 4 MB at most.", 413)(scope, receive, send)
                return
        refused = refusal(bytes(body))
        if refused is not None:
            await Response(refused, 400, media_type="application/json")(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]
        await self._app(scope, lambda: _next(whole, receive), send)


async def _next(messages: list[Message], receive: Receive) -> Message:
    return messages.pop() if messages else await receive()


class _Uvicorn(uvicorn.Server):
    """Ends in good order on a signal. The original raises it again, so that nothing after it would run."""

    def __init__(self, config: uvicorn.Config, server: Server, parent: int | None) -> None:
        super().__init__(config)
        self._hang_up = server.hang_up
        self._parent = parent

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # An open stream is a request under way, for which the original would wait.
        self._hang_up()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        # Ctrl-C at a terminal reaches every process; the parent passes it on, once.
        numbers = (signal.SIGTERM,) if self._parent else (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        if self._parent:
            loop.add_reader(self._parent, self._orphaned)
        try:
            yield
        finally:
            if self._parent:
                loop.remove_reader(self._parent)
            for number in numbers:
                loop.remove_signal_handler(number)

    def _orphaned(self) -> None:
        if self._parent:
            asyncio.get_running_loop().remove_reader(self._parent)
        self.should_exit = True


class _Readiness:
    """Whether a call could be answered: state, issuer and Productive, asked at most every few seconds."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._reason: str | None = None
        self._asking = asyncio.Lock()

    async def missing(self, services: Services | None, tokens: BearerTokens | None) -> str | None:
        """What is missing, in a word; none when nothing is."""
        if services is None:
            return "starting"
        async with self._asking:
            if time.monotonic() - self._asked_at >= PROBE_SECONDS:
                self._reason = await _ask(services, tokens)
                self._asked_at = time.monotonic()
            return self._reason


async def _ask(services: Services, tokens: BearerTokens | None) -> str | None:
    try:
        await services.store.changes(services.organization_id, None, limit=1)
    except IntegrationsError:
        return "state"
    if tokens and not await tokens.keys.reachable():
        return "issuer"
    try:
        async for _ in services.gateway.integrations(fields=("name",)):
            break
    except RateLimited:
        # Busy is no reason to take this process out of service.
        return None
    except IntegrationsError:
        return "productive"
    return None
