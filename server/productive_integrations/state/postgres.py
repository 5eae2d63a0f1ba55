"""State in PostgreSQL: shared by the replicas of a team."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict

from productive_integrations.errors import SettingsError, StateError

from .database import Connection
from .sql_store import SQLStore

VERSION = 1
_SCHEMA = "productive_integrations"
_LOCK = 7_206_914_433
"""Of all our transactions in one database: a number that nobody else is likely to use."""
_DEFAULTS = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# A holder of the lock that hangs or is cut off must not stop the others for good.
_SESSION = """
SET lock_timeout = '10s';
SET statement_timeout = '15s';
SET idle_in_transaction_session_timeout = '15s';
SET synchronous_commit = on;
"""

_T = TypeVar("_T")


class PostgresStore(SQLStore):
    """The store of a team. Raises SettingsError for an address that is none."""

    def __init__(self, address: str) -> None:
        super().__init__(PostgresDatabase(address))


class PostgresDatabase:
    """One connection, made when it is needed and again after it broke.

    Transactions take one lock each, as SQLite's do by themselves, so that what holds there holds here.
    """

    def __init__(self, address: str) -> None:
        try:
            self._address: dict[str, Any] = _DEFAULTS | conninfo_to_dict(address)
        except psycopg.ProgrammingError:
            raise SettingsError("PRODUCTIVE_STATE has a wrong value: it is no address of a PostgreSQL.") from None
        self._session: psycopg.Connection | None = None

    def transact(self, work: Callable[[Connection], _T], *, durable: bool = True) -> _T:
        with _as_state_error():
            session = self._begun()
            try:
                if not durable:
                    session.execute("SET LOCAL synchronous_commit = off")
                result = work(_Transaction(session))
                session.execute("COMMIT")
            except BaseException:
                self._undo(session)
                raise
            return result

    def close(self) -> None:
        if self._session:
            self._session.close()

    def _begun(self) -> psycopg.Connection:
        if self._session:
            try:
                return _begin(self._session)
            except psycopg.OperationalError:
                # The server was restarted meanwhile; nothing was done yet, so a new connection may try.
                self._session.close()
        self._session = _connected(self._address)
        return _begin(self._session)

    def _undo(self, session: psycopg.Connection) -> None:
        try:
            session.execute("ROLLBACK")
        except psycopg.Error:
            session.close()


class _Transaction:
    def __init__(self, session: psycopg.Connection) -> None:
        self._session = session

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        # No statement of ours has another use for a question mark or a percent sign.
        return self._session.execute(statement.replace("?", "%s"), tuple(parameters) or None)

    def now(self) -> float:
        row = self._session.execute("SELECT extract(epoch FROM clock_timestamp())::double precision").fetchone()
        return float(row[0]) if row else 0.0


def _begin(session: psycopg.Connection) -> psycopg.Connection:
    session.execute("BEGIN")
    try:
        session.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    except BaseException:
        session.execute("ROLLBACK")
        raise
    return session


def _connected(address: dict[str, Any]) -> psycopg.Connection:
    session = psycopg.connect(**address, autocommit=True)
    try:
        session.execute(_SESSION)
        _begin(session)
        _migrate(session)
        session.execute("COMMIT")
        session.execute(f"SET search_path TO {_SCHEMA}")
    except BaseException:
        session.close()
        raise
    return session


def _migrate(session: psycopg.Connection) -> None:
    if session.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (_SCHEMA,)).fetchone() is None:
        session.execute(f"CREATE SCHEMA {_SCHEMA}")
        session.execute(f"CREATE TABLE {_SCHEMA}.version (number INTEGER NOT NULL)")
        session.execute(f"INSERT INTO {_SCHEMA}.version VALUES (0)")
    session.execute(f"SET LOCAL search_path TO {_SCHEMA}")
    row = session.execute("SELECT number FROM version").fetchone()
    version = row[0] if row else 0
    if version > VERSION:
        raise StateError("PRODUCTIVE_STATE: the database was set up by a newer version of this server; update it.")
    for step in range(version + 1, VERSION + 1):
        script = (resources.files(__package__) / f"postgres_{step}.sql").read_text(encoding="utf-8")
        session.execute(script)
        session.execute("UPDATE version SET number = %s", (step,))


@contextmanager
def _as_state_error() -> Iterator[None]:
    """Turn what the database says into a sentence for the operator."""
    try:
        yield
    except psycopg.Error as error:
        raise StateError(
            "PRODUCTIVE_STATE: the PostgreSQL database cannot be used; "
            "check that it is reachable and that its user may create a schema in it."
        ) from error
