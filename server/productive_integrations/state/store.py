from typing import Protocol

from productive_integrations.schemas.budget import Account, Group
from productive_integrations.schemas.journal import Ending, Intent, JournalCheck, RecordedChange
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan, PlanStatus, StoredPlan


class Store(Protocol):
    """Where plans, the journal of changes, holds and the request budget live.

    Every method raises StateError when it cannot be used. Nothing is opened before the first.

    A hold is one writer's lease of one integration, across all processes of the store. A write whose end is
    not recorded holds its integration too, whoever made it.
    """

    async def close(self) -> None:
        """Let go of the store."""

    async def check(self) -> JournalCheck:
        """Read the whole journal again. What it finds altered lets no new write begin, in this process or a later."""

    async def save_plan(self, plan: Plan, status: PlanStatus) -> None:
        """Keep a new plan."""

    async def plan(self, plan_id: str) -> StoredPlan | None:
        """A plan as it was saved; none when there is no such plan or its row was altered."""

    async def reported(self, edit_digest: str, now: float) -> frozenset[tuple[str, str]]:
        """Rule and field of each finding that was told for this very edit in a plan that has not expired."""

    async def latest(self, edit_digest: str, now: float) -> StoredPlan | None:
        """The newest plan of this very edit that still waits for approval, else the newest that was answered."""

    async def decline(self, plan_id: str) -> bool:
        """A person said no: the plan is dead. False when it was no longer waiting."""

    async def give_key(self, plan_id: str, digest: str) -> None:
        """Keep the digest of the key by which a page answers for a person, in place of an earlier one."""

    async def take_key(self, plan_id: str, digest: str) -> bool:
        """Use the key of a plan up; false when it is not its key, or was used before."""

    async def finish(self, plan_id: str, receipt: WriteResult) -> WriteResult:
        """The plan is used up; the receipt, given back with the journal's ends, answers every later call.

        That of a change whose end another process has written down meanwhile is kept and given back instead.
        """

    async def take_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        """Become the one writer of an integration, or learn that another is, or that a write is not settled."""

    async def take_over(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        """Take the hold in order to settle a write: as `take_hold`, but unsettled writes do not stand in the way."""

    async def renew_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        """Keep a hold; false when it was lost."""

    async def release_hold(self, organization_id: str, integration_id: str, owner: str) -> None:
        """Give a hold up."""

    async def held_for(self, organization_id: str, integration_id: str) -> float:
        """Seconds until a hold ends by itself; 0 where there is none."""

    async def begin(self, intent: Intent) -> bool:
        """Write down a write before it is sent, and mark its plan as being applied. False once it was declined."""

    async def end(self, ending: Ending, receipt: WriteResult | None) -> WriteResult | None:
        """Write down how it ended and keep the receipt, as one step, and give it back with the journal's ends.

        The integration stays held until `ending.held_until`.
        Without a receipt the plan waits again. An end that is there already stays, with its receipt.
        """

    async def unsettled(self, organization_id: str) -> list[RecordedChange]:
        """Writes with no recorded end, oldest first."""

    async def change(self, organization_id: str, change_id: str) -> RecordedChange | None:
        """One change of the organization."""

    async def changes(
        self, organization_id: str, integration_id: str | None, limit: int, before: int | None = None
    ) -> list[RecordedChange]:
        """Newest first, those before a sequence number."""

    async def recent(self, organization_id: str, integration_id: str, since: float) -> list[RecordedChange]:
        """Changes of one integration that ended at `since` or later, oldest first."""

    async def take_seats(self, account: Account, ticket: str, number: int, flight: float) -> float:
        """Enter a group of requests to Productive, or give the seconds until there may be room.

        Until it is left, or `flight` seconds are over, the group counts as under way.
        """

    async def leave_seats(self, account: Account, groups: tuple[Group, ...], closed_for: float) -> None:
        """Groups are over; `closed_for` is more than 0 when Productive said to wait so many seconds."""
