import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from mcp import Client

from front_door import DESIGN, XERO_UK, FrontDoor, Generation, Person, content_of, text_of
from processes import PATIENCE, asks, free_port, serves, started, until
from productive_integrations.app.build import open_services
from productive_integrations.app.http import _Readiness, listen
from productive_integrations.sandbox import Fault, Sandbox, running

GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "raw", "version": "1"},
    },
}
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[httpx.Client]:
    """A plain HTTP client that no proxy of this machine gets in the way of."""
    with httpx.Client(trust_env=False, timeout=PATIENCE) as browser:
        yield browser


@pytest.fixture(name="served", scope="module")
def _served(browser: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one demo server that all tests here share; it must not matter who came before."""
    port = free_port()
    errors = tmp_path_factory.mktemp("http") / "stderr"
    with started(errors, "http", "--demo", "--port", str(port), log_level="DEBUG") as wire:
        url = f"http://127.0.0.1:{port}"
        until(lambda: serves(browser, wire, f"{url}/readyz"), "serving")
        yield url
        wire.process.send_signal(signal.SIGTERM)
        assert wire.process.wait(PATIENCE) == 0
        assert wire.line() == b""
    assert "Traceback" not in errors.read_text()
    assert "sandbox-token" not in errors.read_text()


def post(browser: httpx.Client, served: str, **headers: str) -> httpx.Response:
    named = {name.capitalize(): value for name, value in headers.items()}
    return browser.post(f"{served}/mcp", json=HELLO, headers=HEADERS | named)


@GENERATIONS
@pytest.mark.anyio
async def test_a_client_lists_reads_edits_and_asks_its_person_over_http(served: str, generation: Generation) -> None:
    person, value = Person(), {"auto": "4030", "legacy": "4020"}[generation]
    edit = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": value}}

    async with Client(f"{served}/mcp", mode=generation, elicitation_callback=asks(person)) as client:
        rows = content_of(await client.call_tool("list_integrations", {}))["integrations"]
        outcome = content_of(await client.call_tool("update_mapping", edit))
        after = await client.call_tool(
            "get_integration", {"integration_id": XERO_UK, "mapping": "account_code_mapping"}
        )

    assert len({row["type"] for row in rows}) == 31
    assert outcome["outcome"] == "applied"
    assert len(person.questions) == 1
    assert f'["{DESIGN}","Design","{value}"]' in text_of(after)


@GENERATIONS
@pytest.mark.anyio
async def test_a_persons_no_over_http_changes_nothing(served: str, generation: Generation) -> None:
    edit = {"integration_id": XERO_UK, "mapping": "expense_account_code_mapping", "set": {"Travel": "7502"}}

    async with Client(f"{served}/mcp", mode=generation, elicitation_callback=asks(Person("decline"))) as client:
        outcome = content_of(await client.call_tool("update_mapping", edit))
        shown = await client.call_tool(
            "get_integration", {"integration_id": XERO_UK, "mapping": "expense_account_code_mapping"}
        )

    assert outcome["outcome"] == "declined"
    assert '["600402","Travel","7400"]' in text_of(shown)


@GENERATIONS
@pytest.mark.anyio
async def test_a_client_that_cannot_ask_gets_a_plan_and_applies_it_over_http(
    served: str, generation: Generation
) -> None:
    value = {"auto": "5200", "legacy": "5210"}[generation]
    edit = {"integration_id": XERO_UK, "mapping": "expense_account_code_mapping", "set": {"Hosting": value}}

    async with Client(f"{served}/mcp", mode=generation) as client:
        planned = content_of(await client.call_tool("update_mapping", edit))
        assert planned["outcome"] == "approval_required"
        plan = {"plan_id": planned["plan_id"]}
        applied = content_of(await client.call_tool("apply_mapping_plan", plan))

    async with Client(f"{served}/mcp", mode=generation) as client:
        again = content_of(await client.call_tool("apply_mapping_plan", plan))

    assert applied["outcome"] == "applied"
    assert again == applied


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:4711", 200),
        ("localhost", 200),
        ("localhost:80", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8000", 421),
        ("192.0.2.1", 421),
        ("192.168.0.7:8000", 421),
        ("", 421),
    ],
)
def test_only_this_machines_own_names_are_answered(browser: httpx.Client, served: str, host: str, status: int) -> None:
    assert post(browser, served, host=host).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://127.0.0.1:3000", 200),
        ("http://localhost:6274", 200),
        ("http://localhost", 200),
        ("https://evil.example", 403),
        ("http://evil.example:3000", 403),
        ("http://localhost.evil.example", 403),
        ("http://127.0.0.1.evil.example:80", 403),
        ("null", 403),
        ("file://", 403),
    ],
)
def test_only_pages_of_this_machine_may_call(
    browser: httpx.Client, served: str, origin: str | None, status: int
) -> None:
    headers = {"origin": origin} if origin else {}

    assert post(browser, served, **headers).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_health_check_says_ok(browser: httpx.Client, served: str, path: str) -> None:
    answer = browser.get(served + path)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/mcp"])
def test_a_name_of_another_machine_gets_no_health_check_with_details(
    browser: httpx.Client, served: str, path: str
) -> None:
    answer = browser.get(served + path, headers={"Host": "evil.example"})

    assert "28417" not in answer.text
    assert "sandbox-token" not in answer.text


def test_nothing_is_served_on_other_paths(browser: httpx.Client, served: str) -> None:
    for path in ("/", "/mcp/../etc", "/api/v2/integrations", "/_sandbox/requests", "/docs", "/openapi.json"):
        assert browser.get(served + path).status_code == 404


def test_a_request_that_is_no_message_is_the_callers_error(browser: httpx.Client, served: str) -> None:
    for body in (b"", b"hello", b"[]", b"{}", b"null"):
        answer = browser.post(f"{served}/mcp", content=body, headers=HEADERS)
        assert 400 <= answer.status_code < 500
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("body", "number", "code"),
    [
        (b"hello", None, -32700),
        (b"[" * 100_000, None, -32700),
        (b"[]", None, -32600),
        (b'{"jsonrpc":"2.0","id":71}', 71, -32600),
        (b'{"jsonrpc":"2.0","id":71,"method":"tools/list","params":{"cursor":"\\ud800"}}', 71, -32600),
        (b'{"jsonrpc":"2.0","id":"a","method":"ping","params":{"a":"\xff"}}', "a", -32600),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else None,
)
@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
def test_what_is_no_message_is_refused_in_our_words_with_its_id_where_it_has_one(
    browser: httpx.Client, served: str, version: str, body: bytes, number: object, code: int
) -> None:
    headers = HEADERS | {"MCP-Protocol-Version": version}

    answer = browser.post(f"{served}/mcp", content=body, headers=headers)

    assert answer.status_code == 400
    assert (answer.json()["id"], answer.json()["error"]["code"]) == (number, code)
    assert "ydantic" not in answer.text
    assert "input" not in answer.text


@pytest.mark.parametrize("framed", ["by length", "in chunks"])
def test_a_body_beyond_4_mb_is_refused_and_the_next_one_served(browser: httpx.Client, served: str, framed: str) -> None:
    body = json.dumps(HELLO | {"params": {"a": "x" * 4 * 1024 * 1024}}).encode()
    content = body if framed == "by length" else iter([body[:100_000], body[100_000:]])

    answer = browser.post(f"{served}/mcp", content=content, headers=HEADERS)

    assert answer.status_code == 413
    assert answer.text == "A message may have 4 MB at most."
    assert post(browser, served).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_leave_without_nagles_delay(host: str) -> None:
    # asyncio looks at the protocol's number before it switches the delay off.
    with listen(host, 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockname()[0] == host


def test_the_older_protocol_gets_its_own_version(browser: httpx.Client, served: str) -> None:
    answer = post(browser, served)
    data = next(line for line in answer.text.splitlines() if line.startswith(("data: {", "{")))

    assert json.loads(data.removeprefix("data: "))["result"]["protocolVersion"] == "2025-06-18"


def test_not_ready_is_said_with_503_while_the_api_is_down(browser: httpx.Client, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    sandbox = Sandbox()
    with running(sandbox) as api_url:
        down = api_url
    settings = {"api_token": sandbox.token, "organization_id": sandbox.organization_id, "base_url": down}
    errors = tmp_path / "stderr"
    with started(errors, "http", "--port", str(port), state=str(tmp_path / "state.sqlite"), **settings) as wire:
        until(lambda: serves(browser, wire, f"{url}/healthz"), "serving")
        answer = browser.get(f"{url}/readyz")

        assert browser.get(f"{url}/healthz").status_code == 200
        assert (answer.status_code, answer.json()) == (503, {"status": "productive"})
        assert sandbox.token not in answer.text
        wire.process.send_signal(signal.SIGINT)
        assert wire.process.wait(PATIENCE) == 0
    assert "Traceback" not in errors.read_text()


def test_not_ready_is_said_with_503_while_the_state_cannot_be_used(
    api_url: str, browser: httpx.Client, tmp_path: Path
) -> None:
    port, errors, state = free_port(), tmp_path / "stderr", tmp_path / "state.sqlite"
    state.write_bytes(b"this is no database" * 200)
    settings = {"api_token": Sandbox.token, "organization_id": Sandbox().organization_id, "base_url": api_url}
    with started(errors, "http", "--port", str(port), state=str(state), **settings) as wire:
        until(lambda: serves(browser, wire, f"http://127.0.0.1:{port}/healthz"), "serving")
        answer = browser.get(f"http://127.0.0.1:{port}/readyz")

    assert (answer.status_code, answer.json()) == (503, {"status": "state"})
    assert "PRODUCTIVE_STATE: the state file cannot be used" in errors.read_text()
    assert "Reading goes on" in errors.read_text()
    assert "Traceback" not in errors.read_text()


def test_not_ready_is_said_with_503_while_the_token_is_refused(browser: httpx.Client, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    sandbox = Sandbox()
    with running(sandbox) as api_url:
        settings = {"api_token": "CANARY-token", "organization_id": sandbox.organization_id, "base_url": api_url}
        errors = tmp_path / "stderr"
        with started(errors, "http", "--port", str(port), state=str(tmp_path / "state.sqlite"), **settings) as wire:
            until(lambda: serves(browser, wire, f"{url}/healthz"), "serving")
            answer = browser.get(f"{url}/readyz")

    assert answer.status_code == 503
    assert "CANARY" not in answer.text
    assert "CANARY" not in errors.read_text()


@pytest.mark.anyio
async def test_whoever_asks_for_readiness_at_once_is_told_by_one_look(door: FrontDoor) -> None:
    readiness = _Readiness()
    async with open_services(door.settings()) as services:
        said = await asyncio.gather(*(readiness.missing(services, None) for _ in range(50)))
        looks = len(door.sandbox.requests)

    assert said == [None] * 50
    assert looks == 1


@pytest.mark.anyio
async def test_a_request_limit_that_is_used_up_takes_no_process_out_of_service(door: FrontDoor) -> None:
    door.sandbox.faults.append(Fault(kind="status_429", seconds=30))
    async with open_services(door.settings()) as services:
        assert await _Readiness().missing(services, None) is None
    assert door.sandbox.requests


def test_a_demo_that_is_ended_leaves_no_folder_behind(
    browser: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, errors, folder = free_port(), tmp_path / "stderr", tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    with started(errors, "http", "--demo", "--port", str(port)) as wire:
        until(lambda: serves(browser, wire, f"http://127.0.0.1:{port}/healthz"), "serving")
        assert list(folder.iterdir())
        wire.process.send_signal(signal.SIGTERM)
        ended = wire.process.wait(PATIENCE)

    assert list(folder.iterdir()) == []
    assert ended == 0
