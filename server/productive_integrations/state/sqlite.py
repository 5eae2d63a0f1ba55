"""State in a SQLite file: durable, private to its owner, shared by the processes of one machine."""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TypeVar

from productive_integrations.errors import StateError

from .database import Connection
from .sql_store import SQLStore

VERSION = 2
BUSY_SECONDS = 10

_T = TypeVar("_T")


class SQLiteStore(SQLStore):
    """The store of one machine. Opens the file when it is first needed."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        super().__init__(SQLiteDatabase(path, clock))


class SQLiteDatabase:
    """A file that any number of processes share; `synchronous=FULL` makes it survive a power cut."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._file: sqlite3.Connection | None = None

    def transact(self, work: Callable[[Connection], _T], *, durable: bool = True) -> _T:
        with _as_state_error():
            if self._file is None:
                self._file = open_file(self._path)
            self._file.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with transaction(self._file) as file:
                return work(_Transaction(file, self._clock))

    def close(self) -> None:
        if self._file:
            self._file.close()


class _Transaction:
    def __init__(self, file: sqlite3.Connection, clock: Callable[[], float]) -> None:
        self._file = file
        self.now = clock

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._file.execute(statement, tuple(parameters))


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file, made if need be, for its owner alone. Raises StateError when it cannot be used."""
    with _as_state_error():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        file = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _write_ahead(file)
            file.execute("PRAGMA synchronous = FULL")
            file.create_function("outcome_of", 1, _outcome_of, deterministic=True)
            with transaction(file):
                _migrate(file)
        except BaseException:
            file.close()
            raise
        return file


def _outcome_of(body: str | None) -> str | None:
    return None if body is None else json.loads(body).get("outcome")


def _write_ahead(file: sqlite3.Connection) -> None:
    # SQLite does not wait its turn here as it does everywhere else, so two first starts at once would fail.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            file.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(file: sqlite3.Connection) -> None:
    (version,) = file.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StateError("PRODUCTIVE_STATE: the file was written by a newer version of this server; update it.")
    for step in range(version + 1, VERSION + 1):
        script = (resources.files(__package__) / f"sqlite_{step}.sql").read_text(encoding="utf-8")
        for statement in _statements(script):
            file.execute(statement)
        file.execute(f"PRAGMA user_version = {step}")


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(file: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of the block or nothing of it."""
    file.execute("BEGIN IMMEDIATE")
    try:
        yield file
        file.execute("COMMIT")
    except BaseException:
        # A full disk has rolled back by itself.
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise


@contextmanager
def _as_state_error() -> Iterator[None]:
    """Turn what the operating system or the database says into a sentence for the operator."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StateError(
            "PRODUCTIVE_STATE: the state file cannot be used; check that its folder is writable and not full."
        ) from error
