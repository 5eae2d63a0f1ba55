from typing import Literal

from pydantic import BaseModel, ConfigDict

from .finding import Finding

Outcome = Literal[
    "applied",
    "unchanged",
    "approval_required",
    "blocked",
    "declined",
    "conflict",
    "refused",
    "not_stored",
    "unknown",
    "busy",
]


class ChangeRow(BaseModel):
    """One changed entry for people: values as text, none where there is no entry.

    A changed default is a row whose key is its attribute's name.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    key_name: str | None = None
    before: str | None = None
    after: str | None = None
    after_name: str | None = None


class FallsBack(BaseModel):
    """Keys without an entry: they use the default, if there is one."""

    model_config = ConfigDict(frozen=True)

    count: int
    names: tuple[str, ...] = ()
    default: str | None = None


class Difference(BaseModel):
    """An entry that is not as the plan left it: what the plan saw, what is there now, what was wanted."""

    model_config = ConfigDict(frozen=True)

    key: str
    planned_from: str | None = None
    now: str | None = None
    wanted: str | None = None


class WriteResult(BaseModel):
    """The outcome of a write. Fields without a default are always in the answer.

    `plan_id` is there while the plan can be used, `change_id` once a request was sent. `next` is one sentence on what
    to do.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    plan_id: str | None = None
    changes: tuple[ChangeRow, ...]
    untouched: int
    falls_back: FallsBack
    findings: tuple[Finding, ...]
    change_id: str | None = None
    differences: tuple[Difference, ...] = ()
    manual_steps: tuple[str, ...] = ()
    next: str
