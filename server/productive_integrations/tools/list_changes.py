from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from productive_integrations.mappings.changes import list_changes as list_them
from productive_integrations.resources.change import RESOURCE as CHANGE
from productive_integrations.schemas.view import ChangeList

from .base import Ctx, OptionalId, Text, Tool, answer, links_to, services_of


async def list_changes(
    ctx: Ctx,
    integration_id: OptionalId = "",
    limit: Annotated[int, Field(ge=1, le=100, strict=True)] = 20,
    cursor: Text = "",
) -> Annotated[CallToolResult, ChangeList]:
    """List changes made through this server: who, when, old and new, and whether it is stored."""
    found = await list_them(services_of(ctx), integration_id, limit, cursor)
    cut = [link for one in found.changes if one.omitted for link in links_to(ctx, CHANGE, id=one.change_id)]
    return answer(found, tuple(cut))


TOOL = Tool(list_changes, "List changes")
