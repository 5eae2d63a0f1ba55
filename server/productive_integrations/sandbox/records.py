"""Records, and what a reader sees of them while a replica lags behind."""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

Link = dict[str, str]
"""`type` and `id` of a related record."""


@dataclass(slots=True)
class Record:
    """One record of the organization. Tests may change it in place."""

    id: str
    type: str
    created_at: str
    attributes: dict[str, Any] = field(default_factory=dict)
    relationships: dict[str, Link | None] = field(default_factory=dict)

    @property
    def archived(self) -> bool:
        """Whether the record is archived, or a person deactivated."""
        return bool(self.attributes.get("archived_at") or self.attributes.get("deactivated_at"))

    def related(self, name: str) -> str | None:
        """The id of the record at the other end of a relationship."""
        link = self.relationships.get(name)
        return link["id"] if link else None


Records = dict[str, dict[str, Record]]
"""Resource name, then id."""

_SAVED = TypeAdapter(list[Record])


@dataclass(frozen=True, slots=True)
class Commit:
    """A change of one record. `before` is None when it did not exist yet."""

    at: float
    type: str
    id: str
    before: Record | None


class Store:
    """The records, changed through commits; with a path they are kept in a file of JSON."""

    def __init__(
        self,
        fresh: Callable[[], Records],
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fresh = fresh
        self._path = path
        self._clock = clock
        self.commits: list[Commit] = []
        self.records: Records = self._load() if path and path.exists() else fresh()

    def reset(self) -> None:
        """Start again with a fresh organization."""
        self.commits.clear()
        self.records = self._fresh()
        self.save()

    def commit(self, record: Record, change: Callable[[Record], object]) -> None:
        """Change a record that exists."""
        before = copy.deepcopy(record)
        change(record)
        self._note(record.type, record.id, before)

    def insert(self, record: Record) -> None:
        """Add a record."""
        self.records[record.type][record.id] = record
        self._note(record.type, record.id, None)

    def delete(self, record: Record) -> None:
        """Remove a record."""
        del self.records[record.type][record.id]
        self._note(record.type, record.id, record)

    def seen(self, resource: str, lag: float) -> dict[str, Record]:
        """The records of a resource as they were `lag` seconds ago."""
        records = dict(self.records[resource])
        if lag > 0:
            since = self._clock() - lag
            late = [commit for commit in self.commits if commit.type == resource and commit.at > since]
            for commit in reversed(late):
                if commit.before is None:
                    records.pop(commit.id, None)
                else:
                    records[commit.id] = commit.before
        return records

    def save(self) -> None:
        """Write the file, if there is one."""
        if self._path:
            kept = [asdict(record) for records in self.records.values() for record in records.values()]
            draft = self._path.with_suffix(".draft")
            draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            draft.replace(self._path)

    def _note(self, resource: str, record_id: str, before: Record | None) -> None:
        self.commits.append(Commit(self._clock(), resource, record_id, before))
        self.save()

    def _load(self) -> Records:
        records: Records = {resource: {} for resource in self._fresh()}
        if self._path:
            for record in _SAVED.validate_json(self._path.read_bytes()):
                records[record.type][record.id] = record
        return records
