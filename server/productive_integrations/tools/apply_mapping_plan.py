from typing import Annotated

from mcp.server.mcpserver import Elicit, Resolve
from mcp.types import CallToolResult

from productive_integrations.mappings.apply import apply_plan, own_plan, refuse_expired, used_up
from productive_integrations.mappings.results import said
from productive_integrations.mappings.update import approve, check_accept
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import StoredPlan

from .approval import Answer, Decision, NotAsked, ask_about, said_yes, was_asked
from .base import Ctx, PlanId, RuleIds, Tool, answer, caller_of, services_of

_ONLY_A_PERSON = "Only a person's own answer applies this plan, and this client cannot ask; nothing was sent."


async def find_plan(ctx: Ctx, plan_id: str, accept: list[str]) -> StoredPlan:
    """The caller's plan."""
    check_accept(tuple(accept))
    stored = await own_plan(services_of(ctx), plan_id, caller_of(ctx))
    refuse_expired(services_of(ctx), stored)
    return stored


async def ask_person(ctx: Ctx, stored: Annotated[StoredPlan, Resolve(find_plan)]) -> NotAsked | Elicit[Decision]:
    """In mode `human` a call is no approval, so the person is asked."""
    return ask_about(ctx, stored.plan if _needs_a_person(ctx, stored) else None)


async def apply_mapping_plan(
    ctx: Ctx,
    plan_id: PlanId,
    accept: RuleIds,
    stored: Annotated[StoredPlan, Resolve(find_plan)],
    given: Annotated[Answer, Resolve(ask_person)],
) -> Annotated[CallToolResult, WriteResult]:
    """Apply a plan that a person has approved. Calling again gives the same receipt, never a second write."""
    services = services_of(ctx)
    if was_asked(given):
        return answer(await approve(services, stored.plan, yes=said_yes(given)))
    if _needs_a_person(ctx, stored):
        return answer(said(stored.plan.shown, outcome="approval_required", plan_id=plan_id, next=_ONLY_A_PERSON))
    return answer(await apply_plan(services, plan_id, caller_of(ctx), "called", tuple(accept)))


def _needs_a_person(ctx: Ctx, stored: StoredPlan) -> bool:
    return services_of(ctx).approval == "human" and used_up(stored) is None


TOOL = Tool(apply_mapping_plan, "Apply mapping plan", writes=True, applies=frozenset({"human", "host", "none"}))
