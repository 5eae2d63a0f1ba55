"""Answers as they travel, whole or broken on purpose."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

CONNECTION = "sandbox.connection"
MEDIA_TYPE = "application/vnd.api+json"
_BOMB = 32 * 1024 * 1024
_CHUNK = b'"' + b"x" * 65_533 + b'",'


class Connection(Protocol):
    """The part of a transport that a broken answer needs."""

    def abort(self) -> None:
        """Cut the connection now."""

    def close(self) -> None:
        """Close the connection after what was written is out."""


def encoded(document: Any) -> bytes:
    """The bytes of a document."""
    return json.dumps(document, separators=(",", ":")).encode()


class Document(Response):
    """A JSON:API answer."""

    media_type = MEDIA_TYPE

    def init_headers(self, headers: Any = None) -> None:
        """Add the charset, which Starlette leaves out for this media type."""
        super().init_headers({"content-type": f"{MEDIA_TYPE}; charset=utf-8", **(headers or {})})


class Dropped(Response):
    """The connection is cut with no answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection."""
        del send
        _connection(scope).abort()
        await _disconnected(receive)


class Truncated(Document):
    """The body breaks off in the middle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the body and close the connection."""
        body = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        _connection(scope).close()
        await _disconnected(receive)


class Streamed(Document):
    """A body sent in parts until the other side has it or has gone."""

    def __init__(self, parts: AsyncIterator[bytes], length: int, status: int = 200) -> None:
        super().__init__(status_code=status)
        self.headers["content-length"] = str(length)
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts, and stop when nobody listens any more."""
        del scope
        gone = asyncio.ensure_future(_disconnected(receive))
        sending = asyncio.ensure_future(self._send(send))
        try:
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def dripping(body: bytes, pause: float, status: int) -> Streamed:
    """One byte at a time."""

    async def parts() -> AsyncIterator[bytes]:
        for place in range(len(body)):
            yield body[place : place + 1]
            await asyncio.sleep(pause)

    return Streamed(parts(), len(body), status)


def bomb() -> Streamed:
    """32 MB of valid JSON."""
    start, end = b'{"data":[],"meta":{"padding":[', b'"x"]}}'

    async def parts() -> AsyncIterator[bytes]:
        yield start
        for _ in range(_BOMB // len(_CHUNK)):
            yield _CHUNK
        yield end

    return Streamed(parts(), len(start) + _BOMB // len(_CHUNK) * len(_CHUNK) + len(end))


def _connection(scope: Scope) -> Connection:
    connection: Connection | None = scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        raise ConnectionResetError("The sandbox cut the connection.")
    return connection


async def _disconnected(receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
