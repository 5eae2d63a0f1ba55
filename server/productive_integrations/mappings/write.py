"""One write: written down, sent once, believed only when a fresh read shows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from productive_integrations.errors import RateLimited, Unreachable
from productive_integrations.productive.gateway import WriteAnswer
from productive_integrations.productive.limits import Seats
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import Ending, Intent
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan
from productive_integrations.validation import Proposal

from .hold import Busy
from .results import manual_steps, said
from .services import Services, new_change_id
from .settle import Found, conclude, receipt_of, settle
from .verify import compare, read, wanted_hash

WRITE_AND_READ_BACK = 2
Approval = Literal["asked", "called", "none"]


@dataclass(slots=True)
class Turn:
    """A writer's turn at an integration. Once `sent`, it is finished whatever becomes of the caller."""

    sent: bool = False
    seats: Seats = field(init=False)
    still_ours: Callable[[], Awaitable[bool]] = field(init=False)


async def write(services: Services, plan: Plan, proposal: Proposal, approval: Approval, turn: Turn) -> WriteResult:
    """Send a proposal that was read just now and passed every rule.

    Raises RateLimited or Unreachable when nothing can have arrived; the plan then waits again. Raises Busy when the
    hold was lost before anything was sent.
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
    )
    if not await turn.still_ours():
        raise Busy
    turn.sent = True
    await services.store.begin(intent)
    answer = await services.gateway.save_mapping(intent.integration_id, _attributes(intent), turn.seats)
    return await _after(services, intent, proposal, plan.shown, answer)


def _attributes(intent: Intent) -> dict[str, JsonValue]:
    default = intent.change.default
    attributes: dict[str, JsonValue] = {intent.mapping: wanted_hash(intent)}
    return attributes | ({default.attribute: default.after} if default else {})


async def _after(
    services: Services, intent: Intent, proposal: Proposal, shown: WriteResult, answer: WriteAnswer
) -> WriteResult:
    match answer.kind:
        case "unsent":
            await _nothing_arrived(services, intent)
            raise Unreachable("Productive cannot be reached, so the edit was not sent. Try again later.")
        case "limited":
            await _nothing_arrived(services, intent)
            raise RateLimited(answer.seconds)
        case "refused":
            return await _refused(services, intent, proposal, shown)
        case "accepted":
            found = await _read_back(services, intent)
        case "unclear":
            found = await settle(services, intent, until=services.clock() + services.patience.call)
    if found is None:
        return await _unknown(services, intent, shown)
    return await conclude(services, intent, found, shown)


async def _nothing_arrived(services: Services, intent: Intent) -> None:
    ending = Ending(change_id=intent.change_id, outcome="not_stored", at=services.clock())
    await services.store.end(ending, receipt=None)


async def _refused(services: Services, intent: Intent, proposal: Proposal, shown: WriteResult) -> WriteResult:
    receipt = said(
        receipt_of(intent, shown),
        outcome="refused",
        manual_steps=manual_steps(proposal),
        next="Productive does not let this token edit it. Give a Productive admin the manual steps.",
    )
    await services.store.end(Ending(change_id=intent.change_id, outcome="refused", at=services.clock()), receipt)
    return receipt


async def _read_back(services: Services, intent: Intent) -> Found | None:
    """Read until the accepted write shows, as long as a lagging replica may need."""
    found = await read(services, intent.integration_id)
    for pause in services.patience.lag:
        if isinstance(found, Integration) and compare(intent, found) == "wanted":
            break
        await services.pause(pause)
        found = await read(services, intent.integration_id)
    if found == "unreadable":
        return await settle(services, intent, until=services.clock() + services.patience.call)
    return found


async def _unknown(services: Services, intent: Intent, shown: WriteResult) -> WriteResult:
    seconds = max(1, round(intent.at + services.patience.settle - services.clock()))
    receipt = said(
        receipt_of(intent, shown),
        outcome="unknown",
        plan_id=intent.plan_id,
        next=f"The answer was lost and reading has not settled it. Nobody can edit this integration until it is: "
        f"call apply_mapping_plan with this plan_id in {seconds} seconds to learn the end.",
    )
    await services.store.finish(intent.plan_id, receipt)
    return receipt
