"""The product as a client sees it: a real client, the real server, the sandbox API over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mcp import Client
from mcp.client.extension import advertise
from mcp.client.session import ClientRequestContext
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

from productive_integrations.app.build import build_server
from productive_integrations.mappings.services import Patience
from productive_integrations.sandbox import Sandbox
from productive_integrations.settings import Settings, read_settings

Generation = Literal["auto", "legacy"]
XERO_UK = "74211"
XERO_NL = "78804"
DESIGN = "600131"
APPS = advertise("io.modelcontextprotocol/ui", {"mimeTypes": ["text/html;profile=mcp-app"]})
IMPATIENT = Patience(stale=0.1, lag=(0.05, 0.1), call=0.6, settle=1.5, floor=0.3, lease=1.0)


@dataclass
class Person:
    """Answers what the client's user is asked, and remembers the questions."""

    action: Literal["accept", "decline", "cancel"] = "accept"
    content: dict[str, Any] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.questions.append(params.message)
        return ElicitResult(action=self.action, content=self.content if self.action == "accept" else None)


@dataclass
class FrontDoor:
    """Opens clients of servers that share one sandbox and one state file."""

    sandbox: Sandbox
    api_url: str
    state: Path
    patience: Patience = IMPATIENT

    def named_settings(self, **changed: str) -> dict[str, str]:
        """Settings for the sandbox by name; `approval="none"` stands for PRODUCTIVE_APPROVAL=none."""
        return {
            "api_token": self.sandbox.token,
            "organization_id": self.sandbox.organization_id,
            "base_url": self.api_url,
            "state": str(self.state),
        } | changed

    def settings(self, **changed: str) -> Settings:
        """The same as a server reads them, with little patience."""
        environment = self.named_settings(**{"wait": "1"} | changed)
        return read_settings({f"PRODUCTIVE_{name.upper()}": value for name, value in environment.items()})

    @asynccontextmanager
    async def client(
        self, generation: Generation = "auto", person: Person | None = None, *, has_page: bool = False, **changed: str
    ) -> AsyncIterator[Client]:
        """A client of a server of its own. With a person it can ask (elicitation); `has_page` if it shows MCP Apps."""
        server = build_server(self.settings(**changed), patience=self.patience)
        asks = person.answer if person else None
        shows = [APPS] if has_page else []
        async with Client(server, mode=generation, elicitation_callback=asks, extensions=shows) as client:
            self.sandbox.requests.clear()
            yield client

    def stored(self, integration_id: str, attribute: str) -> Any:
        """What Productive holds, not what anybody was told."""
        return self.sandbox.integrations[integration_id].attributes[attribute]

    def sent(self, method: str = "PATCH") -> list[Any]:
        """Requests of a method that arrived, in order."""
        return [request for request in self.sandbox.requests if request.method == method]

    def of_record(self, integration_id: str) -> list[str]:
        """The methods of the requests to one integration, in order."""
        return [request.method for request in self.sandbox.requests if request.path.endswith(f"/{integration_id}")]


def text_of(result: CallToolResult) -> str:
    """The text of a result, for clients without structured content and for errors."""
    return "".join(block.text for block in result.content if isinstance(block, TextContent))


def content_of(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a result that is no error."""
    assert not result.is_error, text_of(result)
    content: dict[str, Any] | None = result.structured_content
    assert content is not None
    return content
