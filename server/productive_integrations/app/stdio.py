"""MCP over standard input and output."""

import asyncio
import os
import signal
import stat
import sys

from mcp.server.stdio import stdio_server
from mcp.types import INVALID_REQUEST

from .messages import error, refusal
from .server import Server

MAX_LINE = 8 * 1024 * 1024


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


class _Wire:
    """Standard output."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def write(self, text: str) -> None:
        self._writer.write(text.encode())

    async def flush(self) -> None:
        await self._writer.drain()


async def serve_stdio(server: Server) -> None:
    """Serve until the client hangs up or a signal says so; writes under way are finished first.

    The SDK's own runner dies on SIGTERM without clean-up and hangs on SIGINT (mcp-sdk.md, 2.2). Where input or output
    is no pipe, socket or terminal it is used all the same.
    """
    if sys.platform == "win32" or not (_watchable(0) and _watchable(1)):
        await server.run_stdio_async()
        return
    loop = asyncio.get_running_loop()
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # From here on a stray print goes to standard error and cannot break the wire.
    os.dup2(2, 1)
    reader = asyncio.StreamReader(limit=MAX_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(incoming, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(outgoing, "wb", 0))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, reader.feed_eof)
    wire = _Wire(asyncio.StreamWriter(transport, protocol, None, loop))
    async with stdio_server(_Lines(reader, wire), wire) as (read_stream, write_stream):  # type: ignore[arg-type]
        core = server._lowlevel_server  # noqa: SLF001 - what the SDK's own runner calls
        await core.run(read_stream, write_stream, core.create_initialization_options())


def _watchable(descriptor: int) -> bool:
    """Whether asyncio can wait for it: a file or the null device is always ready."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
