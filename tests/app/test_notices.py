"""What clients hear of a write, and that an open stream does not keep a server from ending."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client, MCPError
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.shared.subscriptions import ResourceUpdated
from mcp.types import ResourceUpdatedNotification

from front_door import XERO_NL, XERO_UK, FrontDoor, content_of
from mappings.workbench import ACCOUNTS, HASTY, eventually, patching, plan, the_end
from processes import PATIENCE, Wire, free_port, started, until
from productive_integrations.app.build import build_server

pytestmark = pytest.mark.anyio
INTEGRATION = f"productive://integrations/{XERO_UK}"
MAPPING = f"{INTEGRATION}/mappings/{ACCOUNTS}"
OTHER = f"productive://integrations/{XERO_NL}"
EDIT = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {"Design": "4020"}}
QUICK = 8.0
"""Seconds for an end in good order; waiting for open streams would take 30."""


async def heard(client: Client, uris: list[str]) -> list[str]:
    """What a listener to these hears of one write by somebody else."""
    said: list[str] = []
    async with client.listen(resource_subscriptions=uris) as stream:
        assert content_of(await client.call_tool("update_mapping", EDIT))["outcome"] == "applied"
        with anyio.move_on_after(0.5):
            async for event in stream:
                assert isinstance(event, ResourceUpdated)
                said.append(event.uri)
    return said


async def test_a_listener_hears_what_a_write_may_have_changed(door: FrontDoor) -> None:
    async with door.client(approval="none") as client:
        said = await heard(client, [OTHER, INTEGRATION, MAPPING, "productive://integrations"])

    assert sorted(said) == sorted([INTEGRATION, MAPPING, "productive://integrations"])


async def test_a_subscriber_of_the_older_protocol_hears_the_same_until_it_unsubscribes(door: FrontDoor) -> None:
    said: list[str] = []

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            said.append(str(message.params.uri))

    server = build_server(door.settings(approval="none"), patience=door.patience)
    async with Client(server, mode="legacy", message_handler=hear) as client:
        assert client.server_capabilities.resources is not None
        assert client.server_capabilities.resources.subscribe is True
        for uri in (INTEGRATION, MAPPING, OTHER):
            with pytest.warns(MCPDeprecationWarning):
                await client.subscribe_resource(uri)
        with pytest.warns(MCPDeprecationWarning):
            await client.unsubscribe_resource(INTEGRATION)
        assert content_of(await client.call_tool("update_mapping", EDIT))["outcome"] == "applied"

        async def told() -> bool:
            return bool(said)

        await eventually(told)

    assert said == [MAPPING]


async def test_nobody_hears_of_an_edit_that_sent_nothing(door: FrontDoor) -> None:
    said: list[str] = []
    async with door.client() as client, client.listen(resource_subscriptions=[INTEGRATION, MAPPING]) as stream:
        await plan(client)
        with anyio.move_on_after(0.3):
            said.append(str(await anext(aiter(stream))))

    assert said == []


async def test_a_write_that_is_unclear_is_told_at_once_and_again_when_it_is_settled(door: FrontDoor) -> None:
    door.patience = HASTY
    door.sandbox.faults.append(patching("late_commit", seconds=0.6))
    outcomes: list[str] = []
    async with door.client() as client, client.listen(resource_subscriptions=[MAPPING]) as stream:
        plan_id = await plan(client)

        async def call() -> None:
            outcomes.append(content_of(await client.call_tool("apply_mapping_plan", {"plan_id": plan_id}))["outcome"])

        async with anyio.create_task_group() as calling:
            calling.start_soon(call)
            with anyio.fail_after(PATIENCE):
                await anext(aiter(stream))
                await anext(aiter(stream))
        outcomes.append((await the_end(client, plan_id))["outcome"])

    assert outcomes == ["unknown", "applied"]


async def test_a_server_that_is_ending_ends_its_streams_and_opens_no_more(door: FrontDoor) -> None:
    server = build_server(door.settings(), patience=door.patience)
    async with Client(server) as client, client.listen(resource_subscriptions=[MAPPING]) as stream:
        server.hang_up()
        rest = [event async for event in stream]
        with pytest.raises(MCPError, match="This server is ending"):
            async with client.listen(resource_subscriptions=[MAPPING]):
                pass

    assert rest == []


@contextmanager
def serving(errors: Path) -> Iterator[tuple[Wire, str]]:
    """A demo server over HTTP that applies edits at once, and the address of its MCP."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/healthz", trust_env=False).is_success
        except httpx.ConnectError:
            return False

    with started(errors, "http", "--demo", "--port", str(port), approval="none") as wire:
        until(answers, "serving")
        yield wire, f"{url}/mcp"


def ended_quickly(wire: Wire, number: signal.Signals) -> bool:
    began = time.monotonic()
    wire.process.send_signal(number)
    return wire.process.wait(PATIENCE) == 0 and time.monotonic() - began < QUICK


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_open_streams_over_http_end_with_the_server_in_good_order(number: signal.Signals, tmp_path: Path) -> None:
    with serving(tmp_path / "stderr") as (wire, url):
        async with Client(url) as client, client.listen(resource_subscriptions=[MAPPING]) as stream:
            assert content_of(await client.call_tool("update_mapping", EDIT))["outcome"] == "applied"
            first = await anext(aiter(stream))
            ended = await anyio.to_thread.run_sync(ended_quickly, wire, number)
            rest = [event async for event in stream]

    assert first == ResourceUpdated(uri=MAPPING)
    assert ended
    assert rest == []
    assert "Traceback" not in (tmp_path / "stderr").read_text()


async def test_a_subscriber_of_the_older_protocol_over_http_hears_and_keeps_no_server_from_ending(
    tmp_path: Path,
) -> None:
    said: list[str] = []

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            said.append(str(message.params.uri))

    async def told() -> bool:
        return bool(said)

    with serving(tmp_path / "stderr") as (wire, url):
        async with Client(url, mode="legacy", message_handler=hear) as client:
            with pytest.warns(MCPDeprecationWarning):
                await client.subscribe_resource(MAPPING)
            assert content_of(await client.call_tool("update_mapping", EDIT))["outcome"] == "applied"
            await eventually(told, PATIENCE)
            ended = await anyio.to_thread.run_sync(ended_quickly, wire, signal.SIGTERM)

    assert said == [MAPPING]
    assert ended
    assert "Traceback" not in (tmp_path / "stderr").read_text()


def test_an_open_stream_on_stdio_ends_with_the_server_in_good_order(tmp_path: Path) -> None:
    envelope = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
    }
    listen = {"notifications": {"resourceSubscriptions": [MAPPING]}, "_meta": envelope}
    with started(tmp_path / "stderr", "--demo") as wire:
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": listen})
        assert b"notifications/subscriptions/acknowledged" in wire.line()

        assert ended_quickly(wire, signal.SIGTERM)
    assert "Traceback" not in (tmp_path / "stderr").read_text()
