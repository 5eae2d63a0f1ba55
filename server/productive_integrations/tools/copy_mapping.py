from typing import Annotated

from mcp.types import CallToolResult

from productive_integrations.mappings.copy import copy_mapping as copy_it
from productive_integrations.mappings.results import said
from productive_integrations.review import shown_on_page
from productive_integrations.schemas.outcome import PlanResult

from .base import Ctx, RecordId, RuleIds, Text, Tool, caller_of, next_step, services_of
from .on_page import answer_on_page, answer_with_key


async def copy_mapping(
    ctx: Ctx, from_integration_id: RecordId, to_integration_id: RecordId, mapping: Text, accept: RuleIds
) -> Annotated[CallToolResult, PlanResult]:
    """Plan to give one integration another's entries; says what has no match. Apply with apply_mapping_plan."""
    services = services_of(ctx)
    prepared = await copy_it(services, from_integration_id, to_integration_id, mapping, caller_of(ctx), tuple(accept))
    if prepared.plan is None:
        return answer_on_page(ctx, prepared.result, None)
    return await answer_with_key(ctx, said(prepared.result, next=next_step(ctx, prepared.plan)), prepared)


TOOL = Tool(copy_mapping, "Copy mapping", writes=True, meta=shown_on_page)
