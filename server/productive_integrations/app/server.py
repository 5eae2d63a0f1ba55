"""The SDK's server, made strict and terse."""

import logging
from typing import Any

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult, InputRequiredResult
from pydantic import ValidationError

from productive_integrations.errors import IntegrationsError
from productive_integrations.mappings.services import Services
from productive_integrations.text import compact, quoted, scrubbed, visible

MAX_ARGUMENTS = 256 * 1024
MAX_ERROR = 1000
_log = logging.getLogger(__name__)


class Server(MCPServer[Services]):
    """Refuses unknown arguments by name, and is the one place where a failure becomes text for a model.

    `services` are there while it runs.
    """

    services: Services | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.middleware.append(_fit_to_leave)

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Services, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Run a tool. Raises ToolError with a sentence of ours, MCPError for a tool that does not exist."""
        tool = self._tool_manager.get_tool(name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {quoted(name)}")
        known = list(tool.parameters.get("properties", {}))
        if unknown := [quoted(argument) for argument in arguments if argument not in known]:
            raise ToolError(f"Unknown argument {', '.join(unknown[:5])}. Allowed: {', '.join(known)}.")
        if len(compact(arguments).encode("utf-8", "surrogatepass")) > MAX_ARGUMENTS:
            raise ToolError("The arguments are larger than 256 KB; split the edit.")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            raise _in_our_words(error, name, writes=not _reads_only(tool.annotations)) from error


async def _fit_to_leave(ctx: ServerRequestContext[Services, Any], call_next: CallNext) -> HandlerResult:
    """The SDK's own errors repeat what the client sent, at any length, and half a surrogate pair ends the process."""
    try:
        result: HandlerResult = scrubbed(await call_next(ctx))
    except MCPError as error:
        data = error.error.data
        if len(compact(data)) > MAX_ERROR:
            data = None
        raise MCPError(error.error.code, visible(error.error.message[:MAX_ERROR]), scrubbed(data)) from error
    except ValidationError:
        raise
    except Exception as error:
        _log.exception("%s failed for a reason of its own", quoted(ctx.method))
        raise MCPError(INTERNAL_ERROR, "A defect of this server; its log has the details.") from error
    return result


def _reads_only(annotations: Any) -> bool:
    return bool(annotations and annotations.read_only_hint)


def _in_our_words(error: ToolError, name: str, *, writes: bool) -> ToolError:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return ToolError(_wrong_arguments(cause))
    if isinstance(cause, IntegrationsError):
        return ToolError(visible(str(cause)))
    if isinstance(error, UnexpectedToolError):
        _log.error("%s failed for a reason of its own", name, exc_info=cause)
        text = f"{name} failed because of a defect of this server; its log has the details."
        if writes:
            text += " A write may have arrived: look with get_integration before trying again."
        return ToolError(text)
    return error


def _wrong_arguments(error: ValidationError) -> str:
    """Which argument is wrong and what it must be; its value is the caller's and is not repeated."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    sentences = []
    for problem in problems[:5]:
        place = ".".join(quoted(str(part), 40).strip('"') for part in problem["loc"] if part != "[key]")
        wanted = _FORMS.get(problem["type"]) or problem["msg"].replace("Input should", "should").rstrip(".")
        sentences.append(f"{place}: {wanted}.")
    return " ".join(sentences)


_FORMS = {
    "missing": "it is required",
    "string_type": "it must be text",
    "string_pattern_mismatch": "it must be an id of ASCII digits, such as 42",
    "dict_type": "it must be an object",
    "list_type": "it must be a list",
}
