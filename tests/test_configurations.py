"""What the README says to put into a client's settings, started as it stands there."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from front_door import FrontDoor, content_of
from issuer import issuing
from postgres import empty_database
from processes import PATIENCE, free_port, started, until

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
IN_A_CLONE = "/path/to/clone/.venv/bin/"
TEAM = README.partition("## For a team")[2].partition("\n## ")[0]


def servers() -> list[dict[str, Any]]:
    """The one server of each block, whatever a client calls the list."""
    found = []
    for block in map(json.loads, re.findall(r"```json\n(.*?)```", README, re.DOTALL)):
        [entry] = [entry for name in ("mcpServers", "servers") for entry in block.get(name, {}).items()]
        assert entry[0] == "productive"
        found.append(entry[1])
    return found


LOCAL = [server for server in servers() if "command" in server]
REMOTE = [server for server in servers() if "url" in server]


def filled_in(value: str, known: Mapping[str, str]) -> str:
    """A value as the client passes it on: what a person typed, or what a reference stands for."""
    return re.sub(r"^\$\{(?:env:|input:)?([\w-]+)\}$", lambda found: known[found[1]], value)


def test_there_is_a_block_for_each_client() -> None:
    assert len(LOCAL) == 4
    assert len(REMOTE) == 3
    for name in ("Claude Desktop", "Claude Code", "VS Code", "Cursor", "custom connector"):
        assert name in README


@pytest.mark.anyio
@pytest.mark.parametrize("server", LOCAL, ids=json.dumps)
async def test_a_local_configuration_starts_a_server_that_reads_the_organization(
    door: FrontDoor, server: dict[str, Any], tmp_path: Path
) -> None:
    token, number = door.sandbox.token, door.sandbox.organization_id
    known = {"PRODUCTIVE_API_TOKEN": token, "PRODUCTIVE_ORGANIZATION_ID": number, "productive-token": token}
    shown = {name: filled_in(value, known) for name, value in server["env"].items()}
    shown = {name: token if value == "your token" else value for name, value in shown.items()}
    assert shown == {"PRODUCTIVE_API_TOKEN": token, "PRODUCTIVE_ORGANIZATION_ID": number}
    assert server["command"].startswith(IN_A_CLONE)
    assert set(server) <= {"type", "command", "env"}
    program = Path(sys.executable).with_name(server["command"].removeprefix(IN_A_CLONE))
    assert program.exists(), "the package is not installed here"

    elsewhere = {"PRODUCTIVE_BASE_URL": door.api_url, "PRODUCTIVE_STATE": str(door.state)}
    parameters = StdioServerParameters(command=str(program), env=shown | elsewhere)
    with (tmp_path / "stderr").open("w") as errors:
        async with Client(stdio_client(parameters, errlog=errors)) as client:
            tools = (await client.list_tools()).tools
            rows = content_of(await client.call_tool("list_integrations", {"type": "xero"}))["integrations"]

    assert len(tools) == 8
    assert {row["name"] for row in rows} >= {"Xero UK", "Xero NL"}


@contextmanager
def as_shown_for_a_team(door: FrontDoor, state: str, folder: Path) -> Iterator[tuple[int, str]]:
    """The server started by the lines in the README, with an issuer that exists: its port, and a token."""
    [lines] = re.findall(r"```sh\n(export .*?)```", TEAM, re.DOTALL)
    shown = dict(re.findall(r"(PRODUCTIVE_\w+)=(\S+)", lines))
    settings = {name.removeprefix("PRODUCTIVE_").lower(): value for name, value in shown.items()}
    [words] = re.findall(r"^productive-integrations-mcp (http .*)$", lines, re.MULTILINE)
    port = free_port()
    assert "--port 8000" in words
    with issuing(settings["oauth_audience"]) as issuer:
        assert issuer.url == settings["oauth_issuer"]
        real = door.named_settings(state=state, oauth_jwks_url=issuer.jwks_url)
        with started(folder / "stderr", *words.replace("8000", str(port)).split(), **settings | real) as wire:
            yield port, issuer.token()
            wire.process.terminate()
            assert wire.process.wait(PATIENCE) == 0


def without_a_token(url: str, host: str) -> httpx.Response:
    """The answer once the server answers at all."""

    def answered() -> httpx.Response | None:
        try:
            return http.post(url, json={})
        except httpx.TransportError:
            return None

    with httpx.Client(trust_env=False, headers={"Host": host}, timeout=PATIENCE) as http:
        answer: httpx.Response = until(answered, "serving")
        return answer


@pytest.mark.anyio
async def test_the_remote_configurations_reach_the_server_that_is_shown_for_a_team(
    door: FrontDoor, postgres: str, tmp_path: Path
) -> None:
    audience = re.findall(r"OAUTH_AUDIENCE=(\S+)", TEAM)
    assert [server["url"] for server in REMOTE] == audience * 3
    with as_shown_for_a_team(door, empty_database(postgres), tmp_path) as (port, token):
        address = urlsplit(audience[0])
        # A proxy in front of it passes Host on.
        headers = {"Host": address.netloc, "Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{port}{address.path}"
        refused = without_a_token(url, address.netloc)
        async with (
            httpx2.AsyncClient(headers=headers, timeout=PATIENCE, trust_env=False) as browser,
            Client(streamable_http_client(url, http_client=browser)) as client,
        ):
            rows = content_of(await client.call_tool("list_integrations", {"type": "xero"}))["integrations"]

    assert refused.status_code == 401
    assert f'resource_metadata="https://{address.netloc}/.well-known' in refused.headers["www-authenticate"]
    assert {row["name"] for row in rows} >= {"Xero UK", "Xero NL"}
