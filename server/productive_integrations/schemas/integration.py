import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from productive_integrations.providers import Hash, Provider
from productive_integrations.providers.markers import Mapping, Setting, State


class Integration(BaseModel):
    """One integration as read.

    `record` holds it in its type's own terms. `present` names the attributes that the answer really held: an
    attribute that is not there says nothing, unlike one that is null.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    type_title: str
    record: Provider
    present: frozenset[str]

    @property
    def name(self) -> str:
        """The label people gave it, else its type's title."""
        name = getattr(self.record, "name", None)
        return name if isinstance(name, str) and name.strip() else self.type_title

    @property
    def state(self) -> Literal["active", "inactive"]:
        """Inactive once it was switched off."""
        return "inactive" if self.value("deactivated_at") else "active"

    @property
    def type_id(self) -> int:
        """The number of its type."""
        number = self.value("integration_type_id")
        return number if isinstance(number, int) else 0

    @property
    def subsidiary_id(self) -> str | None:
        """The subsidiary whose invoices use it."""
        reference = getattr(self.record, "subsidiary", None)
        return reference.id if reference else None

    @property
    def mappings(self) -> dict[str, Mapping]:
        """The mappings of its type."""
        return self.record.mappings()

    def value(self, attribute: str) -> JsonValue:
        """A stored attribute as it is."""
        value: JsonValue = getattr(self.record, attribute, None)
        return value

    def entries(self, mapping: str) -> Hash | None:
        """A mapping's hash; none when it is unset or not a hash."""
        stored = self.value(mapping)
        return stored if isinstance(stored, dict) else None

    @property
    def identity(self) -> dict[str, str]:
        """What must not change between planning and applying: the type and what its codes belong to.

        Values are fingerprints, since a plan is kept on disk and some of them are internal ids.
        """
        parents = {
            name: self.value(name)
            for name, _, fact in self.record.attributes()
            if isinstance(fact.kind, Setting | State) and fact.kind.parent
        }
        parents |= {"integration_type_id": self.value("integration_type_id"), "subsidiary": self.subsidiary_id}
        return {name: fingerprint(value) for name, value in parents.items()}


def fingerprint(value: JsonValue) -> str:
    """The same for the same value, and of no use to learn it."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Stored:
    """One integration of a type that has the mapping, with its hash of it."""

    integration_id: str
    type_id: int
    subsidiary_id: str | None
    active: bool
    entries: Hash
