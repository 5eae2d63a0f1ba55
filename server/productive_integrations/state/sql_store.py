import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from productive_integrations.schemas.budget import Account, Group
from productive_integrations.schemas.journal import Ending, Intent, JournalCheck, RecordedChange
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan, PlanStatus, StoredPlan

from . import holds, journal, plans, seats
from .database import Connection, Database
from .holds import Place

_T = TypeVar("_T")


class SQLStore:
    """The store in a database. Every method is one transaction on a thread of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # One thread: transactions cannot interleave, not even after a caller was cancelled.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")
        self._checked: JournalCheck | None = None

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._database.close)
        self._thread.shutdown()

    async def check(self) -> JournalCheck:
        def work(db: Connection) -> JournalCheck:
            self._checked = journal.check(db)
            return self._checked

        return await self._run(work)

    async def save_plan(self, plan: Plan, status: PlanStatus) -> None:
        await self._run(lambda db: plans.save(db, plan, status))

    async def plan(self, plan_id: str) -> StoredPlan | None:
        return await self._run(lambda db: plans.find(db, plan_id))

    async def reported(self, edit_digest: str, now: float) -> frozenset[tuple[str, str]]:
        return await self._run(lambda db: plans.reported(db, edit_digest, now))

    async def latest(self, edit_digest: str, now: float) -> StoredPlan | None:
        return await self._run(lambda db: plans.latest(db, edit_digest, now))

    async def decline(self, plan_id: str) -> bool:
        return await self._run(lambda db: plans.decline(db, plan_id))

    async def give_key(self, plan_id: str, digest: str) -> None:
        await self._run(lambda db: plans.give_key(db, plan_id, digest))

    async def take_key(self, plan_id: str, digest: str) -> bool:
        return await self._run(lambda db: plans.take_key(db, plan_id, digest))

    async def finish(self, plan_id: str, receipt: WriteResult) -> WriteResult:
        def work(db: Connection) -> WriteResult:
            if receipt.change_id and journal.has_ended(db, receipt.change_id):
                return _kept(db, plan_id) or receipt
            anchored = _anchored(db, receipt)
            plans.finish(db, plan_id, anchored)
            return anchored

        return await self._run(work)

    async def take_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        place = Place(organization_id, integration_id, owner)

        def work(db: Connection) -> bool:
            return not journal.is_unsettled(db, organization_id, integration_id) and holds.take(db, place, seconds)

        return await self._run(work)

    async def take_over(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        place = Place(organization_id, integration_id, owner)
        return await self._run(lambda db: holds.take(db, place, seconds))

    async def renew_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        place = Place(organization_id, integration_id, owner)
        return await self._run(lambda db: holds.renew(db, place, seconds))

    async def release_hold(self, organization_id: str, integration_id: str, owner: str) -> None:
        place = Place(organization_id, integration_id, owner)
        await self._run(lambda db: holds.release(db, place))

    async def held_for(self, organization_id: str, integration_id: str) -> float:
        return await self._run(lambda db: holds.seconds_left(db, organization_id, integration_id))

    async def begin(self, intent: Intent) -> bool:
        def work(db: Connection) -> bool:
            if self._checked and self._checked.damage:
                raise journal.damaged(self._checked.damage)
            if not journal.tail_is_whole(db):
                raise journal.damaged("its last rows are not as they were written")
            if not plans.begin(db, intent.plan_id, intent.change_id):
                return False
            journal.append(db, "intent", intent.organization_id, intent.integration_id, intent)
            return True

        return await self._run(work)

    async def end(self, ending: Ending, receipt: WriteResult | None) -> WriteResult | None:
        def work(db: Connection) -> WriteResult | None:
            organization_id, integration_id, plan_id = journal.owner_of(db, ending.change_id)
            if journal.has_ended(db, ending.change_id):
                return _kept(db, plan_id) or receipt
            journal.append(db, "ending", organization_id, integration_id, ending)
            if ending.held_until is not None and ending.held_until > ending.at:
                kept = Place(organization_id, integration_id, ending.change_id)
                holds.keep(db, kept, ending.held_until - ending.at)
            anchored = receipt and _anchored(db, receipt)
            plans.finish(db, plan_id, anchored)
            return anchored

        return await self._run(work)

    async def unsettled(self, organization_id: str) -> list[RecordedChange]:
        return await self._run(lambda db: journal.unsettled(db, organization_id))

    async def change(self, organization_id: str, change_id: str) -> RecordedChange | None:
        return await self._run(lambda db: journal.one(db, organization_id, change_id))

    async def changes(
        self, organization_id: str, integration_id: str | None, limit: int, before: int | None = None
    ) -> list[RecordedChange]:
        return await self._run(lambda db: journal.newest(db, organization_id, integration_id, limit, before))

    async def recent(self, organization_id: str, integration_id: str, since: float) -> list[RecordedChange]:
        return await self._run(lambda db: journal.recent(db, organization_id, integration_id, since))

    async def take_seats(self, account: Account, ticket: str, number: int, flight: float) -> float:
        return await self._run(lambda db: seats.take(db, account, ticket, number, flight), durable=False)

    async def leave_seats(self, account: Account, groups: tuple[Group, ...], closed_for: float) -> None:
        await self._run(lambda db: seats.leave(db, account, groups, closed_for), durable=False)

    async def _run(self, work: Callable[[Connection], _T], *, durable: bool = True) -> _T:
        def checked(db: Connection) -> _T:
            if self._checked is None:
                self._checked = journal.check(db)
            return work(db)

        def run() -> _T:
            return self._database.transact(checked, durable=durable)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _kept(db: Connection, plan_id: str) -> WriteResult | None:
    stored = plans.find(db, plan_id)
    return stored.receipt if stored else None


def _anchored(db: Connection, receipt: WriteResult) -> WriteResult:
    """The receipt of a request that was sent, with the ends of the journal as they are now."""
    if receipt.change_id is None:
        return receipt
    return receipt.model_copy(update={"journal": journal.ends(db)})
