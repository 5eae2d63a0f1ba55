"""An agent of pydantic-ai, whose model is a script: it calls two tools and repeats what they said."""

import asyncio
import json
import sys

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

EDIT = json.loads(sys.stdin.readline())
CALLS = [("list_integrations", {"type": "xero"}), ("update_mapping", EDIT)]


def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    told = [part.content for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
    if len(told) < len(CALLS):
        name, arguments = CALLS[len(told)]
        return ModelResponse(parts=[ToolCallPart(name, arguments)])
    listed, planned = (part if isinstance(part, dict) else json.loads(part) for part in told)
    said = {"protocol": "not told", "tools": len(info.function_tools), "integrations": len(listed["integrations"])}
    return ModelResponse(parts=[TextPart(json.dumps(said | {"outcome": planned["outcome"]}))])


async def main(way: str, words: list[str]) -> None:
    server = StdioTransport(words[0], words[1:]) if way == "stdio" else words[0]
    agent = Agent(FunctionModel(model), toolsets=[MCPToolset(server)])
    async with agent:
        print((await agent.run("Book Design on 8020.")).output)


asyncio.run(main(sys.argv[1], sys.argv[2:]))
