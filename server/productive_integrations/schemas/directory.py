import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from productive_integrations.providers.markers import Noun


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of Productive that a mapping can refer to.

    `group` is what it belongs to: a tax rate's subsidiary, a deal status's pipeline, a custom field's record type.
    `percent` is a tax rate's, `phase` a deal status's.
    """

    id: str
    name: str
    archived: bool = False
    group: str | None = None
    group_name: str | None = None
    percent: float | None = None
    phase: Literal["open", "won", "lost"] | None = None


@dataclass(frozen=True)
class Listing:
    """All records of one noun, archived ones too."""

    noun: Noun
    entries: tuple[Entry, ...] = ()
    by_id: Mapping[str, Entry] = field(init=False, repr=False, compare=False)
    _by_name: Mapping[str, list[Entry]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[Entry]] = {}
        for entry in self.entries:
            by_name.setdefault(folded(entry.name), []).append(entry)
        object.__setattr__(self, "by_id", {entry.id: entry for entry in self.entries})
        object.__setattr__(self, "_by_name", by_name)

    @property
    def live(self) -> Iterator[Entry]:
        """Those that are not archived."""
        return (entry for entry in self.entries if not entry.archived)

    def named(self, text: str) -> tuple[Entry, ...]:
        """Every live record of that name in any case, or else every archived one."""
        matches = self.namesakes(text)
        return tuple(entry for entry in matches if not entry.archived) or matches

    def namesakes(self, text: str) -> tuple[Entry, ...]:
        """Every record of that name in any case, archived ones too."""
        return tuple(self._by_name.get(folded(text), ()))


def folded(name: str) -> str:
    """A name for comparing: case, runs of blanks and the way an accent is written do not matter."""
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())


class Directory(Mapping[Noun, Listing]):
    """Listings by noun, as they were when read."""

    def __init__(self, listings: Iterable[Listing] = ()) -> None:
        self._listings = {listing.noun: listing for listing in listings}

    def __getitem__(self, noun: Noun) -> Listing:
        return self._listings[noun]

    def __iter__(self) -> Iterator[Noun]:
        return iter(self._listings)

    def __len__(self) -> int:
        return len(self._listings)

    def same_as(self, other: "Directory") -> bool:
        """Whether both are of the same reads."""
        return all(other.get(noun) is listing for noun, listing in self.items())
