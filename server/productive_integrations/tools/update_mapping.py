from typing import Annotated

from mcp.server.mcpserver import Elicit, Resolve
from mcp.types import CallToolResult
from pydantic import Field, WithJsonSchema

from productive_integrations.mappings.results import said
from productive_integrations.mappings.update import Prepared, approve, prepare, update_now
from productive_integrations.review import shown_on_page
from productive_integrations.schemas.edit import Edit, Value
from productive_integrations.schemas.outcome import WriteResult

from .approval import Answer, Decision, NotAsked, ask_about, closed_it, said_yes, was_asked
from .base import (
    Ctx,
    Entries,
    Keys,
    RecordId,
    RuleIds,
    Text,
    Tool,
    caller_of,
    described,
    next_step,
    services_of,
)
from .on_page import answer_on_page, answer_with_key

# Declared as text alone, since the SDK reads text given for anything else as JSON: a default "null" would be lost.
Default = Annotated[Value, WithJsonSchema({"type": "string"})]
Reason = Annotated[str, Field(max_length=500), WithJsonSchema({"type": "string"})]


def edit_asked_for(
    integration_id: str,
    mapping: str,
    set: dict[str, str],
    remove: list[str],
    expect: dict[str, str],
    default: str | None,
    reason: str | None,
) -> Edit:
    """The arguments as one edit."""
    return Edit(
        integration_id=integration_id,
        mapping=mapping,
        set=set,
        remove=tuple(remove),
        expect=expect,
        default=default,
        reason=reason,
    )


async def plan_it(ctx: Ctx, edit: Annotated[Edit, Resolve(edit_asked_for)], accept: list[str]) -> Prepared | None:
    """The edit as a plan; none in mode `none`, where the call itself carries it out."""
    services = services_of(ctx)
    if services.approval == "none":
        return None
    return await prepare(services, edit, caller_of(ctx), tuple(accept), answered=ctx.input_responses is not None)


async def ask_person(ctx: Ctx, prepared: Annotated[Prepared | None, Resolve(plan_it)]) -> NotAsked | Elicit[Decision]:
    """Put the plan to the person, where the client can."""
    return ask_about(ctx, prepared.plan if prepared else None)


async def update_mapping(
    ctx: Ctx,
    integration_id: RecordId,
    mapping: Annotated[Text, described("Attribute name, such as account_code_mapping")],
    set: Annotated[Entries, described("Key to value; ids or names on Productive's side")],
    remove: Annotated[Keys, described("Keys to unmap")],
    expect: Annotated[Entries, described("Key to the value it must have now")],
    accept: Annotated[RuleIds, described("Rules a person agreed to after they were reported")],
    edit: Annotated[Edit, Resolve(edit_asked_for)],
    prepared: Annotated[Prepared | None, Resolve(plan_it)],
    given: Annotated[Answer, Resolve(ask_person)],
    default: Annotated[Default, described("Value for unmapped keys")] = None,  # type: ignore[assignment]
    reason: Reason = None,  # type: ignore[assignment]
) -> Annotated[CallToolResult, WriteResult]:
    """Change entries of one mapping; all others stay. Checked first, then applied once a person approves."""
    services = services_of(ctx)
    if prepared is None:
        return answer_on_page(ctx, await update_now(services, edit, caller_of(ctx), tuple(accept)), None)
    if prepared.plan is None:
        return answer_on_page(ctx, prepared.result, None)
    if was_asked(given):
        result = await approve(services, prepared.plan, yes=said_yes(given), closed=closed_it(given))
        return answer_on_page(ctx, result, prepared.plan)
    return await answer_with_key(ctx, said(prepared.result, next=next_step(ctx, prepared.plan)), prepared)


TOOL = Tool(update_mapping, "Update mapping", writes=True, applies=frozenset({"none"}), meta=shown_on_page)
