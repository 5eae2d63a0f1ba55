"""What all tools have in common: hints, arguments and one way to answer."""

import json
from typing import Any

import httpx
import pytest
from mcp import MCPError
from mcp.types import Tool as Listed

from front_door import DESIGN, XERO_UK, FrontDoor, Generation, content_of, text_of
from mappings.workbench import client_through
from productive_integrations.text import compact
from productive_integrations.tools import TOOLS
from productive_integrations.tools.base import Approval

pytestmark = pytest.mark.anyio
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
READING = {"list_integrations", "get_integration", "check_integration", "list_changes"}
WRITING = {"update_mapping", "apply_mapping_plan", "copy_mapping", "undo_change"}
"""All that the design has; not each of them needs to be there yet."""
LEAST: dict[str, dict[str, Any]] = {
    "list_integrations": {},
    "get_integration": {"integration_id": XERO_UK},
    "update_mapping": {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {DESIGN: "4020"}},
    "apply_mapping_plan": {"plan_id": "plan_0"},
}


async def listed(
    door: FrontDoor, generation: Generation, approval: str = "host", read_only: str = "false"
) -> dict[str, Listed]:
    async with door.client(generation, approval=approval, read_only=read_only) as client:
        return {tool.name: tool for tool in (await client.list_tools()).tools}


@GENERATIONS
@pytest.mark.parametrize("approval", ["human", "host", "none"])
async def test_all_four_hints_are_said_outright(door: FrontDoor, generation: Generation, approval: Approval) -> None:
    tools = await listed(door, generation, approval=approval)

    assert tools.keys() >= LEAST.keys()
    for name, tool in tools.items():
        assert tool.annotations is not None
        hints = tool.annotations.model_dump(by_alias=True, exclude_none=True)
        assert hints.keys() == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
        assert hints["readOnlyHint"] is (name in READING)
        assert hints["openWorldHint"] is True
        may_destroy = name == "apply_mapping_plan" or (approval == "none" and name in WRITING)
        assert hints["destructiveHint"] in {may_destroy, may_destroy and name in LEAST}
        assert tool.title
        assert tool.description


@GENERATIONS
async def test_read_only_mode_has_no_tool_that_writes(door: FrontDoor, generation: Generation) -> None:
    everything = (await listed(door, generation)).keys()

    assert LEAST.keys() <= everything <= READING | WRITING
    assert (await listed(door, generation, read_only="true")).keys() == everything & READING


@pytest.mark.parametrize("name", ["update_mapping", "apply_mapping_plan"])
async def test_in_read_only_mode_a_writing_tool_does_not_exist(door: FrontDoor, name: str) -> None:
    async with door.client(read_only="true") as client:
        with pytest.raises(Exception, match="Unknown tool") as raised:
            await client.call_tool(name, LEAST[name])

    assert getattr(raised.value, "code", None) == -32602
    assert door.sandbox.requests == []


@GENERATIONS
async def test_read_only_mode_leads_nobody_to_an_edit(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation, read_only="true") as client:
        prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
        with pytest.raises(MCPError, match="This server only reads") as raised:
            await client.get_prompt("map_unmapped", {"integration": "74211"})

        assert prompts == ["review_integration", "explain_integration_type"]
        assert raised.value.error.code == -32602
        assert "update_mapping" not in (client.instructions or "")
        assert "only reads" in (client.instructions or "")


@GENERATIONS
async def test_an_unknown_tool_is_the_callers_error(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation) as client:
        with pytest.raises(Exception, match="Unknown tool") as raised:
            await client.call_tool("delete_everything", {})

    assert getattr(raised.value, "code", None) == -32602
    assert door.sandbox.requests == []


@pytest.mark.parametrize("name", LEAST)
async def test_an_unknown_argument_is_refused_by_its_name_and_not_by_its_value(door: FrontDoor, name: str) -> None:
    async with door.client() as client:
        result = await client.call_tool(name, LEAST[name] | {"organization_id": "CANARY"})

    assert result.is_error
    assert '"organization_id"' in text_of(result)
    assert "CANARY" not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize("name", LEAST)
async def test_many_unknown_arguments_are_one_short_error(door: FrontDoor, name: str) -> None:
    async with door.client() as client:
        result = await client.call_tool(name, LEAST[name] | {f"x{number}\u202e": 1 for number in range(300)})

    assert result.is_error
    assert len(text_of(result)) < 500
    assert "\u202e" not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize("name", LEAST)
async def test_arguments_over_256_kb_are_refused_before_anything_is_sent(door: FrontDoor, name: str) -> None:
    first = next(iter(LEAST[name]), "query")
    async with door.client() as client:
        result = await client.call_tool(name, LEAST[name] | {first: "C" * 300_000})

    assert result.is_error
    assert "256 KB" in text_of(result)
    assert door.sandbox.requests == []


class Elsewhere(httpx.AsyncHTTPTransport):
    """The network, but the records of one listing say that they are another organization's."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if not request.url.path.endswith(self._path):
            return response
        document = json.loads(await response.aread())
        for record in document["data"]:
            record["attributes"]["name"] = "CANARY"
            record["relationships"]["organization"] = {"data": {"type": "organizations", "id": "999"}}
        headers = {"content-type": response.headers["content-type"]}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(document).encode()), headers=headers)


@pytest.mark.parametrize(
    "path",
    ["integrations", "service_types", "tax_rates", "subsidiaries", "deal_statuses", "projects", "custom_fields"],
)
async def test_a_listing_of_another_organization_is_an_error_and_none_of_it_is_shown(
    door: FrontDoor, path: str
) -> None:
    async with client_through(door, Elsewhere(path)) as client:
        result = await client.call_tool("check_integration", {})

    assert result.is_error
    assert "another organization" in text_of(result)
    assert "CANARY" not in text_of(result)
    assert any(request.path.endswith(path) for request in door.sandbox.requests)


async def test_text_is_the_structured_content_in_few_characters(door: FrontDoor) -> None:
    async with door.client() as client:
        for name, arguments in LEAST.items():
            result = await client.call_tool(name, arguments)
            if not result.is_error:
                assert text_of(result) == compact(content_of(result))


def test_every_tool_is_one_file_of_its_name() -> None:
    assert {tool.name for tool in TOOLS} >= LEAST.keys()
    for tool in TOOLS:
        assert tool.function.__module__.endswith(f".tools.{tool.name}")
