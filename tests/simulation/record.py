"""A long run in a file, so that it can be broken off and gone on with."""

import hashlib
from pathlib import Path

from pydantic import BaseModel, Field

from .tally import Tally

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "server" / "productive_integrations"
JUDGED = (
    *(PACKAGE / part for part in ("mappings", "productive", "providers", "schemas", "state", "validation", "sandbox")),
    ROOT / "tests" / "simulation",
)


def engine() -> str:
    """The hash of every source file that a run depends on."""
    digest = hashlib.sha256()
    for path in sorted(path for part in JUDGED for path in part.rglob("*.py") if not path.name.startswith("test_")):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


class Done(BaseModel):
    """How far a run has come: `first` is the number of its first seed, `runs` how many are done from there on."""

    engine: str
    first: int
    runs: int = 0
    total: Tally = Field(default_factory=Tally)


class Record:
    """A run, in a file where one is given."""

    def __init__(self, path: Path | None, first: int) -> None:
        """Go on where the file ends. Raises ValueError when it is of another engine or another first seed."""
        self._path = path
        self.done = Done(engine=engine(), first=first)
        if path is None or not path.exists():
            return
        told = Done.model_validate_json(path.read_bytes())
        if (told.engine, told.first) != (self.done.engine, first):
            raise ValueError(f"{path} is of another engine or seed; begin a new file.")
        self.done = told

    def add(self, runs: int, part: Tally) -> None:
        """Write down that these runs, the next in order, are done."""
        self.done.runs += runs
        self.done.total.add(part)
        if self._path is not None:
            unfinished = self._path.with_suffix(".new")
            unfinished.write_text(self.done.model_dump_json(indent=1) + "\n", "utf-8")
            unfinished.replace(self._path)
