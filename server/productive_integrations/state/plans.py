"""Plans as rows."""

from pydantic import ValidationError

from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan, PlanStatus, StoredPlan

from .database import Connection

KEEP_PLANS_SECONDS = 30 * 24 * 3600
_PLAN = "SELECT body, digest, status, change_id, receipt FROM plans"


def save(db: Connection, plan: Plan, status: PlanStatus) -> None:
    """Keep a new plan, and forget those that expired a month ago."""
    db.execute("DELETE FROM plans WHERE expires < ?", (db.now() - KEEP_PLANS_SECONDS,))
    db.execute(
        "INSERT INTO plans (id, edit_digest, body, digest, status, expires) VALUES (?, ?, ?, ?, ?, ?)",
        (plan.id, plan.edit_digest, plan.model_dump_json(), plan.digest, status, plan.expires),
    )


def find(db: Connection, plan_id: str) -> StoredPlan | None:
    """A plan as it was saved; none when its row was altered."""
    row = db.execute(f"{_PLAN} WHERE id = ?", (plan_id,)).fetchone()
    return _stored_plan(*row) if row else None


def reported(db: Connection, edit_digest: str, now: float) -> frozenset[tuple[str, str]]:
    """What was told for this very edit: rule and field of each finding."""
    rows = db.execute(f"{_PLAN} WHERE edit_digest = ? AND expires > ?", (edit_digest, now)).fetchall()
    plans = [stored.plan for row in rows if (stored := _stored_plan(*row))]
    return frozenset((finding.rule, finding.field) for plan in plans for finding in plan.findings)


def latest(db: Connection, edit_digest: str, now: float) -> StoredPlan | None:
    """The newest plan of this very edit that waits for approval, else the newest that was answered."""
    row = db.execute(
        f"{_PLAN} WHERE edit_digest = ? AND expires > ? AND status <> 'reported' "
        "ORDER BY CASE status WHEN 'pending' THEN 0 ELSE 1 END, expires DESC LIMIT 1",
        (edit_digest, now),
    ).fetchone()
    return _stored_plan(*row) if row else None


def decline(db: Connection, plan_id: str) -> bool:
    """Whether it was still waiting."""
    waited = db.execute("UPDATE plans SET status = 'declined' WHERE id = ? AND status = 'pending'", (plan_id,))
    return waited.rowcount == 1


def give_key(db: Connection, plan_id: str, digest: str) -> None:
    """The plan's key for a page is known by its digest alone."""
    db.execute("UPDATE plans SET page_key = ? WHERE id = ?", (digest, plan_id))


def take_key(db: Connection, plan_id: str, digest: str) -> bool:
    """Whether it was the plan's key; it is none any more."""
    taken = db.execute("UPDATE plans SET page_key = NULL WHERE id = ? AND page_key = ?", (plan_id, digest))
    return taken.rowcount == 1


def begin(db: Connection, plan_id: str, change_id: str) -> bool:
    """The plan's write is about to be sent, unless somebody declined it meanwhile."""
    db.execute(
        "UPDATE plans SET status = 'applying', change_id = ? WHERE id = ? AND status <> 'declined'",
        (change_id, plan_id),
    )
    return db.execute("SELECT 1 FROM plans WHERE id = ? AND status = 'declined'", (plan_id,)).fetchone() is None


def finish(db: Connection, plan_id: str, receipt: WriteResult | None) -> None:
    """Keep the receipt; without one the plan waits again."""
    status = "pending" if receipt is None else "applying" if receipt.outcome == "unknown" else "done"
    body = receipt.model_dump_json() if receipt else None
    db.execute("UPDATE plans SET status = ?, receipt = ? WHERE id = ?", (status, body, plan_id))


def _stored_plan(
    body: str, digest: str, status: PlanStatus, change_id: str | None, receipt: str | None
) -> StoredPlan | None:
    try:
        stored = StoredPlan(
            plan=Plan.model_validate_json(body),
            status=status,
            change_id=change_id,
            receipt=WriteResult.model_validate_json(receipt) if receipt else None,
        )
    except ValidationError:
        return None
    return stored if stored.plan.digest == digest else None
