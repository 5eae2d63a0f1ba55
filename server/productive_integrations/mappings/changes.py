"""What was changed through this server, newest first."""

from datetime import UTC, datetime

from productive_integrations.errors import InvalidArgument, NotFound
from productive_integrations.schemas.edit import Change
from productive_integrations.schemas.journal import RecordedChange
from productive_integrations.schemas.view import ChangedEntry, ChangeList, ListedChange

from .resolve import as_text
from .room import Room
from .services import Services

MAX_DIGITS = 18
"""Of a place in the journal; a longer number is no place in either database."""


async def list_changes(services: Services, integration_id: str, limit: int, cursor: str) -> ChangeList:
    """Up to `limit` changes, of one integration or of all. Raises InvalidArgument for a cursor of another kind."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= MAX_DIGITS):
        raise InvalidArgument("cursor", "it must be the next_cursor of an earlier answer.")
    before = int(cursor) if cursor else None
    found = await services.store.changes(services.organization_id, integration_id or None, limit + 1, before)
    room = Room()
    rows: list[ListedChange] = []
    for change in found[:limit]:
        row = _row(change)
        if not room.takes(row):
            if rows:
                break
            # One change that fills an answer alone shows as many of its entries as fit.
            entries = room.fit(row.entries)
            row = row.model_copy(update={"entries": entries, "omitted": len(row.entries) - len(entries)})
        rows.append(row)
    return ChangeList(
        changes=tuple(rows),
        next_cursor=str(found[len(rows) - 1].seq) if len(found) > len(rows) else None,
    )


async def get_change(services: Services, change_id: str) -> ListedChange:
    """One change with all its entries. Raises NotFound for an id of none."""
    recorded = await services.store.change(services.organization_id, change_id)
    if recorded is None:
        raise NotFound("There is no such change. list_changes gives the ids.")
    return _row(recorded)


def _row(recorded: RecordedChange) -> ListedChange:
    intent, ending = recorded.intent, recorded.ending
    return ListedChange(
        change_id=intent.change_id,
        integration_id=intent.integration_id,
        mapping=intent.mapping,
        entries=entries_of(intent.change),
        outcome=ending.outcome if ending else "unknown",
        at=datetime.fromtimestamp(intent.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        by=intent.by,
        reason=intent.reason,
    )


def entries_of(change: Change) -> tuple[ChangedEntry, ...]:
    """A change's entries, the default last under its attribute's name."""
    entries = [
        ChangedEntry(key=entry.key, key_name=entry.key_name, before=as_text(entry.before), after=as_text(entry.after))
        for entry in change.entries
    ]
    if (default := change.default) is not None:
        entries.append(
            ChangedEntry(key=default.attribute, before=as_text(default.before), after=as_text(default.after))
        )
    return tuple(entries)
