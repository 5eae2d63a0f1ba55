"""The question to a person, for the tools that may put one."""

from mcp.server.mcpserver import AcceptedElicitation, CancelledElicitation, Elicit, ElicitationResult
from pydantic import BaseModel, ConfigDict, Field

from productive_integrations.mappings.question import question
from productive_integrations.schemas.plan import Plan

from .base import Ctx, can_ask


class Decision(BaseModel):
    """What the person is asked to fill in. Accepting the form as it is means yes."""

    model_config = ConfigDict(title="Approval", json_schema_extra=lambda schema: schema.pop("description", None))

    apply: bool = Field(default=True, title="Apply this change", description="Untick to leave the mapping as it is")


class NotAsked(BaseModel):
    """Nothing was to be asked, or nobody could be."""


Answer = ElicitationResult[Decision | NotAsked]


def ask_about(ctx: Ctx, plan: Plan | None) -> NotAsked | Elicit[Decision]:
    """The question about a plan, where there is one and the client can ask."""
    if plan is None or not can_ask(ctx):
        return NotAsked()
    return Elicit(question(plan), Decision)


def was_asked(given: Answer) -> bool:
    """Whether a person saw the question."""
    return not (isinstance(given, AcceptedElicitation) and isinstance(given.data, NotAsked))


def closed_it(given: Answer) -> bool:
    """Whether a person closed the question without an answer."""
    return isinstance(given, CancelledElicitation)


def said_yes(given: Answer) -> bool:
    """Whether a person approved; dismissing the question is no yes."""
    return isinstance(given, AcceptedElicitation) and isinstance(given.data, Decision) and given.data.apply
