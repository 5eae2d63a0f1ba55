"""The command as a process of its own, the way a host or a person starts it."""

import contextlib
import http.server
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import httpx
from mcp.client.session import ClientRequestContext, ElicitationFnT
from mcp.types import ElicitRequestParams, ElicitResult

import productive_integrations
from front_door import Person

SERVER = Path(productive_integrations.__file__).parents[1]
PATIENCE = 30.0
"""Seconds that a process may take for one thing on a busy machine."""
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
"""What each message of the protocol since 2026-07-28 carries."""


def environment(**settings: str) -> dict[str, str]:
    """The least that a process needs, and settings: `api_token="x"` is PRODUCTIVE_API_TOKEN=x."""
    names = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONIOENCODING")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    named = {f"PRODUCTIVE_{name.upper()}": value for name, value in settings.items()}
    return kept | named | {"PYTHONPATH": str(SERVER)}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "productive_integrations", *arguments]


def ran(
    arguments: Sequence[str],
    settings: Mapping[str, str],
    *,
    given: bytes = b"",
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with this, or a file, on its standard input until it ends."""
    return subprocess.run(  # noqa: S603 - our own command
        command(*arguments),
        env=environment(**settings),
        input=None if stdin else given,
        stdin=stdin,
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE,
    )


def without_streams(
    closed: Sequence[int], *arguments: str, given: bytes = b"", program: Sequence[str] = (), **settings: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command, or another program, as a shell does that has closed standard streams: `<&-`, `>&-`, `2>&-`."""
    words = [sys.executable, *program] if program else command(*arguments)
    closing = " ".join(f"{number}>&-" for number in closed)
    return subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", f'exec "$@" {closing}', "sh", *words],
        env=environment(**settings),
        input=given,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command with nothing on its standard input, and give what it said as text."""
    done = ran(arguments, settings)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def asks(person: Person) -> ElicitationFnT:
    """A client's callback that puts questions to a person."""

    async def ask(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        return await person.answer(context, params)

    return ask


def until(happens: Any, what: str, seconds: float = PATIENCE) -> Any:
    """Ask again until the answer is true."""
    deadline = time.monotonic() + seconds
    while not (answer := happens()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen in {seconds} seconds")
        time.sleep(0.02)
    return answer


@dataclass
class Wire:
    """A started command with its pipes: raw JSON-RPC over standard input and output."""

    process: subprocess.Popen[bytes]
    errors: Path
    numbers: int = 0
    said: bytes = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def line(self) -> bytes:
        """The next line of standard output; empty at its end."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.said:
            if not select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no answer; standard error: {self.errors.read_text()}")
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            if not chunk:
                rest, self.said = self.said, b""
                return rest
            self.said += chunk
        line, _, self.said = self.said.partition(b"\n")
        return line + b"\n"

    def send(self, message: Mapping[str, Any]) -> None:
        self.stdin.write(json.dumps(message).encode() + b"\n")
        self.stdin.flush()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """A request and its answer."""
        self.numbers += 1
        self.send({"jsonrpc": "2.0", "id": self.numbers, "method": method, "params": params})
        while True:
            answer: dict[str, Any] = json.loads(self.line())
            assert answer["jsonrpc"] == "2.0"
            if answer.get("id") == self.numbers:
                return answer

    def shake_hands(self, version: str = "2025-06-18", **capabilities: Any) -> dict[str, Any]:
        client = {"name": "raw", "version": "1"}
        answer = self.ask("initialize", protocolVersion=version, capabilities=capabilities, clientInfo=client)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        result: dict[str, Any] = answer["result"]
        return result


def started(errors: Path, *arguments: str, program: Sequence[str] = (), **settings: str) -> Wire:
    """Start the command with pipes, or another program of Python; its standard error goes to a file."""
    with errors.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, *program] if program else command(*arguments),
            env=environment(**settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    return Wire(process, errors)


def serves(browser: httpx.Client, wire: Wire, url: str) -> bool:
    """Whether a started server answers yet."""
    assert wire.process.poll() is None, wire.errors.read_text()
    try:
        return browser.get(url).status_code in {200, 401, 503}
    except httpx.TransportError:
        return False


@contextlib.contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """An address where every request gets this answer, with the names and values of its headers after the body."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = body.replace(b"ECHO", str(self.headers).encode().hex().encode() + str(self.headers.items()).encode())
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.api+json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def at_pipes(*arguments: str, stdin: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The command with a file as its standard input."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        command(*arguments), env=environment(), stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


@dataclass
class Terminal:
    """A process at a terminal of its own, its standard output a pipe."""

    process: subprocess.Popen[bytes]
    ours: int
    printed: bytearray

    def text(self) -> str:
        """What it printed there so far."""
        while select.select([self.ours], [], [], 0)[0]:
            try:
                self.printed.extend(os.read(self.ours, 1 << 16))
            except OSError:
                # The other end is closed.
                break
        return self.printed.decode("utf-8", "replace")

    def type(self, keys: str) -> None:
        os.write(self.ours, os.fsencode(keys))

    def result(self) -> str:
        """What it said on standard output, to its end."""
        assert self.process.stdout is not None
        said = self.process.stdout.read().decode()
        self.process.wait(PATIENCE)
        return said


def shown_at_a_terminal(width: int, *arguments: str, **settings: str) -> str:
    """What the command shows on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own command
        command(*arguments),
        env=environment(**settings) | {"COLUMNS": str(width), "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = bytearray()
    with contextlib.suppress(OSError):  # the other end is closed
        while chunk := os.read(ours, 1 << 16):
            shown += chunk
    os.close(ours)
    process.wait(PATIENCE)
    return shown.decode()


@contextlib.contextmanager
def at_a_terminal(*arguments: str, **settings: str) -> Iterator[Terminal]:
    """The command with a terminal as its standard input and error."""
    ours, theirs = pty.openpty()
    # Where a shell runs the tests in the background they ignore Ctrl-C, and so would what they start.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(  # noqa: S603 - our own command
        command(*arguments),
        env=environment(**settings),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    signal.signal(signal.SIGINT, handler)
    os.close(theirs)
    try:
        yield Terminal(process, ours, bytearray())
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        if process.stdout:
            process.stdout.close()
        os.close(ours)
