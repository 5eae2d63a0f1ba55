import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict

from .edit import Change, Edit
from .finding import Finding
from .outcome import WriteResult

PLAN_SECONDS = 600

PlanStatus = Literal["pending", "reported", "applying", "done", "declined"]
"""`reported` only remembers which findings an edit was told; it cannot be applied."""


class Plan(BaseModel):
    """An edit worked out against a mapping as it was read, waiting for approval.

    `shown` is what the caller was told of it; `place` names the integration for a person. `places` has the field that
    findings about a key name, as the edit does: by the key, or by the name of what it refers to.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    organization_id: str
    caller: str
    edit: Edit
    place: str
    change: Change
    identity: dict[str, str]
    places: dict[str, str] = {}
    shown: WriteResult
    accepted: tuple[str, ...] = ()
    created: float
    expires: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules said when it was made."""
        return self.shown.findings

    @property
    def digest(self) -> str:
        """Changes when anything about the plan does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def edit_digest(self) -> str:
        """Finds the plan again when the same edit comes back."""
        return self.edit.digest(self.organization_id, self.caller)


class StoredPlan(BaseModel):
    """A plan with what became of it."""

    model_config = ConfigDict(frozen=True)

    plan: Plan
    status: PlanStatus
    change_id: str | None = None
    receipt: WriteResult | None = None
