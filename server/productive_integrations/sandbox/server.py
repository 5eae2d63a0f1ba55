"""Real HTTP for a sandbox: in a thread, in the running loop, or until interrupted."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import BASE_PATH
from .sandbox import Sandbox
from .wire import CONNECTION

LOOPBACK = "127.0.0.1"


class _Protocol(H11Protocol):
    """Hands the connection on to the app, which cuts it where a fault says so."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        app = self.app

        async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {CONNECTION: self.transport}
            # Only a server that stops cancels an answer, and then the connection is cut already.
            with contextlib.suppress(asyncio.CancelledError):
                await app(scope, receive, send)

        self.app = with_connection


class _Server(uvicorn.Server):
    """Stops at once instead of waiting for connections that a fault holds open."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event | None = None) -> None:
        super().__init__(config)
        self._ready = ready
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """End from any thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        if self._ready:
            self._ready.set()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 0.25)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Embedded(_Server):
    """Leaves signals to the program that it is part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _config(sandbox: Sandbox) -> uvicorn.Config:
    return uvicorn.Config(
        sandbox.app,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only for sockets that say they are TCP; create_server's do not.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{BASE_PATH}"


@contextlib.contextmanager
def running(sandbox: Sandbox) -> Iterator[str]:
    """Serve in a thread on a free port, and give the API's address."""
    listener = _listener(LOOPBACK, 0)
    ready = threading.Event()
    server = _Embedded(_config(sandbox), ready)

    def run() -> None:
        try:
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="sandbox", daemon=True)
    url = _url(listener)
    thread.start()
    ready.wait()
    try:
        yield url
    finally:
        server.stop()
        thread.join()
        listener.close()


@contextlib.asynccontextmanager
async def serving(sandbox: Sandbox) -> AsyncIterator[str]:
    """Serve in the running loop on a free port, and give the API's address."""
    listener = _listener(LOOPBACK, 0)
    server = _Embedded(_config(sandbox))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    url = _url(listener)
    try:
        yield url
    finally:
        server.stop()
        await task
        listener.close()


def serve(sandbox: Sandbox, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; `announce` hears the API's address. Raises OSError when the address is taken."""
    listener = _listener(host, port)
    announce(_url(listener))
    with contextlib.suppress(KeyboardInterrupt), listener:
        asyncio.run(_Server(_config(sandbox)).serve(sockets=[listener]))
