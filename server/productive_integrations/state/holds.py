"""Holds as rows: one writer's lease of one integration."""

from dataclasses import dataclass

from .database import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """An integration and who wants to write to it."""

    organization_id: str
    integration_id: str
    owner: str


def take(db: Connection, place: Place, seconds: float) -> bool:
    """Become the one writer, unless another one is."""
    now = db.now()
    taken = db.execute(
        "INSERT INTO holds (organization_id, integration_id, owner, until) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (organization_id, integration_id) DO UPDATE SET owner = excluded.owner, until = excluded.until "
        "WHERE holds.until <= ? OR holds.owner = excluded.owner",
        (place.organization_id, place.integration_id, place.owner, now + seconds, now),
    )
    return taken.rowcount == 1


def keep(db: Connection, place: Place, seconds: float) -> None:
    """Hold an integration for nobody: whoever wrote to it has ended, and its write may yet land."""
    db.execute(
        "INSERT INTO holds (organization_id, integration_id, owner, until) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (organization_id, integration_id) DO UPDATE SET owner = excluded.owner, until = excluded.until",
        (place.organization_id, place.integration_id, place.owner, db.now() + seconds),
    )


def seconds_left(db: Connection, organization_id: str, integration_id: str) -> float:
    """How long it is held yet, by anybody."""
    row = db.execute(
        "SELECT until FROM holds WHERE organization_id = ? AND integration_id = ?", (organization_id, integration_id)
    ).fetchone()
    return max(0.0, float(row[0]) - db.now()) if row else 0.0


def renew(db: Connection, place: Place, seconds: float) -> bool:
    """Keep it; false when it was lost."""
    kept = db.execute(
        "UPDATE holds SET until = ? WHERE organization_id = ? AND integration_id = ? AND owner = ?",
        (db.now() + seconds, place.organization_id, place.integration_id, place.owner),
    )
    return kept.rowcount == 1


def release(db: Connection, place: Place) -> None:
    """Give it up."""
    db.execute(
        "DELETE FROM holds WHERE organization_id = ? AND integration_id = ? AND owner = ?",
        (place.organization_id, place.integration_id, place.owner),
    )
