"""The SDK's server, made strict and terse."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from mcp import MCPError
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolResult,
    Completion,
    CompletionArgument,
    CompletionContext,
    GetPromptResult,
    InputRequiredResult,
    PromptReference,
    ReadResourceRequestParams,
    ReadResourceResult,
    ResourceTemplateReference,
)
from mcp.types import Prompt as ListedPrompt
from mcp.types import Resource as ListedResource
from mcp.types import ResourceTemplate as ListedTemplate
from pydantic import ValidationError

from productive_integrations.errors import IntegrationsError
from productive_integrations.mappings.services import Services
from productive_integrations.resources import SCHEME
from productive_integrations.text import compact, quoted, scrubbed, visible

from . import offers
from .bearer import READ, WRITE, opens
from .pulse import signs_of_life

MAX_ARGUMENTS = 256 * 1024
MAX_ERROR = 1000
_ODD_ANSWER = "an accepted elicitation"
"""Part of how the SDK says that the content of an answer does not fit."""
_log = logging.getLogger(__name__)


class Server(MCPServer[Services]):
    """Refuses unknown arguments by name, and is the one place where a failure becomes text for a model.

    `services` are there while it runs; `hang_up` ends what clients keep open. Once it `needs_token`, each call has to
    come with a bearer token for it.
    """

    services: Services | None = None
    needs_token = False
    read_only = False
    hang_up: Callable[[], None] = staticmethod(lambda: None)
    report_themselves: frozenset[str] = frozenset()
    """Tools that say how far they are, so that no other signs of life are sent."""

    def editing_tools(self) -> frozenset[str]:
        """Names of the tools that do more than read."""
        return frozenset(tool.name for tool in self._tool_manager.list_tools() if not _reads_only(tool.annotations))

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
        needed = READ if _reads_only(tool.annotations) else WRITE
        if self.needs_token and not opens(get_access_token(), needed):
            raise ToolError(f"This takes a bearer token with the scope {needed}.")
        try:
            if context is None or name in self.report_themselves:
                return await super().call_tool(name, arguments, context)
            async with signs_of_life(context.session):
                return await super().call_tool(name, arguments, context)
        except ToolError as error:
            raise _in_our_words(error, name, writes=not _reads_only(tool.annotations)) from error

    async def list_resources(self) -> list[ListedResource]:
        """Resources with a fixed address."""
        return [*offers.listed_resources(), *await super().list_resources()]

    async def list_resource_templates(self) -> list[ListedTemplate]:
        """Resources with variables in their address."""
        return [*offers.listed_templates(), *await super().list_resource_templates()]

    async def _handle_read_resource(
        self, ctx: ServerRequestContext[Services, Any], params: ReadResourceRequestParams
    ) -> ReadResourceResult | InputRequiredResult:
        # Where the SDK sends the contents on, because a cache hint for one resource has no other place.
        if not params.uri.startswith(SCHEME):
            if all(str(one.uri) != params.uri for one in await super().list_resources()):
                raise offers.unknown_resource(params.uri)
            return await super()._handle_read_resource(ctx, params)
        async with signs_of_life(ctx.session):
            return await offers.read(self._running(), params.uri)

    async def list_prompts(self) -> list[ListedPrompt]:
        """Every prompt with its arguments."""
        return offers.listed_prompts(editing=not self.read_only)

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Services, Any] | None = None
    ) -> GetPromptResult:
        """A prompt for these arguments. Raises MCPError, which names the argument that is wrong."""
        async with signs_of_life(context.session) if context else nullcontext():
            return await offers.prompt(self._running(), name, arguments or {}, editing=not self.read_only)

    async def complete(
        self,
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        """What may complete an argument of a prompt or template."""
        return await offers.complete(self._running(), ref, argument, context)

    def _running(self) -> Services:
        if self.services is None:
            raise MCPError(INTERNAL_ERROR, "This server is starting or ending; try again.")
        return self.services


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
        # The SDK tells a client of the older protocol the text of any exception.
        _log.exception("%s failed for a reason of its own", quoted(ctx.method))
        raise MCPError(INTERNAL_ERROR, "A defect of this server; its log has the details.") from error
    return result


def _reads_only(annotations: Any) -> bool:
    return bool(annotations and annotations.read_only_hint)


def _in_our_words(error: ToolError, name: str, *, writes: bool) -> ToolError:
    cause = error.__cause__
    if _ODD_ANSWER in str(error):
        return ToolError("The answer to the question was neither a yes nor a no, so nothing was sent. Call again.")
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
