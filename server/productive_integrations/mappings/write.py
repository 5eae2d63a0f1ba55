"""One write: written down, sent once, believed only when a fresh read shows it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from productive_integrations.errors import BadAnswer, RateLimited, ServiceError, StateError, Unreachable
from productive_integrations.productive.gateway import WriteAnswer
from productive_integrations.productive.guard import Forbidden
from productive_integrations.productive.limits import Seats
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import Ending, Intent, RecordedChange
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan
from productive_integrations.validation import Proposal

from .hold import Busy
from .results import described, manual_steps, said
from .services import Services, new_change_id
from .settle import Found, conclude, receipt_of, settle, window_of, written_down
from .verify import compare, proves, read, shows, wanted_hash, was_there_before

_log = logging.getLogger(__name__)

WRITE_AND_READ_BACK = 2
ApprovedBy = Literal["asked", "called", "none"]
"""A person's answer, a call that the host asks its user about, or nobody."""


ATTEMPTS = 3
"""Of a read and write that came to nothing."""


class TurnedAway(RateLimited):
    """The request limit turned the write away before it was looked at."""


class ReadTooOld(ServiceError):
    """So much time went by since the read that the write was not sent."""


async def while_in_vain(services: Services, attempt: Callable[[], Awaitable[WriteResult]]) -> WriteResult:
    """Read and write again when the write was turned away or its read too old.

    Raises TurnedAway when the limit lasts longer than the wait, and either after some attempts.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await attempt()
        except TurnedAway as limited:
            if limited.seconds > services.wait:
                raise
        except ReadTooOld:
            continue
    return await attempt()


@dataclass(slots=True)
class Turn:
    """A writer's turn at an integration. Once `sent`, it is finished whatever becomes of the caller.

    `read_at` is when its last read was sent and `seen_at` when it came back; `recent` are our own last changes of the
    integration, as they were known then.
    """

    sent: bool = False
    read_at: float = 0
    seen_at: float = 0
    recent: list[RecordedChange] = field(default_factory=list)
    seats: Seats = field(init=False)
    still_ours: Callable[[], Awaitable[bool]] = field(init=False)


async def write(services: Services, plan: Plan, proposal: Proposal, approval: ApprovedBy, turn: Turn) -> WriteResult:
    """Send a proposal that was read just now and passed every rule.

    Raises StateError or a ServiceError when nothing can have arrived; the plan then waits again. Raises Busy when the
    hold was lost, or the plan declined, before anything was sent.
    """
    intent = Intent(
        change_id=new_change_id(),
        plan_id=plan.id,
        organization_id=services.organization_id,
        integration_id=plan.edit.integration_id,
        mapping=plan.edit.mapping,
        by=plan.caller,
        reason=plan.edit.reason,
        approval=approval,
        base=proposal.before,
        change=proposal.change,
        at=services.clock(),
        read_at=turn.read_at,
    )
    if not await turn.still_ours():
        raise Busy
    turn.sent = True
    try:
        if not await services.store.begin(intent):
            turn.sent = False
            raise Busy
    except StateError as error:
        raise _nothing_sent(error) from error
    except ValueError as error:
        # A lone surrogate in an entry cannot be written down, so it is not sent back either.
        raise BadAnswer(
            "An entry of this mapping holds text that is not Unicode, so no edit was made; correct it in Productive."
        ) from error
    if services.clock() - turn.seen_at > services.patience.oldest:
        await _nothing_arrived(services, intent, turn)
        raise ReadTooOld("The state store is too slow, so the edit was not sent. Try again.")
    services.elsewhere.forget(intent.mapping)
    # Told as things were when it was sent, which may be a little less than was planned.
    shown = described(proposal, plan.findings)
    answer = await _send(services, intent, turn)
    answered_at = services.clock()
    match answer.kind:
        case "unsent":
            await _nothing_arrived(services, intent, turn)
            raise Unreachable("Productive cannot be reached, so the edit was not sent. Try again later.")
        case "limited":
            await _nothing_arrived(services, intent, turn)
            raise TurnedAway(answer.seconds)
        case "refused":
            return await _refused(services, intent, proposal, shown)
    found = await _look(services, intent, turn, answer)
    if found is None:
        return await _unknown(services, intent, shown)
    return await conclude(services, intent, found, shown, answered_at if answer.kind == "accepted" else None)


async def _send(services: Services, intent: Intent, turn: Turn) -> WriteAnswer:
    try:
        return await services.gateway.save_mapping(intent.integration_id, _attributes(intent), turn.seats)
    except Forbidden as error:
        _log.exception("The exit guard stopped an edit")
        await _nothing_arrived(services, intent, turn)
        raise ServiceError(
            "The exit guard of this server stopped the edit, so nothing was sent; its log has the details."
        ) from error
    except Exception:  # noqa: BLE001 - the edit may have left, so reading must tell
        _log.exception("Sending an edit failed for a reason of this server's own")
        return WriteAnswer("unclear")


def _attributes(intent: Intent) -> dict[str, JsonValue]:
    default = intent.change.default
    attributes: dict[str, JsonValue] = {intent.mapping: wanted_hash(intent)}
    return attributes | ({default.attribute: default.after} if default else {})


async def _nothing_arrived(services: Services, intent: Intent, turn: Turn) -> None:
    ending = Ending(change_id=intent.change_id, outcome="not_sent", at=services.clock())
    try:
        await services.store.end(ending, receipt=None)
    except StateError as error:
        raise _nothing_sent(error) from error
    turn.sent = False


def _nothing_sent(error: StateError) -> StateError:
    return StateError(f"{error} No edit was made.")


async def _refused(services: Services, intent: Intent, proposal: Proposal, shown: WriteResult) -> WriteResult:
    receipt = said(
        receipt_of(intent, shown),
        outcome="refused",
        window_ms=window_of(intent, services.clock()),
        manual_steps=manual_steps(proposal),
        next="Productive does not let this token edit it. Give a Productive admin the manual steps; once the token "
        "may, plan the edit again.",
    )
    ending = Ending(change_id=intent.change_id, outcome="refused", at=services.clock())
    return await written_down(services.store.end(ending, receipt), receipt)


async def _look(services: Services, intent: Intent, turn: Turn, answer: WriteAnswer) -> Found | None:
    until = services.clock() + services.patience.call
    try:
        # A read that hangs must not keep the caller from an answer; a quarter more lets the last one come back.
        async with asyncio.timeout(services.patience.call * 1.25):
            found = await _read_back(services, intent, turn, answer) if answer.kind == "accepted" else "unreadable"
            return await settle(services, intent, until) if found == "unreadable" else found
    except TimeoutError:
        return None


async def _read_back(
    services: Services, intent: Intent, turn: Turn, answer: WriteAnswer
) -> Found | Literal["unreadable"]:
    """Read until the accepted write shows, as long as a lagging replica may need.

    An answer that shows it makes the first read like it count, unless our own last changes make another reason likely.
    """
    shown = answer.shows is not None and shows(intent, answer.shows) and not was_there_before(intent, turn.recent)
    asked_at = services.clock()
    found = await read(services, intent, turn.seats)
    gone = found == "gone"
    for pause in services.patience.lag:
        if isinstance(found, Integration) and (
            proves(intent, found, asked_at, services.patience) or (shown and compare(intent, found) == "wanted")
        ):
            break
        await services.pause(pause)
        asked_at = services.clock()
        found = await read(services, intent)
        gone = gone and found == "gone"
    # One "not found" alone may be of something in front of the API.
    return "unreadable" if found == "gone" and not gone else found


async def _unknown(services: Services, intent: Intent, shown: WriteResult) -> WriteResult:
    seconds = max(1, round(intent.at + services.patience.settle - services.clock()))
    receipt = said(
        receipt_of(intent, shown),
        outcome="unknown",
        plan_id=intent.plan_id,
        next=f"Whether it is stored could not be read yet. Nobody can edit this integration until it is known: "
        f"call apply_mapping_plan with this plan_id in {seconds} seconds to learn the end.",
    )
    waiting = await written_down(services.store.finish(intent.plan_id, receipt), receipt)
    services.tell(intent)
    return waiting
