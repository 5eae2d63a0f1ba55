"""MCP over standard input and output."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mcp.server.stdio import stdio_server
from mcp.types import INVALID_REQUEST

from .calls import Calls, Incoming, Outgoing
from .messages import error, refusal
from .server import Server

MAX_LINE = 8 * 1024 * 1024
ENDING_SECONDS = 60.0
"""For the calls under way: half a minute for the answer to a write, and nearly as long until reading gives up."""
TAKE_SECONDS = 5.0
"""For a client to take in the last answers."""


class _Lines:
    """The messages on standard input, without a thread that a signal cannot wake. Other lines are refused here."""

    def __init__(self, reader: asyncio.StreamReader, wire: "_Wire") -> None:
        self._reader = reader
        self._wire = wire

    def __aiter__(self) -> "_Lines":
        return self

    async def __anext__(self) -> str:
        while True:
            too_long = False
            while (line := await self._part()) is None:
                too_long = True
            if not line:
                raise StopAsyncIteration
            refused = error(INVALID_REQUEST, "A message may have 8 MB at most.") if too_long else refusal(line)
            if refused is None:
                return line.decode()
            if refused:
                await self._wire.write(refused + "\n")
                await self._wire.flush()

    async def _part(self) -> bytes | None:
        """The rest of the line, empty at the end; none for a part of one too long to be kept."""
        try:
            return await self._reader.readuntil()
        except asyncio.IncompleteReadError as end:
            return end.partial
        except asyncio.LimitOverrunError as over:
            await self._reader.readexactly(over.consumed)
            return None


class _Pipe(asyncio.StreamReaderProtocol):
    """Standard input. What comes after it was ended is dropped."""

    _ended = False

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._reader_of_it = reader

    def data_received(self, data: bytes) -> None:
        if not self._ended:
            super().data_received(data)

    def end(self) -> None:
        """Read no more."""
        self._ended = True
        self._reader_of_it.feed_eof()


class _Wire(asyncio.streams.FlowControlMixin):
    """Standard output. When nobody reads it any more, each of `lost` is called, and what is written is dropped."""

    def __init__(self, *lost: Callable[[], None]) -> None:
        super().__init__()
        self._lost = lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - what it was connected to
        self.transport = transport
        # Flushed is what the pipe has taken: what waits in this process would be lost at its end.
        transport.set_write_buffer_limits(high=0)
        self._writer = asyncio.StreamWriter(transport, self, None, asyncio.get_running_loop())

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for call in self._lost:
            call()

    async def write(self, text: str) -> None:
        if not self.transport.is_closing():
            self._writer.write(text.encode())

    async def flush(self) -> None:
        with suppress(ConnectionError):
            await self._writer.drain()


class _Signals:
    """The first ends the input, another all that is under way; the next start settles by reading what was sent."""

    def __init__(self, server: Server, calls: Calls, pipe: _Pipe, wire: _Wire) -> None:
        self._server, self._calls, self._pipe, self._wire = server, calls, pipe, wire
        self._came = False
        self._at_once: asyncio.Task[None] | None = None

    def __call__(self) -> None:
        if self._came and self._at_once is None:
            self._at_once = asyncio.create_task(self._end_at_once())
        self._came = True
        self._pipe.end()

    async def _end_at_once(self) -> None:
        self._calls.let_go()
        try:
            await asyncio.wait_for(self._calls.over.wait(), TAKE_SECONDS)
        except TimeoutError:
            self._wire.transport.abort()
        for errand in self._server.services.errands if self._server.services else ():
            errand.cancel()


async def serve_stdio(server: Server) -> None:
    """Serve until the client hangs up or a signal says so; calls under way are answered first.

    A second signal ends it at once. The SDK's own runner dies on SIGTERM without clean-up and hangs on SIGINT
    (mcp-sdk.md, 2.2). Where input or output is no pipe, socket or terminal its streams are used all the same.
    """
    calls = Calls(server.editing_tools(), ENDING_SECONDS)
    if sys.platform == "win32" or not (_watchable(0) and _watchable(1)):
        async with stdio_server() as (read_stream, write_stream):
            await _run(server, calls, read_stream, write_stream)
        return
    loop = asyncio.get_running_loop()
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # From here on a stray print goes to standard error and cannot break the wire.
    os.dup2(2, 1)
    reader = asyncio.StreamReader(limit=MAX_LINE)
    _, pipe = await loop.connect_read_pipe(lambda: _Pipe(reader), os.fdopen(incoming, "rb", 0))
    _, wire = await loop.connect_write_pipe(lambda: _Wire(calls.let_go, pipe.end), os.fdopen(outgoing, "wb", 0))
    ending = _Signals(server, calls, pipe, wire)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending)
    async with stdio_server(_Lines(reader, wire), wire) as (read_stream, write_stream):  # type: ignore[arg-type]
        await _run(server, calls, read_stream, write_stream)
        loop.call_later(TAKE_SECONDS, wire.transport.abort)


async def _run(server: Server, calls: Calls, read_stream: Any, write_stream: Any) -> None:
    core = server._lowlevel_server  # noqa: SLF001 - what the SDK's own runner calls
    outgoing = Outgoing(write_stream, calls)
    incoming = Incoming(read_stream, outgoing, calls, server.hang_up)
    await core.run(incoming, outgoing, core.create_initialization_options())


def _watchable(descriptor: int) -> bool:
    """Whether asyncio can wait for it: a file or the null device is always ready."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
