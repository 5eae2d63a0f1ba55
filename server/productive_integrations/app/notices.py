"""Tells clients that a resource may have changed, in the way of either protocol generation."""

import asyncio
from contextlib import suppress
from typing import Any

from mcp import MCPError
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server as LowLevelServer
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated, SubscriptionBus
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from productive_integrations.resources import touched_by
from productive_integrations.schemas.journal import Intent

MAX_SUBSCRIPTIONS = 1000
"""Of one client of the older protocol."""
TELL_SECONDS = 5.0
_Context = ServerRequestContext[Any, Any]


class Notices:
    """Who wants to hear of which resource: open `subscriptions/listen` streams, and sessions that subscribed."""

    def __init__(self) -> None:
        self.bus: SubscriptionBus = InMemorySubscriptionBus()
        self._streams = _Streams(self.bus)
        self._subscribed: dict[Connection, set[str]] = {}

    def serve(self, core: LowLevelServer[Any]) -> None:
        """Answer the requests of both generations."""
        core.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, self._streams)
        core.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        core.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)

    async def written(self, intent: Intent) -> None:
        """Tell everybody who listens to something that a write may have changed. Nobody waits for another."""
        touched = touched_by(intent)
        for uri in touched:
            await self.bus.publish(ResourceUpdated(uri=uri))
        listening = [(connection, uris & set(touched)) for connection, uris in self._subscribed.items()]
        await asyncio.gather(*(_tell(connection, uris) for connection, uris in listening if uris))

    def hang_up(self) -> None:
        """End open streams, which would keep the process from ending, and open no more."""
        self._streams.close()

    async def _subscribe(self, ctx: _Context, params: SubscribeRequestParams) -> EmptyResult:
        connection = ctx.session._connection  # noqa: SLF001 - a session lasts for one request alone
        if connection not in self._subscribed:
            self._subscribed[connection] = set()
            connection.exit_stack.callback(self._subscribed.pop, connection, None)
        uris = self._subscribed[connection]
        if len(uris) >= MAX_SUBSCRIPTIONS:
            raise MCPError(INVALID_PARAMS, f"At most {MAX_SUBSCRIPTIONS} subscriptions.")
        uris.add(str(params.uri))
        return EmptyResult()

    async def _unsubscribe(self, ctx: _Context, params: UnsubscribeRequestParams) -> EmptyResult:
        connection = ctx.session._connection  # noqa: SLF001 - as above
        self._subscribed.get(connection, set()).discard(str(params.uri))
        return EmptyResult()


async def _tell(connection: Connection, uris: set[str]) -> None:
    # Whoever takes nothing in for so long has missed it.
    with suppress(TimeoutError):
        async with asyncio.timeout(TELL_SECONDS):
            for uri in sorted(uris):
                await connection.send_resource_updated(uri)


class _Streams(ListenHandler):
    """Opens no stream once it was closed."""

    _closed = False

    async def __call__(self, ctx: _Context, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        if self._closed:
            raise MCPError(INTERNAL_ERROR, "This server is ending.")
        return await super().__call__(ctx, params)

    def close(self) -> None:
        self._closed = True
        super().close()
