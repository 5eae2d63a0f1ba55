import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from productive_integrations.schemas.journal import Ending, Intent, RecordedChange
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan, PlanStatus, StoredPlan

from .database import as_state_error, open_database, transaction

KEEP_PLANS_SECONDS = 30 * 24 * 3600


_T = TypeVar("_T")

_CHANGES = """
SELECT i.seq, i.body, e.body FROM journal AS i
LEFT JOIN journal AS e ON e.change_id = i.change_id AND e.kind = 'ending'
WHERE i.kind = 'intent' AND i.organization_id = :organization
AND (e.body IS NULL OR json_extract(e.body, '$.outcome') != 'not_sent')
"""
_UNSETTLED = """
SELECT 1 FROM journal AS i WHERE i.kind = 'intent' AND i.organization_id = ? AND i.integration_id = ?
AND NOT EXISTS (SELECT 1 FROM journal AS e WHERE e.change_id = i.change_id AND e.kind = 'ending')
"""


class SQLiteStore:
    """The store of one machine: a file that any number of processes share.

    Every method is one transaction on a worker thread; `synchronous=FULL` makes it survive a power cut.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._database = open_database(path)
        # One thread: transactions cannot interleave, not even after a caller was cancelled.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._database.close)
        self._thread.shutdown()

    async def save_plan(self, plan: Plan, status: PlanStatus) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM plans WHERE expires < ?", (self._clock() - KEEP_PLANS_SECONDS,))
            db.execute(
                "INSERT INTO plans (id, edit_digest, body, digest, status, expires) VALUES (?, ?, ?, ?, ?, ?)",
                (plan.id, plan.edit_digest, plan.model_dump_json(), plan.digest, status, plan.expires),
            )

        await self._run(work)

    async def plan(self, plan_id: str) -> StoredPlan | None:
        def work(db: sqlite3.Connection) -> StoredPlan | None:
            row = db.execute(
                "SELECT body, digest, status, change_id, receipt FROM plans WHERE id = ?", (plan_id,)
            ).fetchone()
            return _stored_plan(*row) if row else None

        return await self._run(work)

    async def reported(self, edit_digest: str, now: float) -> tuple[str, ...]:
        def work(db: sqlite3.Connection) -> tuple[str, ...]:
            rows = db.execute(
                "SELECT body, digest, status, change_id, receipt FROM plans WHERE edit_digest = ? AND expires > ?",
                (edit_digest, now),
            ).fetchall()
            plans = [stored.plan for row in rows if (stored := _stored_plan(*row))]
            return tuple({finding.rule for plan in plans for finding in plan.findings})

        return await self._run(work)

    async def waiting(self, edit_digest: str, now: float) -> StoredPlan | None:
        def work(db: sqlite3.Connection) -> StoredPlan | None:
            row = db.execute(
                "SELECT body, digest, status, change_id, receipt FROM plans WHERE edit_digest = ? AND expires > ? "
                "AND status = 'pending' ORDER BY expires DESC LIMIT 1",
                (edit_digest, now),
            ).fetchone()
            return _stored_plan(*row) if row else None

        return await self._run(work)

    async def decline(self, plan_id: str) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            waiting = "UPDATE plans SET status = 'declined' WHERE id = ? AND status = 'pending'"
            return db.execute(waiting, (plan_id,)).rowcount == 1

        return await self._run(work)

    async def finish(self, plan_id: str, receipt: WriteResult) -> None:
        def work(db: sqlite3.Connection) -> None:
            _finish(db, plan_id, receipt)

        await self._run(work)

    async def take_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            if db.execute(_UNSETTLED, (organization_id, integration_id)).fetchone():
                return False
            return self._take(db, organization_id, integration_id, owner, seconds)

        return await self._run(work)

    async def take_over(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        return await self._run(lambda db: self._take(db, organization_id, integration_id, owner, seconds))

    def _take(
        self, db: sqlite3.Connection, organization_id: str, integration_id: str, owner: str, seconds: float
    ) -> bool:
        now = self._clock()
        taken = db.execute(
            "INSERT INTO holds VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET owner = excluded.owner, "
            "until = excluded.until WHERE until <= ? OR owner = excluded.owner",
            (organization_id, integration_id, owner, now + seconds, now),
        )
        return taken.rowcount == 1

    async def renew_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            kept = db.execute(
                "UPDATE holds SET until = ? WHERE organization_id = ? AND integration_id = ? AND owner = ?",
                (self._clock() + seconds, organization_id, integration_id, owner),
            )
            return kept.rowcount == 1

        return await self._run(work)

    async def release_hold(self, organization_id: str, integration_id: str, owner: str) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "DELETE FROM holds WHERE organization_id = ? AND integration_id = ? AND owner = ?",
                (organization_id, integration_id, owner),
            )

        await self._run(work)

    async def begin(self, intent: Intent) -> None:
        def work(db: sqlite3.Connection) -> None:
            _append(db, "intent", intent.organization_id, intent.integration_id, intent)
            db.execute(
                "UPDATE plans SET status = 'applying', change_id = ? WHERE id = ?",
                (intent.change_id, intent.plan_id),
            )

        await self._run(work)

    async def end(self, ending: Ending, receipt: WriteResult | None) -> None:
        def work(db: sqlite3.Connection) -> None:
            found = db.execute(
                "SELECT organization_id, integration_id, body FROM journal WHERE change_id = ? AND kind = 'intent'",
                (ending.change_id,),
            ).fetchone()
            _append(db, "ending", found[0], found[1], ending)
            _finish(db, Intent.model_validate_json(found[2]).plan_id, receipt)

        await self._run(work)

    async def unsettled(self, organization_id: str) -> list[RecordedChange]:
        def work(db: sqlite3.Connection) -> list[RecordedChange]:
            rows = db.execute(
                f"{_CHANGES} AND e.body IS NULL ORDER BY i.seq", {"organization": organization_id}
            ).fetchall()
            return [_recorded(*row) for row in rows]

        return await self._run(work)

    async def recent(self, organization_id: str, integration_id: str, since: float) -> list[RecordedChange]:
        def work(db: sqlite3.Connection) -> list[RecordedChange]:
            rows = db.execute(
                f"{_CHANGES} AND i.integration_id = :integration "
                "AND json_extract(e.body, '$.at') >= :since ORDER BY i.seq",
                {"organization": organization_id, "integration": integration_id, "since": since},
            ).fetchall()
            return [_recorded(*row) for row in rows]

        return await self._run(work)

    async def change(self, organization_id: str, change_id: str) -> RecordedChange | None:
        def work(db: sqlite3.Connection) -> RecordedChange | None:
            names = {"organization": organization_id, "change": change_id}
            row = db.execute(f"{_CHANGES} AND i.change_id = :change", names).fetchone()
            return _recorded(*row) if row else None

        return await self._run(work)

    async def changes(
        self, organization_id: str, integration_id: str | None, limit: int, before: int | None = None
    ) -> list[RecordedChange]:
        def work(db: sqlite3.Connection) -> list[RecordedChange]:
            rows = db.execute(
                f"{_CHANGES} AND (:integration IS NULL OR i.integration_id = :integration) "
                "AND (:before IS NULL OR i.seq < :before) ORDER BY i.seq DESC LIMIT :limit",
                {
                    "organization": organization_id,
                    "integration": integration_id,
                    "before": before,
                    "limit": limit,
                },
            ).fetchall()
            return [_recorded(*row) for row in rows]

        return await self._run(work)

    async def _run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        def run() -> _T:
            with as_state_error(), transaction(self._database) as db:
                return work(db)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _append(db: sqlite3.Connection, kind: str, organization_id: str, integration_id: str, row: Intent | Ending) -> None:
    last = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    seq, previous = (last[0] + 1, last[1]) if last else (1, "")
    body = row.model_dump_json()
    cells = (seq, row.change_id, kind, organization_id, integration_id, body)
    db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", (*cells, chain_hash(cells, previous)))


def chain_hash(cells: tuple[object, ...], previous: str) -> str:
    """The hash of one journal row, over its cells and the hash before it."""
    return hashlib.sha256("\n".join(map(str, (*cells, previous))).encode()).hexdigest()


def _finish(db: sqlite3.Connection, plan_id: str, receipt: WriteResult | None) -> None:
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


def _recorded(seq: int, intent: str, ending: str | None) -> RecordedChange:
    return RecordedChange(
        seq=seq,
        intent=Intent.model_validate_json(intent),
        ending=Ending.model_validate_json(ending) if ending else None,
    )
