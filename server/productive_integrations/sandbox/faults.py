"""Faults that a test or a person orders for the requests to come."""

import re
from collections.abc import Callable
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    field_validator,
)

from .records import Record

FaultKind = Literal[
    "drop_before",
    "drop_after",
    "late_commit",
    "slow",
    "status_429",
    "status_500_before",
    "status_502_after",
    "status_503_before",
    "truncated",
    "html",
    "not_json",
    "wrong_record",
    "ignored",
    "redirect",
    "bomb",
    "drip",
    "duplicate_keys",
    "nan",
    "deep",
    "lone_surrogate",
    "foreign_edit_before",
    "foreign_edit_after",
]
Edit = dict[str, Any] | Callable[[Record], object]
"""Somebody else's change. In a dict, a dict value changes keys of a hash (None removes one)."""

# Kinds of one stage exclude each other for a request; kinds of different stages work together.
_STAGES = {"slow": "slow", "foreign_edit_before": "before", "foreign_edit_after": "after"}


class Fault(BaseModel):
    """Something that goes wrong for the next `times` requests that match, after the first `skip`.

    `seconds` is how late a `slow` answer or a `late_commit` is, and the pause after each byte of a `drip`.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    kind: FaultKind
    method: str | None = None
    path: str = ""
    times: NonNegativeInt = 1
    skip: NonNegativeInt = 0
    seconds: NonNegativeFloat = 1
    edit: Edit | None = Field(None, exclude=True)

    @field_validator("path")
    @classmethod
    def _is_a_pattern(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return path

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is about this request."""
        return self.method in {None, method} and re.search(self.path, path) is not None

    def change(self, record: Record) -> None:
        """Do somebody else's edit."""
        if callable(self.edit):
            self.edit(record)
        elif self.edit:
            for name, value in self.edit.items():
                stored = record.attributes.get(name)
                if isinstance(value, dict):
                    merged = {**(stored if isinstance(stored, dict) else {}), **value}
                    record.attributes[name] = {key: part for key, part in merged.items() if part is not None}
                else:
                    record.attributes[name] = value


def due(faults: list[Fault], method: str, path: str) -> dict[str, Fault]:
    """The faults that strike this request, by stage. They are counted, and removed once used up."""
    striking: dict[str, Fault] = {}
    for fault in list(faults):
        stage = _STAGES.get(fault.kind, "outcome")
        if fault.times == 0 or stage in striking or not fault.matches(method, path):
            continue
        if fault.skip:
            fault.skip -= 1
            continue
        striking[stage] = fault
        fault.times -= 1
        if fault.times == 0:
            faults.remove(fault)
    return striking
