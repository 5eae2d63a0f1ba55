"""From the words of an edit to a plan that waits for approval, or to its end where none is needed."""

from dataclasses import dataclass

from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import PLAN_SECONDS, Plan
from productive_integrations.text import quoted
from productive_integrations.validation import Proposal, judge

from .apply import apply_plan, own_plan, unless_cancelled, used_up
from .arguments import check_edit
from .hold import Busy, hold, seconds_until_free
from .look import READS, look
from .plan import unexpected
from .results import blocking, described, held_by_another, not_as_planned, nothing_done, rule_ids, said, unpassed
from .services import Services, new_plan_id
from .write import WRITE_AND_READ_BACK, Turn, while_in_vain, write


@dataclass(frozen=True, slots=True)
class Prepared:
    """An edit that ended already, or a plan that waits."""

    result: WriteResult
    plan: Plan | None = None


async def update_now(services: Services, edit: Edit, caller: str, accept: tuple[str, ...]) -> WriteResult:
    """Mode `none`: apply at once when nothing blocks, from one read in front of the write."""
    check_edit(edit, accept)
    return await unless_cancelled(services, lambda turn: _update_now(services, edit, caller, accept, turn))


async def _update_now(services: Services, edit: Edit, caller: str, accept: tuple[str, ...], turn: Turn) -> WriteResult:
    try:
        async with hold(services, edit.integration_id) as turn.still_ours:
            return await while_in_vain(services, lambda: _look_and_write(services, edit, caller, accept, turn))
    except Busy:
        seconds = await seconds_until_free(services, edit.integration_id)
        return nothing_done("busy", held_by_another(seconds))


async def _look_and_write(
    services: Services, edit: Edit, caller: str, accept: tuple[str, ...], turn: Turn
) -> WriteResult:
    with await services.gateway.reserve(READS + WRITE_AND_READ_BACK, services.wait) as turn.seats:
        proposal = await look(services, edit, turn)
        ended, shown = _judged(edit, proposal)
        if ended:
            return ended
        waiting = unpassed(shown.findings, await _accepted(services, edit, caller, accept, shown.findings))
        plan = _plan(services, edit, caller, proposal, shown)
        await services.store.save_plan(plan, "reported" if waiting else "pending")
        if waiting:
            rules = rule_ids(waiting)
            text = f"Ask the person about {rules}; after their yes make the same call with accept naming {rules}."
            return said(shown, outcome="blocked", next=text)
        return await write(services, plan, proposal, "none", turn)


async def prepare(
    services: Services, edit: Edit, caller: str, accept: tuple[str, ...], *, answered: bool = False
) -> Prepared:
    """Work an edit out and keep it as a plan.

    `answered` says that a person has answered the question about this very edit: its plan is looked up then, so that
    what they saw is what is applied, and an answer that comes once more gives the receipt. The question names its
    plan, so an answer to another one's is none.
    """
    check_edit(edit, accept)
    digest = edit.digest(services.organization_id, caller)
    if answered and (stored := await services.store.latest(digest, services.clock())):
        return Prepared(said(stored.plan.shown, plan_id=stored.plan.id), stored.plan)
    proposal = await look(services, edit)
    return await plan_proposal(services, edit, proposal, caller, accept)


async def plan_proposal(
    services: Services, edit: Edit, proposal: Proposal, caller: str, accept: tuple[str, ...]
) -> Prepared:
    """A proposal judged, and kept as a plan when nothing forbids it. `edit` is the proposal in words."""
    ended, shown = _judged(edit, proposal)
    if ended:
        return Prepared(ended)
    accepted = await _accepted(services, edit, caller, accept, shown.findings)
    plan = _plan(services, edit, caller, proposal, shown).model_copy(update={"accepted": accepted})
    await services.store.save_plan(plan, "pending")
    return Prepared(said(shown, outcome="approval_required", plan_id=plan.id), plan)


def _judged(edit: Edit, proposal: Proposal) -> tuple[WriteResult | None, WriteResult]:
    findings = judge(proposal)
    shown = described(proposal, findings)
    if differences := unexpected(edit, proposal):
        return said(shown, outcome="conflict", differences=differences, next=not_as_planned(differences)), shown
    if blocked := blocking(findings):
        text = f"Nothing was sent: it is forbidden by {rule_ids(blocked)}. Follow the fix of each finding."
        return said(shown, outcome="blocked", next=text), shown
    if not proposal.change:
        return said(shown, outcome="unchanged", next="Nothing is to be changed, so nothing was sent."), shown
    return None, shown


async def _accepted(
    services: Services, edit: Edit, caller: str, accept: tuple[str, ...], findings: tuple[Finding, ...]
) -> tuple[str, ...]:
    """Of the rules named, those of which all that is found now was told for this very edit before."""
    if not accept:
        return ()
    reported = await services.store.reported(edit.digest(services.organization_id, caller), services.clock())
    new = {finding.rule for finding in findings if (finding.rule, finding.field) not in reported}
    return tuple(rule for rule in accept if rule in {rule for rule, _ in reported} - new)


def _plan(services: Services, edit: Edit, caller: str, proposal: Proposal, shown: WriteResult) -> Plan:
    now, integration = services.clock(), proposal.integration
    return Plan(
        id=new_plan_id(),
        organization_id=services.organization_id,
        caller=caller,
        edit=edit,
        place=f"{quoted(integration.name)} ({integration.type_title}, id {integration.id})",
        change=proposal.change,
        identity=integration.identity,
        places=proposal.places,
        shown=shown,
        created=now,
        expires=now + PLAN_SECONDS,
    )


async def approve(services: Services, plan: Plan, *, yes: bool, closed: bool = False) -> WriteResult:
    """Carry out a person's answer to the question about a plan. A question that was `closed` got no yes."""
    if yes:
        return await apply_plan(services, plan.id, plan.caller, "asked")
    if not await services.store.decline(plan.id):
        # Somebody answered the same question before.
        text = "This plan is being carried out already. Call apply_mapping_plan with plan_id to learn how it ended."
        under_way = said(plan.shown, outcome="busy", plan_id=plan.id, next=text)
        return used_up(await own_plan(services, plan.id, plan.caller)) or under_way
    what = "closed the question without an answer" if closed else "said no"
    return said(plan.shown, outcome="declined", next=f"The person {what}; nothing was sent, and the plan is dead.")
