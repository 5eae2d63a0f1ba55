from typing import Annotated

from mcp.types import CallToolResult

from productive_integrations.mappings.read import Section
from productive_integrations.mappings.read import get_integration as get_it
from productive_integrations.resources.mapping import RESOURCE as MAPPING
from productive_integrations.schemas.view import IntegrationView

from .base import Ctx, RecordId, Text, Tool, answer, described, links_to, services_of


async def get_integration(
    ctx: Ctx,
    integration_id: RecordId,
    section: Section = "summary",
    mapping: Annotated[Text, described("One mapping in full, with all that is unmapped")] = "",
) -> Annotated[CallToolResult, IntegrationView]:
    """Read one integration: mappings with names, what is unmapped and the default it falls back to, settings."""
    view = await get_it(services_of(ctx), integration_id, section, mapping)
    cut = mapping and view.mappings[mapping].omitted
    return answer(view, links_to(ctx, MAPPING, id=integration_id, mapping=mapping) if cut else ())


TOOL = Tool(get_integration, "Get integration")
