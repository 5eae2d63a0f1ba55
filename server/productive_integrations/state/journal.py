"""The journal of changes: rows are only ever added, and each one's hash covers the row before it."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from productive_integrations.errors import StateError
from productive_integrations.schemas.journal import Ending, Intent, JournalCheck, RecordedChange

from .database import Connection

SHOWN_HASH = 16
_PAGE = 1000
_FEW = 4
_ROW = "seq, change_id, kind, organization_id, integration_id, body, hash"
_CHANGES = """
SELECT i.seq, i.body, e.body FROM journal AS i
LEFT JOIN journal AS e ON e.change_id = i.change_id AND e.kind = 'ending'
WHERE i.kind = 'intent' AND i.organization_id = ? AND (e.body IS NULL OR outcome_of(e.body) <> 'not_sent')
"""


def append(db: Connection, kind: str, organization_id: str, integration_id: str, row: Intent | Ending) -> None:
    """Add a row at the end."""
    seq, previous = db.execute("SELECT seq, hash FROM journal_head").fetchone() or (0, "")
    cells = (seq + 1, row.change_id, kind, organization_id, integration_id, row.model_dump_json())
    new_hash = chain_hash(cells, previous)
    db.execute(f"INSERT INTO journal ({_ROW}) VALUES (?, ?, ?, ?, ?, ?, ?)", (*cells, new_hash))
    db.execute(
        "INSERT INTO journal_head (one, seq, hash) VALUES (1, ?, ?) "
        "ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
        (seq + 1, new_hash),
    )


def chain_hash(cells: tuple[object, ...], previous: str) -> str:
    """The hash of one journal row, over its cells and the hash before it."""
    return hashlib.sha256("\n".join(map(str, (*cells, previous))).encode()).hexdigest()


def ends(db: Connection) -> str:
    """The first and the last hash, shortened: whoever keeps them can tell later that no row before is missing."""
    first = db.execute("SELECT hash FROM journal ORDER BY seq LIMIT 1").fetchone()
    last = db.execute("SELECT hash FROM journal_head").fetchone()
    return f"{first[0][:SHOWN_HASH]}..{last[0][:SHOWN_HASH]}" if first and last else ""


def check(db: Connection) -> JournalCheck:
    """Read every row again."""
    rows, last = 0, ""
    for row in _all(db):
        rows += 1
        if row[0] != rows:
            return _damaged(db, rows, f"row {rows} is missing")
        if chain_hash(tuple(row[:-1]), last) != row[-1]:
            return _damaged(db, rows, f"row {rows} is not as it was written")
        last = row[-1]
    head = db.execute("SELECT seq, hash FROM journal_head").fetchone() or (0, "")
    if tuple(head) != (rows, last):
        return _damaged(db, rows, f"rows after row {rows} are missing")
    lost = db.execute(
        "SELECT count(*) FROM plans AS p WHERE p.change_id IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM journal AS j WHERE j.change_id = p.change_id)"
    ).fetchone()[0]
    return _damaged(db, rows, "a change that a plan names is missing") if lost else JournalCheck(rows, ends(db))


def _damaged(db: Connection, rows: int, damage: str) -> JournalCheck:
    return JournalCheck(rows, ends(db), damage)


def _all(db: Connection) -> Iterator[Sequence[Any]]:
    page: list[Any] = [(0,)]
    while page:
        after = page[-1][0]
        page = db.execute(f"SELECT {_ROW} FROM journal WHERE seq > ? ORDER BY seq LIMIT {_PAGE}", (after,)).fetchall()
        yield from page


def tail_is_whole(db: Connection) -> bool:
    """Whether the last row is as it was written and really the last: a quick look before each new change."""
    rows = db.execute(f"SELECT {_ROW} FROM journal ORDER BY seq DESC LIMIT 2").fetchall()
    head = db.execute("SELECT seq, hash FROM journal_head").fetchone()
    if not rows or head is None:
        return not rows and head is None
    last, previous = rows[0], rows[1][-1] if len(rows) > 1 else ""
    return (last[0], last[-1]) == tuple(head) and chain_hash(tuple(last[:-1]), previous) == last[-1]


def unsettled(db: Connection, organization_id: str) -> list[RecordedChange]:
    """Writes with no recorded end, oldest first."""
    return _recorded(
        db,
        "SELECT i.seq, i.body, NULL FROM journal AS i WHERE i.kind = 'intent' AND i.organization_id = ? AND NOT EXISTS "
        "(SELECT 1 FROM journal AS e WHERE e.change_id = i.change_id AND e.kind = 'ending') ORDER BY i.seq",
        (organization_id,),
    )


def is_unsettled(db: Connection, organization_id: str, integration_id: str) -> bool:
    """Whether a write of this integration has no recorded end."""
    found = db.execute(
        "SELECT 1 FROM journal AS i WHERE i.kind = 'intent' AND i.organization_id = ? AND i.integration_id = ? "
        "AND NOT EXISTS (SELECT 1 FROM journal AS e WHERE e.change_id = i.change_id AND e.kind = 'ending')",
        (organization_id, integration_id),
    )
    return found.fetchone() is not None


def one(db: Connection, organization_id: str, change_id: str) -> RecordedChange | None:
    """One change of the organization."""
    found = _recorded(db, f"{_CHANGES} AND i.change_id = ?", (organization_id, change_id))
    return found[0] if found else None


def newest(
    db: Connection, organization_id: str, integration_id: str | None, limit: int, before: int | None
) -> list[RecordedChange]:
    """Newest first, those before a sequence number."""
    conditions, values = "", [organization_id]
    for condition, value in ((" AND i.integration_id = ?", integration_id), (" AND i.seq < ?", before)):
        if value is not None:
            conditions += condition
            values.append(value)  # type: ignore[arg-type]
    return _recorded(db, f"{_CHANGES}{conditions} ORDER BY i.seq DESC LIMIT ?", (*values, limit))


def recent(db: Connection, organization_id: str, integration_id: str, since: float) -> list[RecordedChange]:
    """Changes that ended at `since` or later, oldest first. One ends before the next of its integration begins."""
    found: list[RecordedChange] = []
    before: int | None = None
    while page := newest(db, organization_id, integration_id, _FEW, before):
        found += [change for change in page if change.ending and change.ending.at >= since]
        before = page[-1].seq
        if page[-1].ending and page[-1].ending.at < since:
            break
    return found[::-1]


def has_ended(db: Connection, change_id: str) -> bool:
    """Whether an end of the change is written down."""
    row = db.execute("SELECT 1 FROM journal WHERE change_id = ? AND kind = 'ending'", (change_id,)).fetchone()
    return row is not None


def owner_of(db: Connection, change_id: str) -> tuple[str, str, str]:
    """Organization, integration and plan of a change."""
    organization_id, integration_id, body = db.execute(
        "SELECT organization_id, integration_id, body FROM journal WHERE change_id = ? AND kind = 'intent'",
        (change_id,),
    ).fetchone()
    return organization_id, integration_id, Intent.model_validate_json(body).plan_id


def _recorded(db: Connection, query: str, parameters: Sequence[object]) -> list[RecordedChange]:
    try:
        return [
            RecordedChange(
                seq=seq,
                intent=Intent.model_validate_json(intent),
                ending=Ending.model_validate_json(ending) if ending else None,
            )
            for seq, intent, ending in db.execute(query, parameters).fetchall()
        ]
    except ValueError as error:
        raise damaged("a row cannot be read") from error


def damaged(what: str) -> StateError:
    """Why no edit is made on an altered journal."""
    return StateError(
        f"PRODUCTIVE_STATE: the journal of changes was altered outside this server ({what}), so no edit is made on it. "
        "Keep it for whoever looks into it, and give PRODUCTIVE_STATE a new place."
    )
