"""A small host of MCP Apps: it frames the page under a strict policy and speaks the Apps protocol with it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp import Client
from mcp.types import CallToolResult, TextResourceContents

from review.chromium import SECONDS, Chromium, Message, Tab

PAGE = "ui://review/plan.html"
AROUND, FRAMED = "https://host.test/", "https://page.test/"
AROUND_HTML = """<!doctype html><html lang="en"><title>Host</title><link rel="icon" href="data:,">
<style>body { margin: 0 } iframe { display: block; width: 100%; height: 800px; border: 0 }</style>
<iframe title="Review" sandbox="allow-scripts" src="https://page.test/"></iframe>
<script>
  const frame = document.querySelector("iframe");
  addEventListener("message", (event) => event.source === frame.contentWindow && toHost(JSON.stringify(event.data)));
</script></html>"""
FOCUSED = "document.activeElement.id || document.activeElement.value"
CAPABILITIES: Message = {"serverTools": {}, "updateModelContext": {"text": {}}}
# What the protocol tells a host to enforce for a page that names no domain.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' data:; connect-src 'none'; frame-src 'none'; base-uri 'self'"
)


@dataclass
class Host:
    """What the host knows: what the page asked for, and what reached the model.

    Whoever holds `answers` keeps what comes back for the page; `instead` comes back in place of it.
    """

    tab: Tab
    client: Client
    context: Message
    capabilities: Message
    called: list[Message] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Lock = field(default_factory=asyncio.Lock)
    instead: Message | None = None

    async def hear(self, message: Message) -> None:
        method, params = message.get("method"), message.get("params", {})
        match method:
            case "ui/initialize":
                info = {"hostInfo": {"name": "host", "version": "1"}, "protocolVersion": params["protocolVersion"]}
                result = info | {"hostCapabilities": self.capabilities, "hostContext": self.context}
            case "ui/notifications/initialized":
                self.ready.set()
                return
            case "ui/notifications/size-changed":
                height = int(params.get("height") or 0)
                await self.tab.evaluate(f"frame.style.height = '{height}px'", in_frame=False)
                return
            case "tools/call":
                self.called.append(params)
                result = wire(await self.client.call_tool(params["name"], params["arguments"]))
                async with self.answers:
                    if self.instead:
                        await self.post({"jsonrpc": "2.0", "id": message["id"], **self.instead})
                        return
            case "ui/update-model-context" | "ui/message":
                self.told.append("".join(block["text"] for block in params["content"]))
                result = {}
            case _:
                return
        await self.post({"jsonrpc": "2.0", "id": message["id"], "result": result})

    async def post(self, message: Message) -> None:
        await self.tab.evaluate(f"frame.contentWindow.postMessage({json.dumps(message)}, '*')", in_frame=False)

    async def notify(self, name: str, params: Message) -> None:
        await self.post({"jsonrpc": "2.0", "method": f"ui/notifications/{name}", "params": params})

    async def show(self, tool: str, arguments: Message) -> CallToolResult:
        """Call a tool as the model does, and give the page what it is given of it."""
        result = await self.client.call_tool(tool, arguments)
        await self.give(arguments, result)
        return result

    async def give(self, arguments: Message, result: CallToolResult) -> None:
        await self.notify("tool-input", {"arguments": arguments})
        await self.notify("tool-result", wire(result))
        await self.tab.until("!document.getElementById('status').textContent.startsWith('Waiting')")


async def outcome(tab: Tab) -> str:
    """The title of the outcome, once there is one."""
    title = await tab.until("document.getElementById('outcome-title').textContent")
    assert await tab.evaluate(FOCUSED) == "outcome-title"
    return str(title)


def wire(result: CallToolResult) -> Message:
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


@asynccontextmanager
async def shown_in(
    browser: Chromium,
    client: Client,
    *,
    width: int = 900,
    context: Message | None = None,
    capabilities: Message | None = None,
) -> AsyncIterator[Host]:
    """The page, framed and ready."""
    (content,) = (await client.read_resource(PAGE)).contents
    assert isinstance(content, TextResourceContents)
    async with browser.tab(width) as tab:
        tab.served = {
            AROUND: (AROUND_HTML, "default-src * data:; script-src 'unsafe-inline'; style-src 'unsafe-inline'")
        }
        tab.served |= {FRAMED: (content.text, POLICY)}
        can: Any = CAPABILITIES if capabilities is None else capabilities
        host = Host(tab, client, context or {"theme": "light"}, can)
        tab.bound = host.hear
        await tab.send("Page.navigate", url=AROUND)
        await asyncio.wait_for(host.ready.wait(), SECONDS)
        yield host
        assert not tab.errors, tab.errors
        assert not tab.refused, tab.refused
