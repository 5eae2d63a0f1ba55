from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, WithJsonSchema

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


# Said in few characters, since four tools publish it.
Differences = Annotated[
    tuple[Difference, ...],
    WithJsonSchema({"type": "array", "items": {"additionalProperties": {"type": "string"}}}),
]


class PlanResult(BaseModel):
    """What an edit came to. Fields without a default are always in the answer.

    `plan_id` is there while the plan can be used. `next` is one sentence on what to do.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Annotated[Outcome, WithJsonSchema({"type": "string"})]
    plan_id: str | None = None
    changes: tuple[ChangeRow, ...]
    untouched: int
    falls_back: FallsBack
    findings: tuple[Finding, ...]
    differences: Differences = ()
    next: str


class WriteResult(PlanResult):
    """The outcome of a write; `change_id` is there once a request was sent."""

    outcome: Outcome
    change_id: str | None = None
    manual_steps: tuple[str, ...] = ()
