from typing import Annotated

from mcp.types import CallToolResult

from productive_integrations.mappings.check import check_integrations
from productive_integrations.schemas.view import CheckResult
from productive_integrations.text import visible

from .base import Ctx, OptionalId, Tool, answer, described, services_of


async def check_integration(
    ctx: Ctx, integration_id: Annotated[OptionalId, described("Blank: all")] = ""
) -> Annotated[CallToolResult, CheckResult]:
    """Find what is wrong in stored mappings: keys gone or archived, unmapped tax rates, odd codes, missing defaults."""

    async def report(done: int, name: str) -> None:
        await ctx.report_progress(done, message=visible(name))

    return answer(await check_integrations(services_of(ctx), integration_id, report))


TOOL = Tool(check_integration, "Check integration")
