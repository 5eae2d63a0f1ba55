from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, WithJsonSchema, model_serializer

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


class WithBothSides(BaseModel):
    """A row that always says what was before and what is after, null where there is no entry."""

    model_config = ConfigDict(frozen=True)

    @model_serializer(mode="wrap")
    def _with_nulls(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        row: dict[str, Any] = serialize(self)
        return {name: row.get(name) for name in type(self).model_fields if name in row or name in {"before", "after"}}


class ChangeRow(WithBothSides):
    """One changed entry for people, values as text.

    A changed default is a row whose key is its attribute's name.
    """

    key: str
    key_name: str | None = None
    before: str | None
    after: str | None
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


# Said in few characters, since four tools publish these.
Differences = Annotated[
    tuple[Difference, ...],
    WithJsonSchema({"type": "array", "items": {"additionalProperties": {"type": "string"}}}),
]


_ROWS = WithJsonSchema({"type": "array", "items": {"type": "object"}})
"""What a row holds is published once, by the tools that apply."""


class PlanResult(BaseModel):
    """What an edit came to. Fields without a default are always in the answer.

    `plan_id` is there while the plan can be used. `omitted` counts rows of changes, findings and differences that did
    not fit. `next` is one sentence on what to do.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Annotated[Outcome, WithJsonSchema({"type": "string"})]
    plan_id: str | None = None
    changes: Annotated[tuple[ChangeRow, ...], _ROWS]
    untouched: int
    falls_back: Annotated[FallsBack, WithJsonSchema({"type": "object"})]
    findings: Annotated[tuple[Finding, ...], _ROWS]
    differences: Differences = ()
    omitted: int = 0
    next: str


class WriteResult(PlanResult):
    """The outcome of a write; `change_id` is there once a request was sent.

    `window_ms` is how long somebody else's edit could get lost: from the read before the write to its answer, or, when
    that got lost, until it can no longer land; how far a replica lags is not in it. `journal` is the first and the last
    hash of the journal at that time, to be kept by whoever wants to prove it later.
    """

    outcome: Outcome
    changes: tuple[ChangeRow, ...]
    falls_back: FallsBack
    findings: tuple[Finding, ...]
    change_id: str | None = None
    window_ms: int | None = None
    journal: str | None = None
    manual_steps: tuple[str, ...] = ()
