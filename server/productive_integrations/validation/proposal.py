from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from productive_integrations.providers import Hash
from productive_integrations.providers.markers import Codes, Mapping, Noun, Records, Side
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Change
from productive_integrations.schemas.integration import Integration


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of the edit and what it was taken to mean: a key or value, or several candidates, or nothing."""

    field: str
    text: str
    role: Literal["key", "removed key", "value", "default"]
    meaning: str | None
    candidates: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """All that a rule may know: an integration, one of its mappings as read and as wanted, and the directory.

    An edit that asks for nothing (`asked` empty, `change` empty) is a check of what is stored.
    """

    integration: Integration
    mapping: str
    asked: tuple[Asked, ...] = ()
    change: Change = field(default_factory=Change)
    directory: Directory = field(default_factory=Directory)
    siblings: tuple[Hash, ...] = ()
    planned_identity: dict[str, JsonValue] | None = None

    @property
    def facts(self) -> Mapping | None:
        """What the integration's type says of the mapping; none when it is not one of this type."""
        return self.integration.mappings.get(self.mapping)

    @property
    def before(self) -> Hash:
        """The hash as read."""
        return self.integration.entries(self.mapping) or {}

    @property
    def after(self) -> Hash:
        """The hash as wanted."""
        return self.change.applied_to(self.before)

    @property
    def default_after(self) -> JsonValue:
        """The value for unmapped keys as wanted."""
        if self.change.default:
            return self.change.default.after
        return self.integration.value(self.facts.default) if self.facts and self.facts.default else None

    @property
    def added(self) -> Iterator[tuple[str, JsonValue]]:
        """Entries that are new or get another value."""
        return ((entry.key, entry.after) for entry in self.change.entries if entry.after is not None)

    def listing(self, side: Side) -> Listing | None:
        """The directory's records of a side; none when it is not a side of records or was not loaded."""
        return self.directory.get(side.noun) if isinstance(side, Records) else None

    @property
    def key_listing(self) -> Listing | None:
        """The records that keys refer to."""
        return self.listing(self.facts.key) if self.facts else None

    @property
    def value_listing(self) -> Listing | None:
        """The records that values refer to."""
        return self.listing(self.facts.value) if self.facts else None

    @property
    def covered(self) -> tuple[Entry, ...]:
        """The live records that the mapping should say something about: tax rates of the own subsidiary alone."""
        listing = self.key_listing
        if listing is None:
            return ()
        own = self.integration.subsidiary_id
        scoped = listing.noun is Noun.TAX_RATE and own is not None
        return tuple(entry for entry in listing.live if not scoped or entry.group == own)

    @property
    def unmapped(self) -> tuple[Entry, ...]:
        """Those of `covered` without an entry."""
        after = self.after
        return tuple(entry for entry in self.covered if entry.id not in after)

    def codes(self) -> Codes | None:
        """The form of the other system's side, when the mapping has one."""
        facts = self.facts
        sides = (facts.value, facts.key) if facts else ()
        return next((side for side in sides if isinstance(side, Codes)), None)
