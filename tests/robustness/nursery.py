"""A process that has everything imported, and forks a real server process in milliseconds for each errand.

It has neither threads nor an event loop of its own, so that a fork of it starts clean.
"""

import asyncio
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from processes import PATIENCE, SERVER, environment

TESTS = Path(__file__).parents[1]


class _Errand(socketserver.StreamRequestHandler):
    """One errand in a process of its own: the order comes in as a line, and what it says goes out as lines."""

    def handle(self) -> None:
        # Everything the errands need is loaded before the first fork, and not by whoever starts a nursery.
        from robustness.errands import ERRANDS  # noqa: PLC0415

        order = json.loads(self.rfile.readline())
        self._say(pid=os.getpid())
        try:
            asyncio.run(ERRANDS[order.pop("errand")](self._say, **order))
        except BaseException:
            self._say(broke=traceback.format_exc())
            raise

    def _say(self, **words: Any) -> None:
        self.wfile.write(json.dumps(words).encode() + b"\n")


class _Server(socketserver.ForkingMixIn, socketserver.TCPServer):
    request_queue_size = 128
    max_children = 128
    parent = os.getppid()

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self.parent:
            # Nobody is left to stop it.
            raise SystemExit


@dataclass(frozen=True)
class Child:
    """A process that runs an errand."""

    pid: int
    lines: IO[str]

    def word(self) -> dict[str, Any]:
        """The next thing it says; nothing when it is dead."""
        line = self.lines.readline()
        said: dict[str, Any] = json.loads(line) if line.endswith("\n") else {}
        assert "broke" not in said, said["broke"]
        return said

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def last_word(self) -> dict[str, Any]:
        """Wait until it is dead, and give what it said last."""
        last: dict[str, Any] = {}
        with self.lines:
            while said := self.word():
                last = said
        return last


class Nursery:
    """The nursery as those see it who send errands. Several may run at once."""

    def __init__(self, errors: Path) -> None:
        self.errors = errors

    def __enter__(self) -> Self:
        with self.errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "robustness.nursery"],
                env=environment() | {"PYTHONPATH": os.pathsep.join(map(str, (SERVER, TESTS)))},
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        assert self._process.stdout is not None
        with self._process.stdout as said:
            port = said.readline()
        assert port, self.errors.read_text()
        self._address = ("127.0.0.1", int(port))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    def start(self, errand: str, **order: Any) -> Child:
        """Send one process on an errand."""
        with socket.create_connection(self._address, timeout=PATIENCE * 4) as connection:
            connection.sendall(json.dumps({"errand": errand, **order}).encode() + b"\n")
            lines = connection.makefile(encoding="utf-8")
        return Child(json.loads(lines.readline())["pid"], lines)

    def run(self, errand: str, **order: Any) -> dict[str, Any]:
        """Send one process on an errand, and wait for what it has to say in the end."""
        return self.start(errand, **order).last_word()


def main() -> None:
    import robustness.errands  # noqa: F401, PLC0415 - loaded before the first fork

    with _Server(("127.0.0.1", 0), _Errand) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever(0.1)


if __name__ == "__main__":
    main()
