"""One writer at a time for each integration."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from productive_integrations.errors import StateError

from .services import Services

_log = logging.getLogger(__name__)
_LOOK_AGAIN = (0.1, 1.0)
"""Seconds until the next look whether it is free: at first, and at most."""


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
    clock = asyncio.get_running_loop().time
    pause, longest = _LOOK_AGAIN
    deadline = clock() + (0 if settling else services.wait)
    try:
        # A caller cancelled while taking may have got the hold all the same, so it is released in any case.
        while not await take(*place, lease):
            if (left := deadline - clock()) <= 0:
                raise Busy
            await services.pause(min(pause, left))
            pause = min(pause * 1.5, longest)
        renewing = asyncio.create_task(_renew(services, place))
        try:
            yield lambda: services.store.renew_hold(*place, lease)
        finally:
            renewing.cancel()
    finally:
        await asyncio.shield(services.start(_release(services, place)))


async def _release(services: Services, place: tuple[str, str, str]) -> None:
    try:
        await services.store.release_hold(*place)
    except StateError:
        # What was done under the hold is what counts; the lease ends by itself.
        _log.warning("The state store cannot be used, so a hold ends only with its lease.")


async def _renew(services: Services, place: tuple[str, str, str]) -> None:
    lease = services.patience.lease
    while True:
        await asyncio.sleep(lease / 3)
        try:
            await services.store.renew_hold(*place, lease)
        except StateError:
            _log.warning("The state store cannot be used, so a hold was not renewed.")


async def seconds_until_free(services: Services, integration_id: str) -> float:
    """How long to wait for an integration: until its unclear write is settled, else as long as it is held."""
    unsettled = [
        change.intent.at
        for change in await services.store.unsettled(services.organization_id)
        if change.intent.integration_id == integration_id
    ]
    if not unsettled:
        return await services.store.held_for(services.organization_id, integration_id) or services.patience.lease
    return max(unsettled) + services.patience.settle - services.clock()
