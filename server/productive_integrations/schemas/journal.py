from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from productive_integrations.providers import Hash

from .edit import Change
from .outcome import Outcome


class Intent(BaseModel):
    """A write about to be sent, written down before it leaves. Times are in seconds since 1970.

    `read_at` is when the read was sent that it was compared with.
    """

    model_config = ConfigDict(frozen=True)

    change_id: str
    plan_id: str
    organization_id: str
    integration_id: str
    mapping: str
    by: str
    reason: str | None = None
    approval: Literal["asked", "called", "none"]
    base: Hash
    change: Change
    at: float
    read_at: float | None = None


class Ending(BaseModel):
    """How a write ended, as far as reading could tell; `not_sent` when it never reached Productive's hands.

    `held_until` is when a write whose answer was lost can no longer land: what a read showed may be somebody else's
    edit to the same effect.
    """

    model_config = ConfigDict(frozen=True)

    change_id: str
    outcome: Outcome | Literal["not_sent"]
    seen: Hash | None = None
    seen_default: JsonValue = None
    at: float
    held_until: float | None = None


class RecordedChange(BaseModel):
    """A write and its end; no ending yet means that it is not settled."""

    model_config = ConfigDict(frozen=True)

    seq: int
    intent: Intent
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """What reading the whole journal again showed: rows, its two ends, and what was altered, if anything."""

    rows: int
    ends: str
    damage: str | None = None
