"""What the store asks of a database, whichever it is."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

_T = TypeVar("_T")


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """The next row."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""


class Connection(Protocol):
    """One transaction. Beside plain SQL it knows `outcome_of(body)`, the outcome in a journal row's JSON."""

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> Rows:
        """Run a statement, with `?` for each parameter."""

    def now(self) -> float:
        """Seconds since 1970 by the one clock that all processes of the store share."""


class Database(Protocol):
    """Used from one thread. Connects when it is first needed, and again after a failure."""

    def transact(self, work: Callable[[Connection], _T], *, durable: bool = True) -> _T:
        """Do all of the work or nothing of it, one transaction at a time over all processes.

        What is `durable` survives a power cut. Raises StateError when the database cannot be used.
        """

    def close(self) -> None:
        """Let go of it."""
