"""One writer at a time for each integration."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from .services import Services

_LOOK_AGAIN = 0.1


class Busy(Exception):
    """Another edit held the integration for the whole wait, or an unclear one is still settling."""


@asynccontextmanager
async def hold(
    services: Services, integration_id: str, *, settling: bool = False
) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Be the only writer of an integration, across every process of the state store.

    Raises Busy after the configured wait; when settling, at once. The lease is renewed as long as the block runs
    and ends by itself when the process dies. The block gets a question: is the hold still ours?
    """
    owner = secrets.token_hex(16)
    place = (services.organization_id, integration_id, owner)
    lease = services.patience.lease
    take = services.store.take_over if settling else services.store.take_hold
    deadline = time.monotonic() + (0 if settling else services.wait)
    while not await take(*place, lease):
        if time.monotonic() >= deadline:
            raise Busy
        await services.pause(_LOOK_AGAIN)
    renewing = asyncio.create_task(_renew(services, place))
    try:
        yield lambda: services.store.renew_hold(*place, lease)
    finally:
        renewing.cancel()
        await asyncio.shield(services.start(services.store.release_hold(*place)))


async def _renew(services: Services, place: tuple[str, str, str]) -> None:
    lease = services.patience.lease
    while True:
        await asyncio.sleep(lease / 3)
        await services.store.renew_hold(*place, lease)
