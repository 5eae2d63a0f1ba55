from typing import Protocol

from productive_integrations.schemas.journal import Ending, Intent, RecordedChange
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan, PlanStatus, StoredPlan


class Store(Protocol):
    """Where plans, the journal of changes and holds live. Every method raises StateError when it cannot be used.

    A hold is one writer's lease of one integration, across all processes of the store. A write whose end is
    not recorded holds its integration too, whoever made it.
    """

    async def close(self) -> None:
        """Let go of the store."""

    async def save_plan(self, plan: Plan, status: PlanStatus) -> None:
        """Keep a new plan."""

    async def plan(self, plan_id: str) -> StoredPlan | None:
        """A plan as it was saved; none when there is no such plan or its row was altered."""

    async def reported(self, edit_digest: str, now: float) -> tuple[str, ...]:
        """The rules whose findings were told for this very edit in a plan that has not expired."""

    async def waiting(self, edit_digest: str, now: float) -> StoredPlan | None:
        """The newest plan of this very edit that still waits for approval."""

    async def decline(self, plan_id: str) -> bool:
        """A person said no: the plan is dead. False when it was no longer waiting."""

    async def finish(self, plan_id: str, receipt: WriteResult) -> None:
        """The plan is used up; the receipt answers every later call."""

    async def take_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        """Become the one writer of an integration, or learn that another is, or that a write is not settled."""

    async def take_over(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        """Take the hold in order to settle a write: as `take_hold`, but unsettled writes do not stand in the way."""

    async def renew_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        """Keep a hold; false when it was lost."""

    async def release_hold(self, organization_id: str, integration_id: str, owner: str) -> None:
        """Give a hold up."""

    async def begin(self, intent: Intent) -> None:
        """Write down a write before it is sent, and mark its plan as being applied."""

    async def end(self, ending: Ending, receipt: WriteResult | None) -> None:
        """Write down how it ended and keep the receipt, as one step. Without a receipt the plan waits again."""

    async def unsettled(self, organization_id: str) -> list[RecordedChange]:
        """Writes with no recorded end, oldest first."""

    async def recent(self, organization_id: str, integration_id: str, since: float) -> list[RecordedChange]:
        """Changes of an integration that ended at `since` or later, oldest first."""

    async def change(self, organization_id: str, change_id: str) -> RecordedChange | None:
        """One change of the organization."""

    async def changes(
        self, organization_id: str, integration_id: str | None, limit: int, before: int | None = None
    ) -> list[RecordedChange]:
        """Newest first, those before a sequence number."""
