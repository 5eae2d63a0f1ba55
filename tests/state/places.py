"""Where a store's state can be, and a look behind the store's back."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from productive_integrations.state import Store, open_store
from productive_integrations.state.postgres import PostgresStore
from productive_integrations.state.sqlite import SQLiteStore


class Place(Protocol):
    """One place for state."""

    address: str

    def store(self, clock: Callable[[], float]) -> Store:
        """A process's store there."""

    def rows(self, statement: str, *values: object) -> list[Any]:
        """What a statement gives, done behind the store's back."""

    def tamper(self, *statements: str) -> None:
        """Change rows that are never changed."""

    def locked(self) -> AbstractContextManager[None]:
        """Another process in the middle of a transaction."""


class File:
    def __init__(self, path: Path) -> None:
        self.address = str(path)

    def store(self, clock: Callable[[], float]) -> Store:
        return SQLiteStore(Path(self.address), clock)

    def rows(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.address)) as database, database:
            return database.execute(statement, values).fetchall()

    def tamper(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.address)) as database, database:
            for trigger in ("journal_is_never_changed", "journal_is_never_shortened"):
                database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            for statement in statements:
                assert database.execute(statement).rowcount > 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self.address, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")


class Database:
    def __init__(self, address: str) -> None:
        self.address = address

    def store(self, clock: Callable[[], float]) -> Store:
        del clock
        store = open_store(self.address)
        assert isinstance(store, PostgresStore)
        return store

    def session(self) -> psycopg.Connection:
        return psycopg.connect(self.address, autocommit=True, options="-c search_path=productive_integrations")

    def rows(self, statement: str, *values: object) -> list[Any]:
        with self.session() as session:
            done = session.execute(statement.replace("?", "%s"), values or None)
            return done.fetchall() if done.description else []

    def tamper(self, *statements: str) -> None:
        with self.session() as session:
            session.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
            for statement in statements:
                assert session.execute(statement).rowcount > 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self.session() as session, session.transaction():
            session.execute("SELECT pg_advisory_xact_lock(7206914433)")
            yield
