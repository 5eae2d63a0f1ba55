"""The calls of one connection that wait for their answer. Its end is held back until they have it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp.types import (
    CONNECTION_CLOSED,
    CallToolResult,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
    TextContent,
)

MAY_HAVE_LANDED = (
    "This server had to end before the call did. If it had sent an edit, the edit may have landed: "
    "list_changes of the next server on the same state tells. Look there before trying again."
)
NOBODY_ANSWERS = "This server ended before the question was answered. Nothing was sent; a plan that was shown waits."
TELL_SECONDS = 1.0
"""For a client that takes nothing in any more."""


class _From(Protocol):
    async def receive(self) -> SessionMessage | Exception: ...
    async def aclose(self) -> None: ...


class _To(Protocol):
    async def send(self, item: SessionMessage, /) -> None: ...
    async def aclose(self) -> None: ...


class Calls:
    """What was asked and not answered yet, on either side.

    `writing` names the tools whose calls may have sent an edit; after `limit` seconds they are told so. Then
    it is `over`.
    """

    def __init__(self, writing: frozenset[str], limit: float) -> None:
        self.over = asyncio.Event()
        self._writing = writing
        self._limit = limit
        self._deadline = float("inf")
        self._changed = asyncio.Event()
        self._asked: list[JSONRPCRequest] = []
        self._questions: list[RequestId] = []
        self._told: set[RequestId] = set()

    def let_go(self) -> None:
        """Hold the end back no longer."""
        self._deadline = float("-inf")
        self._changed.set()

    def came_in(self, item: SessionMessage | Exception) -> None:
        """The client said this."""
        message = item.message if isinstance(item, SessionMessage) else None
        if isinstance(message, JSONRPCRequest):
            self._asked.append(message)
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            # The SDK never answers what was cancelled, and takes "7" for 7 there.
            cancelled = str((message.params or {}).get("requestId"))
            self._forget(lambda request: str(request.id) == cancelled)
        elif isinstance(message, JSONRPCResponse | JSONRPCError) and message.id in self._questions:
            self._questions.remove(message.id)

    def is_told(self, item: SessionMessage) -> bool:
        """Whether this answers a call that was told already how it ends."""
        return isinstance(item.message, JSONRPCResponse | JSONRPCError) and item.message.id in self._told

    def went_out(self, item: SessionMessage) -> None:
        """The client was told this."""
        message = item.message
        if isinstance(message, JSONRPCRequest):
            self._questions.append(message.id)
        elif isinstance(message, JSONRPCResponse | JSONRPCError):
            self._forget(lambda request: request.id == message.id)
        self._changed.set()

    def _forget(self, meant: Callable[[JSONRPCRequest], bool]) -> None:
        if found := next(filter(meant, self._asked), None):
            self._asked.remove(found)

    async def still_to_come(self) -> SessionMessage | None:
        """What the client would have to say so that all calls end, now that it says no more. None at the end."""
        self._deadline = min(self._deadline, time.monotonic() + self._limit)
        while self._asked and time.monotonic() < self._deadline:
            if self._questions:
                unanswered = ErrorData(code=CONNECTION_CLOSED, message=NOBODY_ANSWERS)
                return SessionMessage(JSONRPCError(jsonrpc="2.0", id=self._questions.pop(), error=unanswered))
            self._changed.clear()
            with anyio.move_on_after(self._deadline - time.monotonic()):
                await self._changed.wait()
        return None

    async def tell_the_rest(self, wire: _To) -> None:
        """Tell every call that may have sent an edit what to do about it."""
        said = CallToolResult(content=[TextContent(type="text", text=MAY_HAVE_LANDED)], is_error=True)
        result = said.model_dump(mode="json", by_alias=True, exclude_none=True)
        rest = [request for request in self._asked if self._may_write(request)]
        self._told.update(request.id for request in rest)
        with anyio.move_on_after(TELL_SECONDS), suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            for request in rest:
                await wire.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=request.id, result=result)))
        self.over.set()

    def _may_write(self, request: JSONRPCRequest) -> bool:
        return request.method == "tools/call" and (request.params or {}).get("name") in self._writing


class _Stream:
    def __init__(self, stream: _From | _To) -> None:
        self._stream = stream

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Incoming(_Stream):
    """What the client says; the end comes when its calls are answered. `at_end` is called when it says no more."""

    def __init__(self, stream: _From, outgoing: "Outgoing", calls: Calls, at_end: Callable[[], None]) -> None:
        super().__init__(stream)
        self._from, self._to, self._calls = stream, outgoing, calls
        self._at_end = at_end
        self._over = False

    async def receive(self) -> SessionMessage | Exception:
        """The next message."""
        if not self._over:
            try:
                item = await self._from.receive()
            except anyio.EndOfStream:
                self._over = True
                self._at_end()
            else:
                self._calls.came_in(item)
                return item
        if answer := await self._calls.still_to_come():
            return answer
        await self._calls.tell_the_rest(self._to.stream)
        raise anyio.EndOfStream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


class Outgoing(_Stream):
    """What the client is told."""

    def __init__(self, stream: _To, calls: Calls) -> None:
        super().__init__(stream)
        self.stream = stream
        self._calls = calls

    async def send(self, item: SessionMessage, /) -> Any:
        """Send a message."""
        if self._calls.is_told(item):
            return
        await self.stream.send(item)
        self._calls.went_out(item)
