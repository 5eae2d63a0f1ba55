"""The official Python client, 1.x."""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client


async def main(way: str, words: list[str]) -> None:
    transport = (
        stdio_client(StdioServerParameters(command=words[0], args=words[1:]))
        if way == "stdio"
        else streamablehttp_client(words[0])
    )
    async with transport as streams, ClientSession(streams[0], streams[1]) as session:
        hello = await session.initialize()
        tools = (await session.list_tools()).tools
        listed = await session.call_tool("list_integrations", {"type": "xero"})
        planned = await session.call_tool("update_mapping", json.loads(sys.stdin.readline()))
    said = {"protocol": hello.protocolVersion, "tools": len(tools)}
    said |= {"integrations": len(listed.structuredContent["integrations"])}
    print(json.dumps(said | {"outcome": planned.structuredContent["outcome"]}))


asyncio.run(main(sys.argv[1], sys.argv[2:]))
