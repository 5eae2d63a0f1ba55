from typing import Annotated

from mcp.types import CallToolResult

from productive_integrations.mappings.copy import copy_mapping as copy_it
from productive_integrations.mappings.results import said
from productive_integrations.schemas.outcome import PlanResult

from .base import Ctx, RecordId, RuleIds, Text, Tool, answer, caller_of, next_step, services_of


async def copy_mapping(
    ctx: Ctx, from_integration_id: RecordId, to_integration_id: RecordId, mapping: Text, accept: RuleIds
) -> Annotated[CallToolResult, PlanResult]:
    """Plan to give one integration another's entries; says what has no match. Apply with apply_mapping_plan."""
    services = services_of(ctx)
    prepared = await copy_it(services, from_integration_id, to_integration_id, mapping, caller_of(ctx), tuple(accept))
    if prepared.plan is None:
        return answer(prepared.result)
    return answer(said(prepared.result, next=next_step(ctx)))


TOOL = Tool(copy_mapping, "Copy mapping", writes=True)
