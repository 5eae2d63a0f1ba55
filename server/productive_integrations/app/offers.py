"""Resources, prompts and completions in the words of the protocol."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from mcp import MCPError
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    GetPromptResult,
    PromptArgument,
    PromptMessage,
    PromptReference,
    ReadResourceResult,
    ResourceTemplateReference,
    TextContent,
    TextResourceContents,
)
from mcp.types import Prompt as ListedPrompt
from mcp.types import Resource as ListedResource
from mcp.types import ResourceTemplate as ListedTemplate

from productive_integrations.errors import CallerError, IntegrationsError
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.suggest import Suggest, matching
from productive_integrations.prompts import PROMPTS, Prompt
from productive_integrations.resources import RESOURCES, Resource
from productive_integrations.text import quoted, visible

MAX_COMPLETIONS = 100
MAX_URI = 500
FRESH_MS = 600_000
"""What is the same for everybody changes with the server alone."""
CACHE_HINTS: Mapping[CacheableMethod, CacheHint] = {
    "prompts/list": CacheHint(FRESH_MS, "public"),
    "resources/list": CacheHint(FRESH_MS, "public"),
    "resources/templates/list": CacheHint(FRESH_MS, "public"),
    "server/discover": CacheHint(FRESH_MS, "public"),
    "tools/list": CacheHint(FRESH_MS, "private"),
}
_log = logging.getLogger(__name__)


def listed_resources() -> list[ListedResource]:
    """Resources with a fixed address."""
    return [
        ListedResource(
            uri=one.uri, name=one.name, title=one.title, description=one.description, mime_type=one.mime_type
        )
        for one in RESOURCES
        if not one.variables
    ]


def listed_templates() -> list[ListedTemplate]:
    """Resources with variables in their address."""
    return [
        ListedTemplate(
            uri_template=one.uri, name=one.name, title=one.title, description=one.description, mime_type=one.mime_type
        )
        for one in RESOURCES
        if one.variables
    ]


async def read(services: Services, uri: str) -> ReadResourceResult:
    """The resource at an address of ours. Raises MCPError."""
    shown = visible(uri[:MAX_URI])
    with _in_our_words("Reading this resource", {"uri": shown}):
        resource, values = _found(uri)
        text = await resource.function(services, **values)
    scope: Literal["public", "private"] = "public" if resource.shared else "private"
    return ReadResourceResult(
        contents=[TextResourceContents(uri=uri, text=text, mime_type=resource.mime_type)],
        ttl_ms=FRESH_MS if resource.shared else 0,
        cache_scope=scope,
    )


def _found(uri: str) -> tuple[Resource, dict[str, str]]:
    for resource in RESOURCES if len(uri) <= MAX_URI else ():
        values = resource.values(uri)
        if values is not None:
            return resource, values
    raise unknown_resource(uri)


def unknown_resource(uri: str) -> MCPError:
    """The caller's error."""
    return MCPError(INVALID_PARAMS, f"Unknown resource: {quoted(uri)}", {"uri": visible(uri[:MAX_URI])})


def listed_prompts(*, editing: bool) -> list[ListedPrompt]:
    """Every prompt with its arguments; without those that lead to an edit where there is none."""
    return [
        ListedPrompt(
            name=one.name,
            title=one.title,
            description=one.description,
            arguments=[
                PromptArgument(name=name, description=argument.description, required=one.required(name))
                for name, argument in one.arguments.items()
            ],
        )
        for one in PROMPTS
        if editing or not one.edits
    ]


async def prompt(services: Services, name: str, arguments: Mapping[str, Any], *, editing: bool) -> GetPromptResult:
    """A prompt for these arguments. Raises MCPError."""
    with _in_our_words("This prompt"):
        found = _prompt_named(name)
        if found.edits and not editing:
            raise MCPError(INVALID_PARAMS, f"Unknown prompt: {quoted(name)}. This server only reads.")
        text = await found.text(services, {key: str(value) for key, value in arguments.items()})
    message = PromptMessage(role="user", content=TextContent(type="text", text=visible(text)))
    return GetPromptResult(description=found.description, messages=[message])


def _prompt_named(name: str) -> Prompt:
    for one in PROMPTS:
        if one.name == name:
            return one
    raise MCPError(INVALID_PARAMS, f"Unknown prompt: {quoted(name)}")


async def complete(
    services: Services,
    ref: PromptReference | ResourceTemplateReference,
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion:
    """What may complete an argument of a prompt or template. Raises MCPError."""
    suggest = _suggestions(ref).get(argument.name)
    if suggest is None:
        raise MCPError(INVALID_PARAMS, f"Unknown argument: {quoted(argument.name)}")
    with _in_our_words("Completing this argument"):
        choices = await suggest(services, (context.arguments if context else None) or {})
    return _completion([visible(value) for value in matching(choices, argument.value)])


def _suggestions(ref: PromptReference | ResourceTemplateReference) -> dict[str, Suggest]:
    if isinstance(ref, PromptReference):
        return {name: argument.suggest for name, argument in _prompt_named(ref.name).arguments.items()}
    for resource in RESOURCES:
        if resource.uri == ref.uri:
            return {name: variable.suggest for name, variable in resource.variables.items()}
    raise MCPError(INVALID_PARAMS, f"Unknown resource template: {quoted(ref.uri)}")


def _completion(values: Iterable[str]) -> Completion:
    every = list(values)
    return Completion(values=every[:MAX_COMPLETIONS], total=len(every), has_more=len(every) > MAX_COMPLETIONS)


@contextmanager
def _in_our_words(what: str, data: dict[str, str] | None = None) -> Iterator[None]:
    """Turn what goes wrong into an error of the protocol: our own sentence, or that the log has the details."""
    try:
        yield
    except MCPError:
        raise
    except IntegrationsError as error:
        code = INVALID_PARAMS if isinstance(error, CallerError) else INTERNAL_ERROR
        raise MCPError(code, visible(str(error)), data) from error
    except Exception as error:
        # The SDK would tell the client the text of any other exception.
        _log.exception("%s failed for a reason of its own", what)
        text = f"{what} failed because of a defect of this server; its log has the details."
        raise MCPError(INTERNAL_ERROR, text, data) from error
