"""Signs of life, for a caller who asked to hear of progress."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp.server.session import ServerSession

PULSE_SECONDS = 2.0


@asynccontextmanager
async def signs_of_life(session: ServerSession) -> AsyncIterator[None]:
    """While the block runs, say every few seconds that it still does. Heard only by a caller with a progress token."""
    beating = asyncio.create_task(_beat(session))
    beating.add_done_callback(_undelivered)
    try:
        yield
    finally:
        beating.cancel()
        # Not awaited as itself: its cancellation, taken for that of the call, would end the whole connection.
        await asyncio.wait((beating,))


def _undelivered(beating: asyncio.Task[None]) -> None:
    """A sign that cannot be delivered is no failure of the call."""
    if not beating.cancelled():
        beating.exception()


async def _beat(session: ServerSession) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(PULSE_SECONDS)
        await session.report_progress(round(time.monotonic() - began, 1), message="Still working.")
