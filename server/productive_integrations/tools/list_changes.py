from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from productive_integrations.mappings.changes import list_changes as list_them
from productive_integrations.schemas.view import ChangeList

from .base import Ctx, OptionalId, Text, Tool, answer, services_of


async def list_changes(
    ctx: Ctx,
    integration_id: OptionalId = "",
    limit: Annotated[int, Field(ge=1, le=100, strict=True)] = 20,
    cursor: Text = "",
) -> Annotated[CallToolResult, ChangeList]:
    """List changes made through this server: who, when, old and new, and whether it is stored."""
    return answer(await list_them(services_of(ctx), integration_id, limit, cursor))


TOOL = Tool(list_changes, "List changes")
