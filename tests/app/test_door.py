"""Who is let in, by where the server is bound, the names in a request, and the token: one table, real processes."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from mcp import Client
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from front_door import XERO_UK, FrontDoor, text_of
from issuer import HEADERS, READ, WRITE, Issuer, issuing
from processes import PATIENCE, Wire, free_port, run, started, until
from productive_integrations.app.build import build_server

OWN = "https://mcp.example.com"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the case in question

# Bind, with OAuth or not; Host; Origin; the status without a token, and with a good one. `-`: it does not start.
# Once it has started, what counts first is Host (421), then Origin (403), then the token (401).
TABLE = """
127.0.0.1        127.0.0.1                    http://localhost:6274          200 200
127.0.0.1        127.0.0.1                    https://mcp.example.com        403 403
127.0.0.1        mcp.example.com              http://localhost:6274          421 421
127.0.0.1        mcp.example.com              https://mcp.example.com        421 421
127.0.0.1        evil.example                 http://localhost:6274          421 421
127.0.0.1        evil.example                 https://mcp.example.com        421 421
127.0.0.1        mcp.example.com.evil.example http://localhost:6274          421 421
127.0.0.1        mcp.example.com.evil.example https://mcp.example.com        421 421
127.0.0.1+oauth  127.0.0.1                    https://mcp.example.com        401 200
127.0.0.1+oauth  127.0.0.1                    https://evil.example           403 403
127.0.0.1+oauth  mcp.example.com              https://mcp.example.com        401 200
127.0.0.1+oauth  mcp.example.com              https://evil.example           403 403
127.0.0.1+oauth  evil.example                 https://mcp.example.com        421 421
127.0.0.1+oauth  evil.example                 https://evil.example           421 421
127.0.0.1+oauth  mcp.example.com.evil.example https://mcp.example.com        421 421
127.0.0.1+oauth  mcp.example.com.evil.example https://evil.example           421 421
0.0.0.0          127.0.0.1                    http://localhost:6274          -   -
0.0.0.0          127.0.0.1                    https://mcp.example.com        -   -
0.0.0.0          mcp.example.com              http://localhost:6274          -   -
0.0.0.0          mcp.example.com              https://mcp.example.com        -   -
0.0.0.0          evil.example                 http://localhost:6274          -   -
0.0.0.0          evil.example                 https://mcp.example.com        -   -
0.0.0.0          mcp.example.com.evil.example http://localhost:6274          -   -
0.0.0.0          mcp.example.com.evil.example https://mcp.example.com        -   -
0.0.0.0+oauth    127.0.0.1                    https://mcp.example.com        401 200
0.0.0.0+oauth    127.0.0.1                    https://evil.example           403 403
0.0.0.0+oauth    mcp.example.com              https://mcp.example.com        401 200
0.0.0.0+oauth    mcp.example.com              https://evil.example           403 403
0.0.0.0+oauth    evil.example                 https://mcp.example.com        421 421
0.0.0.0+oauth    evil.example                 https://evil.example           421 421
0.0.0.0+oauth    mcp.example.com.evil.example https://mcp.example.com        421 421
0.0.0.0+oauth    mcp.example.com.evil.example https://evil.example           421 421
"""
ROWS = [tuple(line.split()) for line in TABLE.strip().splitlines()]
CASES = [
    (bind, host, origin, token, expected)
    for bind, host, origin, *both in ROWS
    for token, expected in zip(("none", "good"), both, strict=True)
]


@pytest.fixture(name="http", scope="module")
def _http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=PATIENCE) as http:
        yield http


@pytest.fixture(name="issuer", scope="module")
def _issuer() -> Iterator[Issuer]:
    with issuing(f"{OWN}/mcp") as issuer:
        yield issuer


def serving(http: httpx.Client, wire: Wire, url: str) -> bool:
    assert wire.process.poll() is None, wire.errors.read_text()
    try:
        return http.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(name="served", scope="module")
def _served(http: httpx.Client, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of a server for each bind that may be."""
    folder, served = tmp_path_factory.mktemp("door"), {}
    with ExitStack() as stack:
        wires = []
        for bind in ("127.0.0.1", "127.0.0.1+oauth", "0.0.0.0+oauth"):
            host, _, oauth = bind.partition("+")
            port, settings = free_port(), issuer.settings if oauth else {}
            arguments = ("http", "--demo", "--host", host, "--port", str(port))
            wires.append(stack.enter_context(started(folder / bind, *arguments, **settings)))
            served[bind] = f"http://127.0.0.1:{port}"
        for wire, url in zip(wires, served.values(), strict=True):
            until(lambda wire=wire, url=url: serving(http, wire, url), "serving")
        yield served
        for wire in wires:
            wire.process.send_signal(signal.SIGTERM)
            assert wire.process.wait(PATIENCE) == 0
            assert "Traceback" not in wire.errors.read_text()


@pytest.fixture(name="refused", scope="module")
def _refused() -> str:
    """What a start says that may not be."""
    ended = run("http", "--demo", "--host", EVERYWHERE, "--port", str(free_port()))
    assert ended.returncode == 2
    return ended.stderr


def test_the_table_has_64_cases_and_none_twice() -> None:
    assert len(CASES) == len({case[:4] for case in CASES}) == 64


@pytest.mark.parametrize(("bind", "host", "origin", "token", "expected"), CASES)
def test_each_combination_of_bind_host_origin_and_token_has_its_answer(
    http: httpx.Client,
    served: dict[str, str],
    refused: str,
    issuer: Issuer,
    bind: str,
    host: str,
    origin: str,
    token: str,
    expected: str,
) -> None:
    if expected == "-":
        assert bind not in served
        assert refused.startswith("productive-integrations-mcp: --host: without bearer tokens ")
        return
    headers = HEADERS | {"Host": host, "Origin": origin}
    if token == "good":
        headers["Authorization"] = f"Bearer {issuer.token(scope=READ)}"

    answer = http.post(f"{served[bind]}/mcp", json=HELLO, headers=headers)

    assert answer.status_code == int(expected)
    assert ("www-authenticate" in answer.headers) == (expected == "401")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("mcp.example.com", 200),
        ("mcp.example.com:443", 200),
        ("mcp.example.com:8000", 421),
        ("localhost:8000", 200),
        ("[::1]:8000", 200),
        ("example.com", 421),
        ("xmcp.example.com", 421),
        ("192.0.2.1", 421),
        ("", 421),
    ],
)
def test_of_other_names_only_the_resources_own_is_answered(
    http: httpx.Client, served: dict[str, str], issuer: Issuer, host: str, status: int
) -> None:
    headers = HEADERS | {"Host": host, "Authorization": f"Bearer {issuer.token()}"}

    assert http.post(f"{served['0.0.0.0+oauth']}/mcp", json=HELLO, headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/", "/mcp/more", "//mcp", "/MCP", "/.well-known/openid-configuration"])
def test_nothing_else_is_served(http: httpx.Client, served: dict[str, str], path: str) -> None:
    assert http.post(f"{served['0.0.0.0+oauth']}{path}", json=HELLO, headers=HEADERS).status_code == 404


def test_in_read_only_there_is_no_scope_for_writing(http: httpx.Client, issuer: Issuer, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = ("http", "--demo", "--port", str(port))
    with started(tmp_path / "stderr", *arguments, read_only="true", **issuer.settings) as wire:
        until(lambda: serving(http, wire, url), "serving")
        known = http.get(f"{url}/.well-known/oauth-protected-resource/mcp").json()

    assert known["scopes_supported"] == [READ]


def test_without_the_issuers_keys_nobody_is_judged_and_the_server_is_not_ready(
    http: httpx.Client, issuer: Issuer, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    nowhere = issuer.settings | {"oauth_jwks_url": f"http://127.0.0.1:{free_port()}/keys"}
    with started(tmp_path / "stderr", "http", "--demo", "--port", str(port), **nowhere) as wire:
        until(lambda: serving(http, wire, url), "serving")
        headers = HEADERS | {"Authorization": f"Bearer {issuer.token()}"}
        answer = http.post(f"{url}/mcp", json=HELLO, headers=headers)
        ready = http.get(f"{url}/readyz")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert (ready.status_code, ready.json()) == (503, {"status": "issuer"})
    assert json.dumps(nowhere["oauth_jwks_url"]) not in (tmp_path / "stderr").read_text()


@pytest.mark.parametrize(
    ("tool", "scopes", "refused"),
    [
        ("list_integrations", None, READ),
        ("update_mapping", None, WRITE),
        ("list_integrations", [], READ),
        ("update_mapping", [READ], WRITE),
        ("list_integrations", [READ], None),
    ],
)
@pytest.mark.anyio
async def test_the_server_looks_at_the_scope_itself_whatever_the_gate_let_through(
    door: FrontDoor, tool: str, scopes: list[str] | None, refused: str | None
) -> None:
    server = build_server(door.settings(), patience=door.patience)
    server.needs_token = True
    holder = AccessToken(token="", client_id="", scopes=scopes or [], subject="ana", claims={"iss": "x"})
    let_in = auth_context_var.set(AuthenticatedUser(holder) if scopes is not None else None)
    try:
        async with Client(server) as client:
            edit = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}
            result = await client.call_tool(tool, edit if tool == "update_mapping" else {})
    finally:
        auth_context_var.reset(let_in)

    assert result.is_error is (refused is not None)
    assert not refused or text_of(result) == f"This takes a bearer token with the scope {refused}."
    assert not refused or door.sandbox.requests == []
