"""From "it may have landed" to what is true, by reading again until nothing can change any more."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime
from typing import Literal

from productive_integrations.errors import StateError
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import Ending, Intent
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.text import scrubbed

from .hold import Busy, hold
from .results import nothing_done, rows, said
from .services import Services
from .verify import compare, differences, landed, proves, read

_log = logging.getLogger(__name__)
_LONGEST_PAUSE = 8.0
BELIEVED_GONE = 4
"""Reads in a row that must not find an integration: one may be turned away by something in front of the API."""
_PATROL = 2.0
_STAYS_OPEN = "The state store cannot be used, so a write stays open for now."

Found = Integration | Literal["gone"]


def receipt_of(intent: Intent, shown: WriteResult | None = None) -> WriteResult:
    """The start of a receipt: what the caller was shown, or what the journal alone can tell."""
    touched = {entry.key for entry in intent.change.entries}
    untouched = len(intent.base.keys() - touched)
    start = shown or said(nothing_done("unknown", ""), changes=rows(intent.change), untouched=untouched)
    return said(start, change_id=intent.change_id)


def window_of(intent: Intent, until: float) -> int | None:
    """Milliseconds from the read that a write was compared with, or none for one written down without it."""
    return None if intent.read_at is None else max(0, math.ceil((until - intent.read_at) * 1000))


async def conclude(
    services: Services,
    intent: Intent,
    found: Found,
    shown: WriteResult | None = None,
    answered_at: float | None = None,
) -> WriteResult:
    """Write down how a write ended, by the last read of it, and make the receipt.

    A write whose answer was lost may have landed at any moment until that read, and may yet land when what the read
    shows is somebody else's edit to the same effect. So nobody writes to the integration until it no longer can.
    """
    now, final = services.clock(), intent.at + services.patience.settle
    held_until = final if answered_at is None and now < final else None
    known = held_until or now
    window = window_of(intent, known if answered_at is None else answered_at)
    receipt, seen, seen_default = said(receipt_of(intent, shown), window_ms=window), None, None
    if found == "gone":
        text = "The integration no longer exists, so nothing is stored."
        receipt = said(receipt, outcome="not_stored", next=text)
    elif compare(intent, found) == "wanted":
        receipt = said(receipt, outcome="applied", next=_done(now, held_until))
    else:
        # What somebody else wrote may hold text that no database takes.
        seen = scrubbed(found.entries(intent.mapping) or {})
        if intent.change.default:
            seen_default = scrubbed(found.value(intent.change.default.attribute))
        receipt = said(
            receipt, outcome="not_stored", differences=differences(intent, found), next=_what_is_stored(intent, found)
        )
    receipt = WriteResult.model_validate(scrubbed(receipt.model_dump()))
    ending = Ending(
        change_id=intent.change_id,
        outcome=receipt.outcome,
        seen=seen,
        seen_default=seen_default,
        at=now,
        held_until=held_until,
    )
    ended = await written_down(services.store.end(ending, receipt), receipt)
    services.tell(intent)
    return ended


async def written_down(recording: Awaitable[WriteResult | None], receipt: WriteResult) -> WriteResult:
    """The receipt of a write that has left. A store that fails must not hide it; the patrol writes it down later."""
    try:
        return await recording or receipt
    except StateError:
        _log.warning(_STAYS_OPEN)
        text = f"{receipt.next} The state store could not be used, so this is written down later."
        return said(receipt, next=text)


def _done(now: float, held_until: float | None) -> str:
    """The time is part of it, since a repeated call gives the same receipt later."""
    done = f"Done at {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S} UTC."
    if held_until is None:
        return done
    seconds = max(1, round(held_until - now))
    return f"{done} As the answer got lost on the way, nobody can edit this integration for {seconds} seconds."


def _what_is_stored(intent: Intent, found: Integration) -> str:
    if compare(intent, found) == "base":
        return "Productive stored nothing of it; the mapping is as it was."
    if landed(intent, found):
        return "Your entries are stored, but other entries changed at the same time: look at differences."
    return "Productive stored something else: look at differences before you try again."


async def settle(services: Services, intent: Intent, until: float) -> Found | None:
    """Read again until the write shows or can no longer land. None when neither is known at `until`.

    Times are seconds since 1970.
    """
    final = intent.at + services.patience.settle
    pauses = _growing()
    times_gone = 0
    while True:
        began = services.clock()
        found = await read(services, intent)
        if isinstance(found, Integration) and proves(intent, found, began, services.patience):
            return found
        times_gone = times_gone + 1 if found == "gone" else 0
        if began >= final and isinstance(found, Integration):
            return found
        if began >= final and times_gone >= BELIEVED_GONE:
            return "gone"
        left = until - services.clock()
        if began >= final and found == "gone":
            # Not believed yet, and only reads in a row count.
            left = _LONGEST_PAUSE
        if left <= 0:
            return None
        await services.pause(min(next(pauses), left))


def _growing() -> Iterator[float]:
    pause = 0.5
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)


async def patrol(services: Services) -> None:
    """Settle every write that has no end, of this process and of those that died. Runs until cancelled."""
    failing = False
    async with asyncio.TaskGroup() as settling:
        while True:
            try:
                for change in await services.store.unsettled(services.organization_id):
                    settling.create_task(_settle_one(services, change.intent))
                failing = False
            except StateError:
                if not failing:
                    _log.warning("The state store cannot be used, so unclear writes stay open for now.")
                failing = True
            await services.pause(_PATROL)


async def _settle_one(services: Services, intent: Intent) -> None:
    try:
        async with hold(services, intent.integration_id, settling=True):
            recorded = await services.store.change(services.organization_id, intent.change_id)
            if recorded is None or recorded.ending:
                # It ended between the list and the hold.
                return
            found = await settle(services, intent, until=intent.at + services.patience.settle)
            if found is not None:
                stored = await services.store.plan(intent.plan_id)
                await conclude(services, intent, found, stored.plan.shown if stored else None)
    except (Busy, StateError):
        # The patrol comes by again.
        return
    except Exception:  # noqa: BLE001 - the others must be settled; this one is tried again
        _log.exception("A write could not be settled for a reason of this server's own")
