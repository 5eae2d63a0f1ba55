"""MCP over standard input and output."""

import asyncio
import os
import signal
import stat
import sys

from mcp.server.stdio import stdio_server

from .server import Server

MAX_LINE = 8 * 1024 * 1024


class _Lines:
    """Standard input line by line, without a thread that a signal cannot wake."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    def __aiter__(self) -> "_Lines":
        return self

    async def __anext__(self) -> str:
        line = await self._reader.readline()
        if not line:
            raise StopAsyncIteration
        return line.decode("utf-8", "replace")


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
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    async with stdio_server(_Lines(reader), _Wire(writer)) as (read_stream, write_stream):  # type: ignore[arg-type]
        core = server._lowlevel_server  # noqa: SLF001 - what the SDK's own runner calls
        await core.run(read_stream, write_stream, core.create_initialization_options())


def _watchable(descriptor: int) -> bool:
    """Whether asyncio can wait for it: a file or the null device is always ready."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
