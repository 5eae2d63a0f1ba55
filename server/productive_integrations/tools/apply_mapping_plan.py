from typing import Annotated

from mcp.server.mcpserver import Elicit, Resolve
from mcp.types import CallToolResult

from productive_integrations.errors import IntegrationsError
from productive_integrations.mappings.apply import apply_plan, own_plan, refuse_expired, used_up
from productive_integrations.mappings.arguments import check_accept
from productive_integrations.mappings.results import said
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.update import approve
from productive_integrations.review import PageAnswer, called_by_page, read_answer
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import StoredPlan

from .approval import Answer, Decision, NotAsked, ask_about, closed_it, said_yes, was_asked
from .base import Ctx, PlanId, RuleIds, Tool, caller_of, next_step, services_of
from .on_page import answer_on_page

_NOT_THE_KEY = "This is not the key of the plan's review page, or it was used before; this call sent nothing."


async def find_plan(ctx: Ctx, plan_id: str, accept: list[str]) -> StoredPlan:
    """The caller's plan."""
    check_accept(tuple(accept))
    stored = await own_plan(services_of(ctx), read_answer(plan_id).plan_id, caller_of(ctx))
    refuse_expired(services_of(ctx), stored)
    return stored


async def ask_person(
    ctx: Ctx, plan_id: str, stored: Annotated[StoredPlan, Resolve(find_plan)]
) -> NotAsked | Elicit[Decision]:
    """In mode `human` a call is no approval, so the person is asked; on the page they have answered."""
    answered = read_answer(plan_id)
    answers_itself = answered.declined or answered.digest is not None or not _needs_a_person(ctx, stored)
    return ask_about(ctx, None if answers_itself else stored.plan)


async def apply_mapping_plan(
    ctx: Ctx,
    plan_id: PlanId,
    accept: RuleIds,
    stored: Annotated[StoredPlan, Resolve(find_plan)],
    given: Annotated[Answer, Resolve(ask_person)],
) -> Annotated[CallToolResult, WriteResult]:
    """Apply a plan that a person has approved. Calling again gives the same receipt, never a second write."""
    services, answered = services_of(ctx), read_answer(plan_id)
    if answered.declined:
        result = await approve(services, stored.plan, yes=False)
    elif was_asked(given):
        result = await approve(services, stored.plan, yes=said_yes(given), closed=closed_it(given))
    elif answered.digest is not None and used_up(stored) is None:
        result = await _answered_on_page(services, stored, answered, tuple(accept))
    elif _needs_a_person(ctx, stored):
        result = _still_waits(stored, f"Nothing was sent. {next_step(ctx, stored.plan)}")
    else:
        result = await apply_plan(services, stored.plan.id, caller_of(ctx), "called", tuple(accept))
    return answer_on_page(ctx, result, stored.plan)


async def _answered_on_page(
    services: Services, stored: StoredPlan, answered: PageAnswer, accept: tuple[str, ...]
) -> WriteResult:
    """Apply what a person approved on the page. A key that led to nothing being sent can be used once more."""
    plan, digest = stored.plan, answered.digest or ""
    if not await services.store.take_key(plan.id, digest):
        return _still_waits(stored, _NOT_THE_KEY)
    try:
        result = await apply_plan(services, plan.id, plan.caller, "asked", accept)
    except IntegrationsError:
        await services.store.give_key(plan.id, digest)
        raise
    if result.outcome == "busy":
        await services.store.give_key(plan.id, digest)
    return result


def _still_waits(stored: StoredPlan, sentence: str) -> WriteResult:
    return said(stored.plan.shown, outcome="approval_required", plan_id=stored.plan.id, next=sentence)


def _needs_a_person(ctx: Ctx, stored: StoredPlan) -> bool:
    return services_of(ctx).approval == "human" and used_up(stored) is None


TOOL = Tool(
    apply_mapping_plan,
    "Apply mapping plan",
    writes=True,
    applies=frozenset({"human", "host", "none"}),
    meta=called_by_page,
)
