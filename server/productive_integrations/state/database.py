"""A SQLite file opened for keeps: durable, private to its owner, and of a known version."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from productive_integrations.errors import StateError

VERSION = 1
BUSY_SECONDS = 10


def open_database(path: Path) -> sqlite3.Connection:
    """Open the file, made if need be, for its owner alone. Raises StateError when it cannot be used."""
    with as_state_error():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _write_ahead(database)
            database.execute("PRAGMA synchronous = FULL")
            with transaction(database):
                _migrate(database)
        except BaseException:
            database.close()
            raise
        return database


def _write_ahead(database: sqlite3.Connection) -> None:
    # SQLite does not wait its turn here as it does everywhere else, so two first starts at once would fail.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StateError("PRODUCTIVE_STATE: the file was written by a newer version of this server; update it.")
    if version == 0:
        schema = (resources.files(__package__) / "schema.sql").read_text(encoding="utf-8")
        for statement in _statements(schema):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of the block or nothing of it."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        # A full disk has rolled back by itself.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextmanager
def as_state_error() -> Iterator[None]:
    """Turn what the operating system or the database says into a sentence for the operator."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StateError(
            "PRODUCTIVE_STATE: the state file cannot be used; check that its folder is writable and not full."
        ) from error
