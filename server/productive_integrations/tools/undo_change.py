from typing import Annotated

from mcp.types import CallToolResult

from productive_integrations.mappings.results import said
from productive_integrations.mappings.undo import undo_change as undo_it
from productive_integrations.review import shown_on_page
from productive_integrations.schemas.outcome import PlanResult

from .base import Ctx, PlanId, RuleIds, Tool, caller_of, next_step, services_of
from .on_page import answer_on_page, answer_with_key


async def undo_change(ctx: Ctx, change_id: PlanId, accept: RuleIds) -> Annotated[CallToolResult, PlanResult]:
    """Plan to take a change back. Apply with apply_mapping_plan."""
    prepared = await undo_it(services_of(ctx), change_id, caller_of(ctx), tuple(accept))
    if prepared.plan is None:
        return answer_on_page(ctx, prepared.result, None)
    return await answer_with_key(ctx, said(prepared.result, next=next_step(ctx, prepared.plan)), prepared)


TOOL = Tool(undo_change, "Undo change", writes=True, meta=shown_on_page)
