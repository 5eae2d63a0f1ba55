import contextlib
import json
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from front_door import DESIGN, XERO_UK, FrontDoor, Generation, Person, content_of, text_of
from processes import PATIENCE, Wire, answering, asks, command, environment, started, until, without_streams
from productive_integrations.sandbox import Fault

EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])


@pytest.fixture(name="wire")
def _wire(tmp_path: Path) -> Iterator[Wire]:
    with started(tmp_path / "stderr", "--demo") as wire:
        yield wire


@pytest.fixture(name="open_wire", scope="module")
def _open_wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """One server for the tests that leave it as it was."""
    with started(tmp_path_factory.mktemp("stdio") / "stderr", "--demo") as wire:
        wire.shake_hands()
        yield wire


@GENERATIONS
@pytest.mark.anyio
async def test_a_client_lists_reads_edits_and_asks_its_person_over_pipes(
    generation: Generation, tmp_path: Path
) -> None:
    person = Person()
    parameters = StdioServerParameters(command=command()[0], args=command("--demo")[1:], env=environment())
    with (tmp_path / "stderr").open("w+") as errors:
        transport = stdio_client(parameters, errlog=errors)
        async with Client(transport, mode=generation, elicitation_callback=asks(person)) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            rows = content_of(await client.call_tool("list_integrations", {}))["integrations"]
            [xero] = content_of(
                await client.call_tool("list_integrations", {"type": "xero", "subsidiary_id": "11204"})
            )["integrations"]
            before = content_of(await client.call_tool("get_integration", {"integration_id": xero["id"]}))
            outcome = content_of(await client.call_tool("update_mapping", EDIT))
            after = await client.call_tool(
                "get_integration", {"integration_id": XERO_UK, "mapping": "account_code_mapping"}
            )
        errors.seek(0)
        logged = errors.read()

    assert {"list_integrations", "get_integration", "update_mapping", "apply_mapping_plan"} <= names
    assert len({row["type"] for row in rows}) == 31
    assert before["mappings"]["account_code_mapping"]["unmapped"] > 0
    assert outcome["outcome"] == "applied"
    assert len(person.questions) == 1
    assert f'["{DESIGN}","Design","4030"]' in text_of(after)
    assert "Traceback" not in logged
    assert "sandbox-token" not in logged


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25"])
def test_a_client_of_an_older_protocol_is_served_in_its_version(wire: Wire, version: str) -> None:
    hello = wire.shake_hands(version)
    tools = wire.ask("tools/list")["result"]["tools"]
    edit = {"name": "update_mapping", "arguments": EDIT}
    planned = wire.ask("tools/call", **edit)["result"]["structuredContent"]
    apply = {"name": "apply_mapping_plan", "arguments": {"plan_id": planned["plan_id"]}}
    applied = wire.ask("tools/call", **apply)["result"]

    assert hello["protocolVersion"] == version
    assert hello["serverInfo"]["name"] == "productive-integrations"
    assert hello["instructions"]
    assert "tools" in hello["capabilities"]
    assert len(tools) >= 4
    assert planned["outcome"] == "approval_required"
    assert applied["structuredContent"]["outcome"] == "applied"
    assert json.loads(applied["content"][0]["text"]) == applied["structuredContent"]


def test_a_question_over_the_older_protocol_is_asked_during_the_call(wire: Wire) -> None:
    wire.shake_hands(elicitation={})
    call = {"name": "update_mapping", "arguments": EDIT}
    wire.send({"jsonrpc": "2.0", "id": 70, "method": "tools/call", "params": call})

    question = json.loads(wire.line())
    assert question["method"] == "elicitation/create"
    assert '"Design" (600131): "4010" → "4030"' in question["params"]["message"]
    wire.send({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {"apply": True}}})
    answer = json.loads(wire.line())

    assert answer["id"] == 70
    assert answer["result"]["structuredContent"]["outcome"] == "applied"


def test_an_unknown_tool_and_an_unknown_method_are_errors_of_the_protocol(open_wire: Wire) -> None:
    assert open_wire.ask("tools/call", name="nothing", arguments={})["error"]["code"] == -32602
    assert open_wire.ask("tools/nothing")["error"]["code"] in {-32601, -32602}


def test_lines_that_are_no_message_do_not_stop_the_server(open_wire: Wire) -> None:
    for line in (b"\n", b"hello\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b'{"jsonrpc":"2.0","id":5}\n', b"null\n"):
        open_wire.stdin.write(line)
    open_wire.stdin.flush()

    assert open_wire.ask("tools/list")["result"]["tools"]


@pytest.mark.parametrize(
    ("line", "number", "code"),
    [
        (b"hello", None, -32700),
        (b"[" * 100_000, None, -32700),
        (b"\x00", None, -32700),
        (b'{"jsonrpc":"2.0","id":71,"method":"ping"', None, -32700),
        (b"[]", None, -32600),
        (b'{"jsonrpc":"2.0","id":71}', 71, -32600),
        (b'{"jsonrpc":"1.0","id":"a","method":"ping"}', "a", -32600),
        (b'{"jsonrpc":"2.0","id":71,"method":5}', 71, -32600),
        (b'{"jsonrpc":"2.0","id":71,"method":"ping","params":{"a":"\\ud800"}}', 71, -32600),
        (b'{"jsonrpc":"2.0","id":71,"method":"ping","params":{"a":"\xff"}}', 71, -32600),
        (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', None, -32600),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else None,
)
def test_a_line_that_is_no_message_is_refused_with_its_id_where_it_has_one(
    open_wire: Wire, line: bytes, number: object, code: int
) -> None:
    open_wire.stdin.write(line + b"\n")
    open_wire.stdin.flush()

    answer = json.loads(open_wire.line())
    assert (answer["id"], answer["error"]["code"]) == (number, code)
    assert open_wire.ask("ping")["result"] == {}


def test_a_broken_answer_is_not_answered(open_wire: Wire) -> None:
    open_wire.stdin.write(b'{"jsonrpc":"2.0","id":1,"result":5}\n{"jsonrpc":"2.0","id":2,"error":"\\ud800"}\n\n \n')
    open_wire.stdin.flush()

    open_wire.send({"jsonrpc": "2.0", "id": 72, "method": "ping"})
    assert json.loads(open_wire.line())["id"] == 72


@pytest.mark.parametrize("size", [8 * 1024 * 1024, 20_000_000])
def test_a_line_beyond_8_mb_is_refused_and_the_next_one_served(open_wire: Wire, size: int) -> None:
    call = {"name": "list_integrations", "arguments": {"query": "x" * size}}
    open_wire.send({"jsonrpc": "2.0", "id": 73, "method": "tools/call", "params": call})

    answer = json.loads(open_wire.line())
    assert (answer["id"], answer["error"]["message"]) == (None, "A message may have 8 MB at most.")
    assert open_wire.ask("ping")["result"] == {}


def test_a_message_of_many_lines_worth_is_read_whole(open_wire: Wire) -> None:
    call = {"name": "list_integrations", "arguments": {"query": "x" * 300_000}}

    assert "256 KB" in open_wire.ask("tools/call", **call)["result"]["content"][0]["text"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_in_good_order(wire: Wire, number: signal.Signals) -> None:
    wire.shake_hands()
    wire.process.send_signal(number)

    assert wire.process.wait(PATIENCE) == 0
    assert wire.line() == b""
    assert "Traceback" not in wire.errors.read_text()


def test_the_end_of_its_input_ends_it_in_good_order(wire: Wire) -> None:
    wire.shake_hands()
    wire.stdin.close()

    assert wire.process.wait(PATIENCE) == 0
    assert wire.line() == b""
    assert "Traceback" not in wire.errors.read_text()


def test_a_signal_lets_a_write_under_way_finish_with_its_read_back(door: FrontDoor, tmp_path: Path) -> None:
    door.sandbox.faults.append(Fault(kind="slow", method="PATCH", seconds=0.5))
    settings = {
        "api_token": door.sandbox.token,
        "organization_id": door.sandbox.organization_id,
        "base_url": door.api_url,
        "state": str(door.state),
        "approval": "none",
    }
    with started(tmp_path / "stderr", **settings) as wire:
        wire.shake_hands()
        call = {"name": "update_mapping", "arguments": EDIT}
        wire.send({"jsonrpc": "2.0", "id": 70, "method": "tools/call", "params": call})
        until(lambda: door.sent("PATCH"), "the write")
        wire.process.send_signal(signal.SIGTERM)
        assert wire.process.wait(PATIENCE) == 0

    assert door.of_record(XERO_UK)[-2:] == ["PATCH", "GET"]
    with contextlib.closing(sqlite3.connect(door.state)) as database:
        [(ending,)] = database.execute("SELECT body FROM journal WHERE kind = 'ending'").fetchall()
    assert json.loads(ending)["outcome"] == "applied"
    assert door.stored(XERO_UK, "account_code_mapping")[DESIGN] == "4030"


def test_standard_output_carries_nothing_but_messages(wire: Wire) -> None:
    wire.shake_hands()
    wire.ask("tools/call", name="get_integration", arguments={"integration_id": "../people"})
    wire.ask("tools/call", name="get_integration", arguments={"integration_id": "1"})
    wire.ask("tools/call", name="list_integrations", arguments={})
    wire.stdin.close()
    wire.process.wait(PATIENCE)

    rest = iter(wire.line, b"")
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in rest)


STRAY = """
import os, subprocess, sys, threading
from productive_integrations.cli import main
from productive_integrations.mappings import read

def stray(*_):
    print("a stray line", flush=True)
    os.write(1, b"and one past Python\\n")
    subprocess.run([sys.executable, "-c", "print('and one of a child')"], check=True)
    return "xero"

read.folded = stray
sys.exit(main(["--demo"]))
"""


def test_a_stray_print_goes_to_standard_error_and_not_between_the_messages(tmp_path: Path) -> None:
    with started(tmp_path / "stderr", program=("-c", STRAY)) as wire:
        wire.shake_hands()
        wire.send({"jsonrpc": "2.0", "id": 70, "method": "tools/call", "params": {"name": "list_integrations"}})
        assert json.loads(wire.line())["id"] == 70

    printed = wire.errors.read_text()
    assert [words in printed for words in ("a stray line", "one past Python", "one of a child")] == [True] * 3


def test_a_stray_print_ends_up_in_nothing_that_is_open_where_standard_error_is_closed() -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
    script = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "id": 70, "method": "tools/call", "params": {"name": "list_integrations"}},
    ]
    given = b"".join(json.dumps(message).encode() + b"\n" for message in script)
    done = without_streams([2], given=given, program=("-c", STRAY))

    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert answers.keys() == {1, 70}
    assert not answers[70]["result"].get("isError")


HALF = "\ud800\u202e"


def test_halves_of_surrogate_pairs_from_productive_reach_no_answer_and_stop_nothing(
    door: FrontDoor, tmp_path: Path
) -> None:
    for listed in door.sandbox.records.values():
        for record in listed.values():
            record.attributes |= {"name": HALF, "unheard_of": {HALF: HALF}, f"other{HALF}": HALF}
    xero = door.sandbox.integrations[XERO_UK]
    xero.attributes["account_code_mapping"] = {DESIGN: HALF, HALF: "4010", "600203": "4020"}
    xero.attributes["xero_organizations"] = [{"id": HALF, "name": HALF}]
    settings = {
        "api_token": door.sandbox.token,
        "organization_id": door.sandbox.organization_id,
        "base_url": door.api_url,
        "state": str(door.state),
    }
    edits: list[dict[str, Any]] = [{"set": {DESIGN: "4030"}}, {"remove": ["600203"]}, {"set": {"600203": "4030"}}]
    edit: dict[str, Any] = {"integration_id": XERO_UK, "mapping": "account_code_mapping"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("list_integrations", {}),
        *(("get_integration", {"integration_id": XERO_UK, "section": part}) for part in ("all", "settings")),
        ("get_integration", {"integration_id": XERO_UK, "mapping": "account_code_mapping"}),
        ("check_integration", {}),
        *(("update_mapping", edit | words) for words in edits),
        ("copy_mapping", {"from_integration_id": XERO_UK, "to_integration_id": "78804", "mapping": edit["mapping"]}),
        ("list_changes", {}),
    ]
    with started(tmp_path / "stderr", **settings) as wire:
        wire.shake_hands(elicitation={})
        for number, (name, arguments) in enumerate(calls, 100):
            params = {"name": name, "arguments": arguments, "_meta": {"progressToken": 5}}
            wire.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
            while (message := json.loads(line := wire.line())).get("id") != number or "method" in message:
                assert "\u202e" not in line.decode()
                if message["method"] == "elicitation/create":
                    answer = {"action": "accept", "content": {"apply": True}}
                    wire.send({"jsonrpc": "2.0", "id": message["id"], "result": answer})
            assert "result" in message, line
            assert "\u202e" not in line.decode()
            assert "\\ud8" not in line.decode()


@pytest.mark.parametrize("status", [200, 401, 403, 404, 422, 429, 500])
def test_an_error_of_productive_with_half_a_surrogate_pair_is_told_in_our_words(tmp_path: Path, status: int) -> None:
    problem = {"status": HALF, "code": HALF, "title": HALF, "detail": HALF, HALF: HALF}
    with answering(status, json.dumps({"errors": [problem]}).encode()) as url:
        settings = {"api_token": "CANARY-token", "organization_id": "1", "base_url": url}
        settings |= {"state": str(tmp_path / "state.sqlite"), "timeout": "1", "wait": "0", "log_level": "DEBUG"}
        with started(tmp_path / "stderr", **settings) as wire:
            wire.shake_hands()
            answer = wire.ask("tools/call", name="get_integration", arguments={"integration_id": XERO_UK})
            assert wire.ask("ping")["result"] == {}

    assert answer["result"]["isError"]
    assert "ud800" not in json.dumps(answer)
    assert "202e" not in json.dumps(answer)
