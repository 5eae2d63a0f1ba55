"""Twenty thousand messages that no good client sends: nothing dies, hangs, leaks or writes."""

import http.client
import json
import os
import re
import select
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from canaries import Marked, nothing_in
from front_door import FrontDoor
from hostile import JSON_HEADERS, PASTED, Hostile, Message, Post
from processes import ENVELOPE, PATIENCE, Wire, free_port, started, until
from productive_integrations.text import hidden_characters

LONGEST = 5.0
"""Seconds that an answer may take on a machine that is not overloaded."""
HELLO = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "raw", "version": "1"},
    },
}
FROM_INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|[a-z]\w*\.\w+(Error|Exception)\b|\b[A-Z]\w+(Error|Exception)\b"
    r"|pydantic|input_value|asyncio|/(usr|home|tmp|lib)/|object at 0x"
)


@pytest.fixture(name="sandbox")
def _sandbox() -> Marked:
    """The marked organization, with names that no terminal and no pipe should see as they are."""
    sandbox = Marked()
    for number, record in enumerate(sandbox.integrations.values()):
        record.attributes["name"] = f"{record.attributes['name']} \ud800\u202e\x1b[31m{number}"
    for listed in ("service_types", "tax_rates", "subsidiaries"):
        for record in sandbox.records[listed].values():
            record.attributes["name"] = f"{record.attributes['name']}\udfff\u200b"
    return sandbox


def settings_for(door: FrontDoor) -> dict[str, str]:
    return door.named_settings(log_level="DEBUG", timeout="2", wait="0")


def strings_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings_of(part)
    if isinstance(value, dict):
        yield from value


def fit_to_be_seen(line: bytes) -> dict[str, Any]:
    """The message of a line, after a look at all that is in it. Only an id is the client's own and may be odd."""
    message: dict[str, Any] = json.loads(line.decode("utf-8", "strict"))
    assert message["jsonrpc"] == "2.0"
    assert ("method" in message) + ("result" in message) + ("error" in message) == 1, line[:300]
    assert "method" in message or "id" in message
    # A version that is not served is named again, as the protocol wants it.
    data = message.get("error", {}).get("data")
    if isinstance(data, dict):
        data.pop("requested", None)
    failed = "error" in message or message.get("result", {}).get("isError")
    for text in strings_of({name: part for name, part in message.items() if name != "id"}):
        assert not hidden_characters(text.replace("\n", "")), ascii(text[:300])
        assert not FROM_INSIDE.search(text), text[:300]
        assert not failed or (PASTED not in text and len(text) < 2_000), text[:300]
    nothing_in(answer=line)
    if "error" in message:
        assert isinstance(message["error"]["code"], int)
    return message


def longest() -> float:
    """The same here and now: processes that wait for a processor are slow without hanging."""
    return LONGEST * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass
class Pipes:
    """A server's pipes, written to and read from at once, so that neither fills up."""

    wire: Wire
    answers: int = 0

    def exchange(self, messages: Sequence[Message], ping: Message) -> None:
        """Send messages and a ping, until all that has to be answered is."""
        due = {message.due for message in (*messages, ping) if message.due is not None}
        outgoing = b"".join(message.raw + b"\n" for message in (*messages, ping))
        begun = time.monotonic()
        os.set_blocking(self.wire.stdin.fileno(), False)
        stdout = self.wire.process.stdout
        assert stdout is not None
        while due or outgoing:
            readable, writable, _ = select.select([stdout], [self.wire.stdin] if outgoing else [], [], 0.5)
            if writable:
                outgoing = outgoing[os.write(self.wire.stdin.fileno(), outgoing[: 1 << 16]) :]
                begun = begun if outgoing else time.monotonic()
            if readable:
                chunk = os.read(stdout.fileno(), 1 << 20)
                assert chunk, f"it died: {self.wire.errors.read_text(errors='replace')[-2_000:]}"
                *lines, self.wire.said = (self.wire.said + chunk).split(b"\n")
                for line in lines:
                    message = fit_to_be_seen(line)
                    self.answers += 1
                    if "method" not in message and message["id"] is not None:
                        due.discard(message["id"])
            assert time.monotonic() - begun < longest(), f"no answer to {list(due)[:5]}"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("generation", ["modern", "legacy"])
def test_no_line_on_standard_input_kills_it_hangs_it_or_gets_anything_out(
    door: FrontDoor, tmp_path: Path, generation: str, seed: int
) -> None:
    errors = tmp_path / "stderr"
    hostile = Hostile(seed, ENVELOPE if generation == "modern" else {})
    method = "server/discover" if generation == "modern" else "ping"
    with started(errors, **settings_for(door)) as wire:
        if generation == "legacy":
            wire.shake_hands()
        pipes = Pipes(wire)
        for _ in range(20):
            messages = list(hostile.messages(200))
            ping = hostile.request(method)
            pipes.exchange(messages, Message(json.dumps(ping).encode(), ping["id"]))
        for message in hostile.long_ones():
            ping = hostile.request(method)
            pipes.exchange([message], Message(json.dumps(ping).encode(), ping["id"]))
        wire.stdin.close()
        assert wire.process.wait(PATIENCE) == 0

    nothing_in(stderr=errors.read_bytes())
    nothing_in("canary", state=b"".join(path.read_bytes() for path in door.state.parent.glob("state.sqlite*")))
    assert pipes.answers > 3_000
    assert door.sent("GET")
    assert door.sent("PATCH") == []


@dataclass
class Browser:
    """Raw HTTP, one connection for as long as the server keeps it."""

    wire: Wire
    port: int
    connection: socket.socket | None = None
    statuses: Counter[int] = field(default_factory=Counter)
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, post: Post) -> list[dict[str, Any]] | None:
        """The messages of the answer; none when the connection was closed without one."""
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=longest())
        answer = http.client.HTTPResponse(self.connection, method=post.method)
        try:
            self.connection.sendall(post.raw)
            if post.ends_here:
                self.connection.shutdown(socket.SHUT_WR)
            answer.begin()
            body = answer.read()
        except (http.client.BadStatusLine, ConnectionError):
            assert self.wire.process.poll() is None, self.wire.errors.read_text(errors="replace")[-2_000:]
            assert post.ends_here or post.shape == "long"
            self.close()
            return None
        finally:
            answer.close()
        if answer.will_close or post.ends_here:
            self.close()
        self.statuses[answer.status] += 1
        self.headers = dict(answer.headers)
        assert answer.status < 500, (answer.status, body[:300], post)
        return [fit_to_be_seen(line) for line in said_in(answer.headers.get_content_type(), body)]

    def session(self) -> str:
        """Begin one of the older protocol and give its name."""
        self.send(Post("POST", JSON_HEADERS, json.dumps(HELLO).encode()))
        return self.headers["mcp-session-id"]

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


def said_in(media_type: str, body: bytes) -> list[bytes]:
    """The messages of a body. One that holds none is looked at here."""
    if media_type == "text/event-stream":
        return [line.removeprefix(b"data: ") for line in body.splitlines() if line.startswith(b"data: {")]
    if media_type == "application/json" and body:
        return [body]
    text = body.decode("utf-8", "strict")
    assert len(text) < 200
    assert not FROM_INSIDE.search(text)
    assert not hidden_characters(text)
    nothing_in(body=body)
    return []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("generation", ["modern", "legacy"])
def test_no_http_request_kills_it_hangs_it_or_gets_anything_out(
    door: FrontDoor, tmp_path: Path, generation: str
) -> None:
    errors, port = tmp_path / "stderr", free_port()
    hostile = Hostile(7, ENVELOPE if generation == "modern" else {})
    with started(errors, "http", "--port", str(port), **settings_for(door)) as wire:
        until(lambda: "Ctrl-C" in errors.read_text(), "serving")
        with closing(Browser(wire, port)) as browser:
            session = "" if hostile.envelope else browser.session()
            for post in hostile.posts(2_000, session):
                answers = browser.send(post)
                if post.due is not None:
                    assert answers is not None
                    assert post.due in [answer.get("id") for answer in answers if "method" not in answer], post
        wire.process.send_signal(signal.SIGTERM)
        assert wire.process.wait(PATIENCE) == 0

    assert browser.statuses[200] > 300
    nothing_in(stderr=errors.read_bytes())
    assert door.sent("GET")
    assert door.sent("PATCH") == []
