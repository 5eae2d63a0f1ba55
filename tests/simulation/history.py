"""What happened in a run: the one record that its checks go by."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from productive_integrations.schemas.journal import Intent, RecordedChange
from productive_integrations.schemas.outcome import WriteResult

LAG = 3.0
"""Seconds that a replica may be behind."""
CALL: ContextVar[int] = ContextVar("CALL", default=-1)
"""The call on whose behalf something is done."""
CHANGE: ContextVar[str] = ContextVar("CHANGE", default="")
"""The change that was written down last on the same behalf."""

Attributes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Commit:
    """A change of an integration upstream. `change_id` is empty when somebody else made it."""

    at: float
    integration_id: str
    change_id: str
    before: Attributes
    after: Attributes


@dataclass(slots=True)
class Sent:
    """A PATCH as it left."""

    change_id: str
    integration_id: str
    attributes: Attributes
    at: float
    compared_at: float


@dataclass(slots=True)
class Call:
    """One call of a use case, and what it came to."""

    number: int
    what: str
    began: float
    integration_id: str
    mapping: str
    asked: dict[str, str | None] = field(default_factory=dict)
    plan_id: str | None = None
    at: float = 0
    result: WriteResult | None = None
    error: BaseException | None = None


@dataclass(slots=True)
class History:
    """All of it, in order."""

    commits: list[Commit] = field(default_factory=list)
    sent: dict[str, Sent] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    call_of: dict[str, int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)
    events: list[tuple[float, str, str]] = field(default_factory=list)
    journal: list[RecordedChange] = field(default_factory=list)
    receipts: dict[str, WriteResult | None] = field(default_factory=dict)
    edits: int = 0
    kills: int = 0
    cancelled: int = 0
    foreign: int = 0

    def note(self, at: float, integration_id: str, what: str) -> None:
        """One line of the trace."""
        self.events.append((at, integration_id, what))
