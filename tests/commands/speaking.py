"""Commands run in this process, as somebody at a shell types them."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from front_door import FrontDoor
from productive_integrations.cli import main


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Say:
    """Runs a command with the settings of the sandbox; `approval="none"` stands for PRODUCTIVE_APPROVAL=none."""

    door: FrontDoor
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, piped: bytes = b"", **changed: str) -> Said:
        with self.monkeypatch.context() as environment:
            for name, value in self.door.named_settings(**{"wait": "1"} | changed).items():
                environment.setenv(f"PRODUCTIVE_{name.upper()}", value)
            environment.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
            self.door.sandbox.requests.clear()
            self.capsys.readouterr()
            try:
                status = main(words)
            except SystemExit as end:
                status = int(end.code or 0)
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err
        return Said(status, out, err)

    def plan(self, file: str, *more: str, of: str = "78804", mapping: str = "account_code_mapping") -> Said:
        """Plan what a file from a pipe says, for Xero NL unless told otherwise."""
        return self("plan", of, mapping, "-", "--json", *more, piped=file.encode())


def plan_id(planned: Said) -> str:
    """The id of a plan that waits."""
    assert planned.status == 0, planned.out + planned.err
    assert planned.data["outcome"] == "approval_required"
    return str(planned.data["plan_id"])
