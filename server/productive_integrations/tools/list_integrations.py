from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from productive_integrations.errors import InvalidArgument
from productive_integrations.mappings.read import Question
from productive_integrations.mappings.read import list_integrations as list_them
from productive_integrations.providers import type_named
from productive_integrations.schemas.view import IntegrationList

from .base import Ctx, NumberOrName, OptionalId, Text, Tool, answer, described, services_of

MAX_ROWS = 200


def _status_number(value: object) -> object:
    if str(value) not in {"", "1", "2"}:
        raise PydanticCustomError("project_status", "it must be 1 for active or 2 for archived")
    return str(value)


ProjectStatus = Annotated[OptionalId, BeforeValidator(_status_number)]


async def list_integrations(
    ctx: Ctx,
    type: Annotated[NumberOrName, described("Integration type: number or name")] = "",
    state: Literal["any", "active", "inactive"] = "any",
    subsidiary_id: OptionalId = "",
    project_id: OptionalId = "",
    project_status: Annotated[ProjectStatus, described("1 active, 2 archived")] = "",
    deal_id: OptionalId = "",
    jira_organization: Text = "",
    jira_project: Text = "",
    query: Annotated[Text, described("Part of a name or type")] = "",
    sort: Literal["id", "-id", "created_at", "-created_at"] = "id",
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS, strict=True)] = 50,
    cursor: Annotated[Text, described("next_cursor of the page before")] = "",
) -> Annotated[CallToolResult, IntegrationList]:
    """List the organization's integrations, with how many entries each mapping in use has."""
    filters = {
        "integration_type_id": _type_number(type) if type else "",
        "subsidiary_id": subsidiary_id,
        "project_id": project_id,
        "project_status": project_status,
        "deal_id": deal_id,
        "jira_organization": jira_organization,
        "jira_project": jira_project,
    }
    question = Question(tuple((name, value) for name, value in filters.items() if value), state, query, sort)
    return answer(await list_them(services_of(ctx), question, limit, cursor))


def _type_number(text: str) -> str:
    provider = type_named(text)
    if provider is None:
        raise InvalidArgument("type", "no integration type has this number or name; try xero or 3.")
    return str(provider.type_id)


TOOL = Tool(list_integrations, "List integrations")
