from pathlib import Path

from productive_integrations.errors import SettingsError

from .journal import damaged
from .store import Store

__all__ = ["Store", "damaged", "open_store"]

_POSTGRES = ("postgres://", "postgresql://")


def open_store(state: str) -> Store:
    """The store at a PostgreSQL address or in a SQLite file. It is opened when it is first needed.

    Raises SettingsError for a place where no store can be, or without the driver for it.
    """
    if not state.startswith(_POSTGRES):
        from .sqlite import SQLiteStore

        path = Path(state)
        if path.is_dir() or any(parent.exists() and not parent.is_dir() for parent in path.parents):
            raise SettingsError("PRODUCTIVE_STATE has a wrong value: no file can be at that place.")
        return SQLiteStore(path)
    try:
        from .postgres import PostgresStore
    except ImportError:
        raise SettingsError(
            "PRODUCTIVE_STATE: PostgreSQL needs its driver; install psycopg, or what constraints/postgres.txt lists."
        ) from None
    return PostgresStore(state)
