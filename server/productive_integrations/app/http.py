"""MCP over streamable HTTP, with health checks beside it."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from productive_integrations.errors import IntegrationsError
from productive_integrations.mappings.services import Services

from .messages import refusal
from .server import Server

SHUTDOWN_SECONDS = 30
PROBE_SECONDS = 15
MAX_BODY = 4 * 1024 * 1024
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


def http_app(server: Server) -> Starlette:
    """The ASGI application. It answers to this machine's own names alone, whoever it is bound to."""
    ready = _Readiness()

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        reason = await ready.missing(server.services)
        return JSONResponse({"status": reason or "ok"}, status_code=503 if reason else 200)

    app = server.streamable_http_app(
        transport_security=TransportSecuritySettings(
            allowed_hosts=[form for name in LOCAL_NAMES for form in (name, f"{name}:*")],
            allowed_origins=[f"http://{name}{port}" for name in LOCAL_NAMES for port in ("", ":*")],
        ),
    )
    app.add_middleware(_Refusing)
    app.router.routes += [Route("/healthz", healthz), Route("/readyz", readyz)]
    return app


def listen(host: str, port: int) -> socket.socket:
    """Take the address. Raises OSError for one that is in use."""
    with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        # asyncio sends without Nagle's delay, 40 ms an answer, only where the socket says that it is TCP.
        return socket.socket(listener.family, listener.type, socket.IPPROTO_TCP, fileno=listener.detach())


async def serve_http(server: Server, listener: socket.socket) -> None:
    """Serve until a signal says so; calls under way are finished first."""
    config = uvicorn.Config(
        http_app(server),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    await _Uvicorn(config).serve(sockets=[listener])


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

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


class _Readiness:
    """Whether a call could be answered: the state store and Productive, asked at most every few seconds."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._reason: str | None = None

    async def missing(self, services: Services | None) -> str | None:
        """What is missing, in a word; none when nothing is."""
        if services is None:
            return "starting"
        if time.monotonic() - self._asked_at >= PROBE_SECONDS:
            self._reason = await _ask(services)
            self._asked_at = time.monotonic()
        return self._reason


async def _ask(services: Services) -> str | None:
    try:
        await services.store.changes(services.organization_id, None, limit=1)
    except IntegrationsError:
        return "state"
    try:
        async for _ in services.gateway.integrations(fields=("name",)):
            break
    except IntegrationsError:
        return "productive"
    return None
