from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import JsonValue

from productive_integrations.providers import Hash
from productive_integrations.providers.markers import CodeKind, Codes, Fields, Mapping, Noun, Records, Side
from productive_integrations.schemas.chart import Chart
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Change
from productive_integrations.schemas.integration import Integration, Stored


@dataclass(frozen=True, slots=True)
class Asked:
    """A word under judgement and what it was taken to mean: a key or value, or several candidates, or nothing."""

    field: str
    text: str
    role: Literal["key", "removed key", "value", "default"]
    meaning: str | None
    candidates: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """All that a rule may know: an integration, one of its mappings as read and as wanted, and its surroundings.

    In an edit `asked` holds the words of the edit. When `checking`, it holds every stored entry instead and nothing
    changes. `others` is the mapping in all integrations of the type, this one left out.
    """

    integration: Integration
    mapping: str
    asked: tuple[Asked, ...] = ()
    change: Change = field(default_factory=Change)
    directory: Directory = field(default_factory=Directory)
    others: tuple[Stored, ...] = ()
    chart: Chart = field(default_factory=Chart)
    planned_identity: dict[str, str] | None = None
    unmatched: tuple[tuple[str, str], ...] = ()
    checking: bool = False

    @cached_property
    def facts(self) -> Mapping | None:
        """What the integration's type says of the mapping; none when it is not one of this type."""
        return self.integration.mappings.get(self.mapping)

    @cached_property
    def before(self) -> Hash:
        """The hash as read."""
        return self.integration.entries(self.mapping) or {}

    @cached_property
    def after(self) -> Hash:
        """The hash as wanted."""
        return self.change.applied_to(self.before) if self.change else self.before

    @cached_property
    def default_after(self) -> JsonValue:
        """The value for unmapped keys as wanted."""
        if self.change.default:
            return self.change.default.after
        return self.integration.value(self.facts.default) if self.facts and self.facts.default else None

    @cached_property
    def values(self) -> tuple[tuple[Asked, Asked], ...]:
        """Each key under judgement with its value, where both have a meaning."""
        pairs = zip(self.asked, self.asked[1:], strict=False)
        return tuple(
            (key, value)
            for key, value in pairs
            if (key.role, value.role) == ("key", "value") and key.meaning is not None and value.meaning is not None
        )

    def side_of(self, word: Asked) -> Side | None:
        """The side of the mapping that a word stands on."""
        if self.facts is None:
            return None
        return self.facts.key if word.role in _KEYS else self.facts.value

    @cached_property
    def other_keys(self) -> bool:
        """Whether what is stored speaks against the noun of the keys, where that is a guess."""
        facts = self.facts
        if facts is None or facts.direction != "unknown" or not isinstance(facts.key, Records) or not self.before:
            return False
        listing = self.directory.get(facts.key.noun)
        stored = {*self.before, *map(str, self.before.values())}
        return listing is not None and stored.isdisjoint(listing.by_id)

    def listing(self, side: Side | None) -> Listing | None:
        """The records that a side refers to: those of its noun, or custom fields where it names fields."""
        if isinstance(side, Records):
            guessed_wrong = self.other_keys and self.facts is not None and side == self.facts.key
            return None if guessed_wrong else self.directory.get(side.noun)
        return self.directory.get(Noun.CUSTOM_FIELD) if isinstance(side, Fields) else None

    @cached_property
    def key_listing(self) -> Listing | None:
        """The records that keys refer to, where all keys do."""
        return self.listing(self.facts.key) if self.facts and isinstance(self.facts.key, Records) else None

    @cached_property
    def value_listing(self) -> Listing | None:
        """The records that values refer to, where all values do."""
        return self.listing(self.facts.value) if self.facts and isinstance(self.facts.value, Records) else None

    @cached_property
    def referring(self) -> tuple[tuple[Asked, Listing], ...]:
        """The words that should name a record, with the list it should be in."""
        return tuple(
            (word, listing)
            for word in self.asked
            if (listing := self.listing(self.side_of(word))) is not None and word.text.strip() and self._names(word)
        )

    def _names(self, word: Asked) -> bool:
        """Whether a word can only be meant for a record: Productive's own fields are words with a meaning too."""
        if not isinstance(self.side_of(word), Fields):
            return True
        return word.meaning is None or word.meaning.isdecimal() or bool(word.candidates)

    @cached_property
    def covered(self) -> tuple[Entry, ...]:
        """The live records that the mapping should say something about: tax rates of the own subsidiary alone."""
        listing = self.key_listing
        if listing is None:
            return ()
        own = self.integration.subsidiary_id
        scoped = listing.noun is Noun.TAX_RATE and own is not None
        return tuple(entry for entry in listing.live if not scoped or entry.group == own)

    @cached_property
    def unmapped(self) -> tuple[Entry, ...]:
        """Those of `covered` without an entry."""
        return tuple(entry for entry in self.covered if entry.id not in self.after)

    @property
    def place(self) -> str:
        """The field that findings about the mapping as a whole name."""
        return self.mapping if self.checking else "mapping"

    @cached_property
    def places(self) -> dict[str, str]:
        """The field of each key under judgement, as the edit names it."""
        return {word.meaning: word.field for word in self.asked if word.role in _KEYS and word.meaning is not None}

    @cached_property
    def codes(self) -> Codes | None:
        """The other system's side of the values."""
        return self.facts.value if self.facts and isinstance(self.facts.value, Codes) else None

    @cached_property
    def in_use(self) -> frozenset[str]:
        """Values in use in this integration where they may mean the same as here: of this kind and these classes."""
        if self.facts is None or self.codes is None:
            return frozenset()
        like_here = (self.codes.kind, self.facts.classes)
        return frozenset().union(*(texts for like, texts in self._used.items() if like == like_here))

    @cached_property
    def used_here(self) -> dict[CodeKind, frozenset[str]]:
        """The codes in any mapping or default of this integration, by their kind."""
        kinds = {kind for kind, _ in self._used}
        return {
            kind: frozenset().union(*(self._used[like] for like in self._used if like[0] is kind)) for kind in kinds
        }

    @cached_property
    def _used(self) -> dict[tuple[CodeKind, tuple[str, ...]], frozenset[str]]:
        hashes: dict[tuple[CodeKind, tuple[str, ...]], list[Hash]] = {}
        for name, facts in self.integration.mappings.items():
            if isinstance(facts.value, Codes):
                default = {"default": self.integration.value(facts.default)} if facts.default else {}
                stored = hashes.setdefault((facts.value.kind, facts.classes), [])
                stored.extend((self.integration.entries(name) or {}, default))
        return {like: _texts(stored) for like, stored in hashes.items()}


_KEYS = frozenset({"key", "removed key"})


def _texts(hashes: Iterable[Hash]) -> frozenset[str]:
    return frozenset(str(value) for stored in hashes for value in stored.values() if isinstance(value, str | int))


def is_blank(value: JsonValue) -> bool:
    """Whether nothing is there."""
    return value is None or (isinstance(value, str) and not value.strip())
