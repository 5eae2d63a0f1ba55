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
    try:
        yield
    finally:
        beating.cancel()
        # A sign that cannot be delivered is no failure of the call.
        await asyncio.gather(beating, return_exceptions=True)


async def _beat(session: ServerSession) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(PULSE_SECONDS)
        await session.report_progress(round(time.monotonic() - began, 1), message="Still working.")
