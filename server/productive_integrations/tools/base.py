"""What every tool is made of: argument types, hints, and one way to answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mcp.server.apps import client_supports_apps
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ResourceLink, TextContent, ToolAnnotations
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from productive_integrations.callers import LOCAL
from productive_integrations.mappings.results import fitted, rule_ids, unpassed
from productive_integrations.mappings.services import Services
from productive_integrations.published import Published
from productive_integrations.resources import Resource
from productive_integrations.schemas.edit import Key, Value
from productive_integrations.schemas.outcome import PlanResult
from productive_integrations.schemas.plan import Plan
from productive_integrations.text import compact, scrubbed

Approval = Literal["human", "host", "none"]
_MODERN = "2026-07-28"
_KNOWS_LINKS = "2025-06-18"


def _digits(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_ID_FORM = r"^[1-9][0-9]{0,18}$"
RecordId = Annotated[str, BeforeValidator(_digits), Field(pattern=_ID_FORM)]
OptionalId = Annotated[
    str, BeforeValidator(_digits), Field(pattern=rf"{_ID_FORM}|^$"), WithJsonSchema({"type": "string"})
]
Text = Annotated[str, Field(max_length=200), WithJsonSchema({"type": "string"})]
NumberOrName = Annotated[Text, BeforeValidator(_digits)]
Entries = Annotated[
    dict[Key, Value],
    Field(default_factory=dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
Keys = Annotated[list[Key], Field(default_factory=list), WithJsonSchema({"type": "array", "items": {"type": "string"}})]
RuleIds = Annotated[
    list[Annotated[str, Field(max_length=20)]],
    Field(default_factory=list),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
PlanId = Annotated[str, Field(max_length=80), WithJsonSchema({"type": "string"})]


def described(text: str) -> Any:
    """A description for an argument."""
    return Field(description=text)


Ctx = Context[Services, Any]


@dataclass(frozen=True)
class Tool(Published):
    """A tool: its function carries the arguments too.

    `reports` says that it tells how far it is. `applies` names the approval modes in which a call of it changes the
    mapping with no question of ours; `meta` tells hosts, by approval mode, how it and the review page belong together.
    """

    title: str
    writes: bool = False
    reports: bool = False
    applies: frozenset[Approval] = frozenset()
    meta: Callable[[Approval], dict[str, Any]] | None = None

    def annotations(self, approval: Approval) -> ToolAnnotations:
        """All four hints, said outright. Every tool talks to Productive, a world outside."""
        return ToolAnnotations(
            read_only_hint=not self.writes,
            destructive_hint=approval in self.applies,
            idempotent_hint=True,
            open_world_hint=True,
        )


def services_of(ctx: Ctx) -> Services:
    """What the process works with."""
    return ctx.request_context.lifespan_context


def caller_of(_: Ctx) -> str:
    """Whose plans these are: issuer and subject of the bearer token, or else whoever runs the server."""
    holder = get_access_token()
    return f"{(holder.claims or {})['iss']} {holder.subject}" if holder else LOCAL


def can_ask(ctx: Ctx) -> bool:
    """Whether the client can put a question to its user during this call."""
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    if elicitation is None or (elicitation.form is None and elicitation.url is not None):
        return False
    return (ctx.protocol_version or "") >= _MODERN or ctx.session.can_send_request


_NEXT_STEPS = {
    # whether only a person may approve, whether the client shows the review page
    (False, False): "Show the changes and findings to the person; {then}",
    (False, True): "The person approves on the review page; or tell them the changes and findings, and {then}",
    (True, True): "Only the person applies it: they press Approve on the review page.",
    (True, False): "Only a person's own answer applies it, and this client cannot ask: "
    "use one that can (MCP elicitation or Apps).",
}


def next_step(ctx: Ctx, plan: Plan) -> str:
    """What a plan waits for."""
    has_page = client_supports_apps(ctx)
    only_a_person = services_of(ctx).approval == "human" and (has_page or not can_ask(ctx))
    asking = rule_ids(unpassed(plan.findings, plan.accepted))
    accept = f" and accept naming {asking}" if asking else ""
    then = f"after their yes call apply_mapping_plan with plan_id{accept}."
    return _NEXT_STEPS[only_a_person, has_page].format(then=then)


def links_to(ctx: Ctx, resource: Resource, **values: str) -> tuple[ResourceLink, ...]:
    """Where all of it is that had no room in an answer, for a client that knows such links."""
    if (ctx.protocol_version or "") < _KNOWS_LINKS:
        return ()
    return (ResourceLink(uri=resource.uri.format(**values), name=resource.title, mime_type=resource.mime_type),)


def answer(result: BaseModel, links: tuple[ResourceLink, ...] = ()) -> CallToolResult:
    """A result as structured content and, for clients without it, as the same JSON in few characters."""
    result = fitted(result) if isinstance(result, PlanResult) else result
    content = scrubbed(result.model_dump(mode="json", exclude_none=True, exclude_defaults=True))
    text = TextContent(type="text", text=compact(content))
    return CallToolResult(content=[text, *links], structured_content=content)
