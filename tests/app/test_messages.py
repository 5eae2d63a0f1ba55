"""A message that can be read in two ways is read in none."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from front_door import XERO_UK, FrontDoor
from processes import PATIENCE, Wire, free_port, serves, started, until

EDIT = '"integration_id":"74211","mapping":"account_code_mapping"'
CALL = '{"jsonrpc":"2.0","id":71,"method":"tools/call","params":{"name":"update_mapping","arguments":{%s}}}'
TWO_WAYS = pytest.mark.parametrize(
    ("text", "number", "key"),
    [
        (CALL % f'{EDIT},"set":{{"Design":"4020","Design":"4030"}}', 71, '"Design"'),
        (CALL % f'"integration_id":"78804",{EDIT},"set":{{"Design":"4030"}}', 71, '"integration_id"'),
        (CALL % f'{EDIT},"set":{{"Design":"4020","\\u0044esign":"4020"}}', 71, '"Design"'),
        (CALL % f'{EDIT},"set":{{"\\u202e":"1","\\u202e":"2"}}', 71, '"\\u{202e}"'),
        (CALL % f'{EDIT},"set":{{"id":"1","id":"2"}}', 71, '"id"'),
        (CALL.replace('"id":71', '"id":71,"id":72') % EDIT, None, '"id"'),
        (CALL.replace('"id":71', '"id":71,"method":"ping"') % EDIT, 71, '"method"'),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)


@pytest.fixture(name="wire")
def _wire(door: FrontDoor, tmp_path: Path) -> Iterator[Wire]:
    with started(tmp_path / "stderr", **door.named_settings(approval="none")) as wire:
        wire.shake_hands(elicitation={})
        yield wire


@TWO_WAYS
def test_a_message_that_gives_a_key_twice_is_refused_over_pipes_and_the_key_named(
    door: FrontDoor, wire: Wire, text: str, number: int | None, key: str
) -> None:
    wire.stdin.write(text.encode() + b"\n")
    wire.stdin.flush()
    answer = json.loads(wire.line())

    assert (answer["id"], answer["error"]["code"]) == (number, -32600)
    assert f"gives the key {key} twice" in answer["error"]["message"]
    assert wire.ask("ping")["result"] == {}
    assert door.sandbox.requests == []


@pytest.fixture(name="address", scope="module")
def _address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    errors = tmp_path_factory.mktemp("messages") / "stderr"
    with started(errors, "http", "--demo", "--port", str(port), approval="none") as wire:
        with httpx.Client(trust_env=False, timeout=PATIENCE) as browser:
            until(lambda: serves(browser, wire, f"http://127.0.0.1:{port}/healthz"), "serving")
        yield f"http://127.0.0.1:{port}/mcp"
        wire.process.send_signal(signal.SIGTERM)
        assert wire.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
@TWO_WAYS
def test_a_message_that_gives_a_key_twice_is_refused_over_http_and_the_key_named(
    address: str, version: str, text: str, number: int | None, key: str
) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    with httpx.Client(trust_env=False, timeout=PATIENCE) as browser:
        answer = browser.post(address, content=text, headers=headers | {"MCP-Protocol-Version": version})

    assert answer.status_code == 400
    assert (answer.json()["id"], answer.json()["error"]["code"]) == (number, -32600)
    assert f"gives the key {key} twice" in answer.json()["error"]["message"]


def test_a_persons_answer_that_says_yes_and_no_counts_as_neither(door: FrontDoor, tmp_path: Path) -> None:
    with started(tmp_path / "stderr", **door.named_settings()) as wire:
        wire.shake_hands(elicitation={})
        call = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}
        params = {"name": "update_mapping", "arguments": call}
        wire.send({"jsonrpc": "2.0", "id": 70, "method": "tools/call", "params": params})
        question = json.loads(wire.line())["id"]
        both = f'{{"jsonrpc":"2.0","id":{question},"result":{{"action":"decline","action":"accept","content":{{}}}}}}\n'
        wire.stdin.write(both.encode())
        wire.send({"jsonrpc": "2.0", "id": question, "result": {"action": "decline"}})
        answer = json.loads(wire.line())

    assert answer["id"] == 70
    assert answer["result"]["structuredContent"]["outcome"] == "declined"
    assert door.sent("PATCH") == []
