"""What becomes of the calls under way when a connection over pipes ends."""

import contextlib
import fcntl
import json
import signal
import sqlite3
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from front_door import DESIGN, XERO_UK, FrontDoor
from processes import PATIENCE, Wire, ran, started, until
from productive_integrations.sandbox import Fault

EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
MUCH = 40_000
"""Bytes, most of what a pipe takes."""
LATE, NEVER = 0.5, 2 * PATIENCE
IMPATIENT = """
import sys
from productive_integrations.app import stdio
from productive_integrations.cli import main

stdio.ENDING_SECONDS = 0.1
sys.exit(main([]))
"""


def terminate(wire: Wire) -> None:
    wire.process.send_signal(signal.SIGTERM)


def close_input(wire: Wire) -> None:
    wire.stdin.close()


def request(number: int, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def call(number: int, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return request(number, "tools/call", name=name, arguments=arguments)


def lines(*messages: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def rest_of(wire: Wire) -> list[dict[str, Any]]:
    """What it still says, to its end, which comes in good order."""
    said = [json.loads(line) for line in iter(wire.line, b"")]
    assert wire.process.wait(PATIENCE) == 0
    assert "Traceback" not in wire.errors.read_text()
    return said


@contextlib.contextmanager
def writing(door: FrontDoor, errors: Path, seconds: float, *program: str) -> Iterator[Wire]:
    """A server whose edit has landed, and is answered only after so many seconds."""
    door.sandbox.faults.append(Fault(kind="slow", method="PATCH", seconds=seconds))
    with started(errors, program=program, **door.named_settings(approval="none")) as wire:
        wire.shake_hands()
        wire.send(call(70, "update_mapping", EDIT))
        until(lambda: door.sent("PATCH"), "the write")
        yield wire


def waiting_in(pipe: IO[bytes] | None) -> int:
    """How many bytes nobody has read yet."""
    assert pipe is not None
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def endings(door: FrontDoor) -> list[str]:
    """How edits ended, as the journal has it."""
    with contextlib.closing(sqlite3.connect(door.state)) as database:
        return [
            json.loads(body)["outcome"]
            for (body,) in database.execute("SELECT body FROM journal WHERE kind = 'ending'").fetchall()
        ]


@pytest.mark.parametrize("end", [terminate, close_input])
def test_an_edit_under_way_is_answered_before_the_end(
    door: FrontDoor, tmp_path: Path, end: Callable[[Wire], None]
) -> None:
    with writing(door, tmp_path / "stderr", LATE) as wire:
        end(wire)
        [answer] = rest_of(wire)

    assert answer["id"] == 70
    assert answer["result"]["structuredContent"]["outcome"] == "applied"
    assert door.stored(XERO_UK, "account_code_mapping")[DESIGN] == "4030"


def test_messages_of_a_script_that_says_no_more_are_all_answered() -> None:
    script = [
        request(1, "initialize", **HELLO),
        READY,
        *(call(number, "list_integrations", {"limit": 200}) for number in range(2, 12)),
        call(12, "get_integration", {"integration_id": XERO_UK, "section": "all"}),
        request(13, "ping"),
    ]
    done = ran(["--demo"], {}, given=lines(*script))

    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0
    assert answers.keys() == set(range(1, 14))
    assert all("result" in answer for answer in answers.values())


def test_an_edit_from_a_file_is_answered_before_the_end(door: FrontDoor, tmp_path: Path) -> None:
    door.sandbox.faults.append(Fault(kind="slow", method="PATCH", seconds=LATE))
    script = tmp_path / "script"
    script.write_bytes(lines(request(1, "initialize", **HELLO), READY, call(70, "update_mapping", EDIT)))
    with script.open("rb") as stdin:
        done = ran([], door.named_settings(approval="none"), stdin=stdin)

    *_, answer = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, answer["id"]) == (0, 70)
    assert answer["result"]["structuredContent"]["outcome"] == "applied"


def test_at_a_second_signal_it_ends_and_says_that_the_edit_may_have_landed(door: FrontDoor, tmp_path: Path) -> None:
    with writing(door, tmp_path / "stderr", NEVER) as wire:
        wire.send(call(71, "list_changes", {"limit": 0}))
        assert json.loads(wire.line())["id"] == 71
        terminate(wire)
        # Two of one kind may come as one.
        wire.process.send_signal(signal.SIGINT)
        [answer] = rest_of(wire)

    assert answer["id"] == 70
    assert answer["result"]["isError"]
    assert "may have landed" in answer["result"]["content"][0]["text"]
    assert "list_changes" in answer["result"]["content"][0]["text"]
    assert endings(door) == []


def test_an_edit_that_is_not_answered_in_time_is_said_to_have_landed_perhaps(door: FrontDoor, tmp_path: Path) -> None:
    with writing(door, tmp_path / "stderr", NEVER, "-c", IMPATIENT) as wire:
        wire.stdin.close()
        answer = json.loads(wire.line())

    assert answer["id"] == 70
    assert "may have landed" in answer["result"]["content"][0]["text"]


def test_an_edit_that_was_cancelled_is_read_back_before_the_end(door: FrontDoor, tmp_path: Path) -> None:
    with writing(door, tmp_path / "stderr", LATE) as wire:
        wire.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 70}})
        wire.stdin.close()
        answers = rest_of(wire)

    assert answers == []
    assert endings(door) == ["applied"]


@pytest.mark.parametrize("end", [terminate, close_input])
def test_a_question_that_nobody_can_answer_any_more_ends_with_nothing_sent(
    door: FrontDoor, tmp_path: Path, end: Callable[[Wire], None]
) -> None:
    with started(tmp_path / "stderr", **door.named_settings()) as wire:
        wire.shake_hands(elicitation={})
        wire.send(call(70, "update_mapping", EDIT))
        assert json.loads(wire.line())["method"] == "elicitation/create"
        end(wire)
        [answer] = rest_of(wire)

    assert answer["id"] == 70
    assert "Nothing was sent" in json.dumps(answer)
    assert door.sent("PATCH") == []


def test_an_open_stream_of_notices_does_not_hold_the_end_back(tmp_path: Path) -> None:
    listen = {
        "notifications": {"resourceSubscriptions": ["productive://integrations"]},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }
    with started(tmp_path / "stderr", "--demo") as wire:
        wire.send(request(1, "subscriptions/listen", **listen))
        assert json.loads(wire.line())["method"] == "notifications/subscriptions/acknowledged"
        wire.stdin.close()
        [answer] = rest_of(wire)

    assert answer["id"] == 1
    assert "result" in answer


def test_lines_after_a_signal_are_dropped(door: FrontDoor, tmp_path: Path) -> None:
    with writing(door, tmp_path / "stderr", LATE) as wire:

        def has_ended() -> bool:
            with contextlib.suppress(BrokenPipeError):
                wire.send(request(71, "ping"))
            return wire.process.poll() is not None

        terminate(wire)
        until(has_ended, "its end")
        answers = {answer["id"]: answer for answer in rest_of(wire)}

    assert answers[70]["result"]["structuredContent"]["outcome"] == "applied"


def test_a_client_that_is_gone_leaves_the_edit_read_back_and_no_traceback(door: FrontDoor, tmp_path: Path) -> None:
    with writing(door, tmp_path / "stderr", LATE) as wire:
        assert wire.process.stdout is not None
        wire.process.stdout.close()
        wire.stdin.close()
        assert wire.process.wait(PATIENCE) == 0

    assert "Traceback" not in wire.errors.read_text()
    assert endings(door) == ["applied"]


def test_a_client_that_takes_nothing_in_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with started(tmp_path / "stderr", "--demo") as wire:
        wire.shake_hands()
        for number in range(2, 302):
            wire.send(request(number, "tools/list"))
        until(lambda: waiting_in(wire.process.stdout) >= MUCH, "a pipe nearly full")
        terminate(wire)
        wire.process.send_signal(signal.SIGINT)
        assert wire.process.wait(PATIENCE) == 0
        assert "Traceback" not in wire.errors.read_text()
