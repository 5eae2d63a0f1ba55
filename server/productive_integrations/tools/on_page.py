"""What a result brings along for the review page, which no model sees."""

from mcp.server.apps import client_supports_apps
from mcp.types import CallToolResult

from productive_integrations.mappings.results import fitted
from productive_integrations.mappings.room import Room
from productive_integrations.mappings.update import Prepared
from productive_integrations.review import PAGE_META, new_key
from productive_integrations.schemas.outcome import PlanResult
from productive_integrations.schemas.plan import Plan
from productive_integrations.text import scrubbed

from .base import Ctx, answer, services_of

PAGE_BYTES = 1_000_000


def answer_on_page(ctx: Ctx, result: PlanResult, plan: Plan | None) -> CallToolResult:
    """The result, and for a client with the page the plan's place and the rows that the answer had no room for."""
    answered = answer(result)
    if client_supports_apps(ctx):
        about = _about(plan) if plan else {}
        answered.meta = {PAGE_META: scrubbed(about | {"rest": _left_out(result)})}
    return answered


async def answer_with_key(ctx: Ctx, result: PlanResult, prepared: Prepared) -> CallToolResult:
    """The same for a plan that waits. Where only a person may approve, the page gets the key to say that one did."""
    answered = answer_on_page(ctx, result, prepared.plan)
    if prepared.plan and answered.meta and services_of(ctx).approval == "human":
        key, digest = new_key()
        await services_of(ctx).store.give_key(prepared.plan.id, digest)
        answered.meta[PAGE_META]["key"] = key
    return answered


def _about(plan: Plan) -> dict[str, object]:
    return {
        "place": plan.place,
        "mapping": plan.edit.mapping,
        "reason": plan.edit.reason or "",
        "expires": plan.expires,
    }


def _left_out(result: PlanResult) -> dict[str, list[object]]:
    shown, room = fitted(result), Room(PAGE_BYTES)
    rest = {
        "findings": result.findings[len(shown.findings) :],
        "differences": result.differences[len(shown.differences) :],
        "changes": result.changes[len(shown.changes) :],
    }
    return {name: [row.model_dump(mode="json") for row in room.fit(rows)] for name, rows in rest.items() if rows}
