"""A plan carried out."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from productive_integrations.errors import BadAnswer, InvalidArgument, NotFound, PlanExpired
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan, StoredPlan
from productive_integrations.validation import Proposal, judge
from productive_integrations.validation.references import stale_entries

from .fresh import read_fresh
from .hold import Busy, hold, seconds_until_free
from .look import FRESH_ENOUGH_TO_WRITE, Surroundings, surroundings_of
from .plan import asked_again, rebased
from .results import blocking, described, held_by_another, not_as_planned, rule_ids, said, unpassed
from .services import Services
from .write import WRITE_AND_READ_BACK, ApprovedBy, Turn, while_in_vain, write


async def apply_plan(
    services: Services, plan_id: str, caller: str, approval: ApprovedBy, accept: tuple[str, ...] = ()
) -> WriteResult:
    """Apply a plan once; a repeated call gives the receipt of the first.

    A person who was `asked` has passed what asks to be confirmed. Raises NotFound for a plan that is not this
    caller's, PlanExpired after its ten minutes, InvalidArgument for an `accept` that was not reported.
    """
    stored = await own_plan(services, plan_id, caller)
    if receipt := used_up(stored):
        return receipt
    plan = stored.plan
    refuse_expired(services, stored)
    _refuse_unreported(plan, accept)
    open_findings = [] if approval == "asked" else unpassed(plan.findings, {*plan.accepted, *accept})
    if open_findings:
        rules = rule_ids(open_findings)
        text = f"Ask the person about {rules}; after their yes call again with accept naming {rules}."
        return said(plan.shown, outcome="blocked", plan_id=plan.id, next=text)
    return await unless_cancelled(services, lambda turn: _apply(services, plan, approval, turn))


async def unless_cancelled(
    services: Services, errand: Callable[[Turn], Coroutine[Any, Any, WriteResult]]
) -> WriteResult:
    """Run an errand that a cancelled caller stops before its write left, and never after."""
    turn = Turn()
    task = services.start(errand(turn))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not turn.sent:
            task.cancel()
        raise


async def own_plan(services: Services, plan_id: str, caller: str) -> StoredPlan:
    """A plan of this caller in this organization. Raises NotFound for any other, without saying why."""
    stored = await services.store.plan(plan_id)
    owner = (plan_id, services.organization_id, caller)
    if (
        stored is None
        or stored.status == "reported"
        or (stored.plan.id, stored.plan.organization_id, stored.plan.caller) != owner
    ):
        raise NotFound("plan_id: there is no such plan. update_mapping makes plans; they wait ten minutes.")
    return stored


def used_up(stored: StoredPlan) -> WriteResult | None:
    """The receipt of a plan that needs nothing more."""
    if stored.status == "declined":
        return said(stored.plan.shown, outcome="declined", next="A person declined this plan; it is dead.")
    return stored.receipt


def refuse_expired(services: Services, stored: StoredPlan) -> None:
    """Raise PlanExpired after the ten minutes. A plan that was sent does not expire: it may have landed."""
    if stored.status == "pending" and stored.plan.expires < services.clock():
        raise PlanExpired("plan_id: this plan has expired. Call update_mapping again for a new one.")


def _refuse_unreported(plan: Plan, accept: tuple[str, ...]) -> None:
    if unknown := [rule for rule in accept if rule not in {finding.rule for finding in plan.findings}]:
        reported = rule_ids(unpassed(plan.findings, ())) or "none"
        raise InvalidArgument("accept", f"{', '.join(unknown)} was not reported for this plan; to accept: {reported}.")


async def _apply(services: Services, plan: Plan, approval: ApprovedBy, turn: Turn) -> WriteResult:
    integration_id = plan.edit.integration_id
    # These need requests of their own, so they come before the compare and not between it and the write.
    surroundings = await surroundings_of(services, plan.edit.mapping, FRESH_ENOUGH_TO_WRITE)
    try:
        async with hold(services, integration_id) as turn.still_ours:
            stored = await own_plan(services, plan.id, plan.caller)
            if receipt := used_up(stored):
                return receipt
            refuse_expired(services, stored)
            return await while_in_vain(services, lambda: _read_and_write(services, plan, surroundings, approval, turn))
    except Busy:
        # Whoever held it may have carried out this very plan.
        ended = used_up(await own_plan(services, plan.id, plan.caller))
        return ended or busy_about(plan, await seconds_until_free(services, integration_id))


async def _read_and_write(
    services: Services, plan: Plan, surroundings: Surroundings, approval: ApprovedBy, turn: Turn
) -> WriteResult:
    with await services.gateway.reserve(1 + WRITE_AND_READ_BACK, services.wait) as turn.seats:
        integration = await read_fresh(services, plan.edit.integration_id, turn)
        now = surroundings.proposal(integration, plan.edit.mapping)
        return await _compare_and_write(services, plan, now, approval, turn)


async def _compare_and_write(
    services: Services, plan: Plan, now: Proposal, approval: ApprovedBy, turn: Turn
) -> WriteResult:
    default = plan.change.default
    if not {now.mapping} | ({default.attribute} if default else set()) <= now.integration.present:
        raise BadAnswer("Productive answered without the mapping that is to be changed; nothing was sent.")
    change, differences = rebased(now, plan.change)
    proposal = replace(now, change=change, asked=asked_again(change), planned_identity=plan.identity)
    findings = judge(proposal)
    reported = {(finding.rule, finding.field) for finding in plan.findings}
    described_now = described(proposal, findings)
    if blocked := blocking(findings):
        text = f"Nothing was sent: as things are now it is forbidden by {rule_ids(blocked)}."
        return said(described_now, outcome="blocked", next=text)
    if differences:
        receipt = said(plan.shown, outcome="conflict", differences=differences, next=not_as_planned(differences))
        return await _finished(services, plan, receipt)
    if new := [finding for finding in unpassed(findings, ()) if not _was_reported(finding, plan, reported)]:
        text = f"Nothing was sent: {rule_ids(new)} came up since the plan was made. Call update_mapping again."
        return said(described_now, outcome="blocked", next=text)
    if not change:
        text = "The mapping had it so already; nothing was sent."
        return await _finished(services, plan, said(described_now, outcome="unchanged", next=text))
    return await write(services, plan, proposal, approval, turn)


def _was_reported(finding: Finding, plan: Plan, reported: set[tuple[str, str]]) -> bool:
    kind, _, key = finding.field.partition(".")
    field = plan.places.get(key, finding.field) if kind in {"set", "remove"} else finding.field
    # What went stale in entries of others is theirs to answer for, and no reason to hold this edit up.
    return finding.rule == stale_entries.id or (finding.rule, field) in reported


async def _finished(services: Services, plan: Plan, receipt: WriteResult) -> WriteResult:
    await services.store.finish(plan.id, receipt)
    return receipt


def busy_about(plan: Plan, seconds: float) -> WriteResult:
    """Somebody else holds the integration; the plan waits."""
    return said(plan.shown, outcome="busy", plan_id=plan.id, next=held_by_another(seconds))
