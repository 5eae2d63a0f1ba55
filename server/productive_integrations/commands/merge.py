"""What a file wants of a mapping as it stands now. Pure: three-way, by what each row says the value was."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from productive_integrations.errors import InvalidArgument
from productive_integrations.mappings.plan import name_of
from productive_integrations.mappings.resolve import Lists, as_text, meaning
from productive_integrations.schemas.outcome import Difference, PlanResult
from productive_integrations.text import quoted, visible
from productive_integrations.validation import Proposal

from .files import ESCAPE, FileRow

ENOUGH_TO_TELL = 3
"""Rows from which on a file can be told from one of another mapping."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The edit that a file comes to, and what stands against it.

    `before` holds what each key had when it was compared, where its row says what it was.
    """

    set: dict[str, str] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    before: dict[str, str | None] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def moved_on(self, result: PlanResult) -> tuple[Difference, ...]:
        """Entries that changed between the compare and the read that a plan was made from."""
        return tuple(
            Difference(key=row.key, planned_from=self.before[row.key], now=row.before, wanted=row.after)
            for row in result.changes
            if row.key in self.before and (row.before or "") != (self.before[row.key] or "")
        )


@dataclass(frozen=True, slots=True)
class _Wish:
    """A word of a file or argument, the key it means, what that was and what it shall be."""

    word: str
    key: str | None
    value: str | None
    was: str | None = None
    tells_before: bool = False


def wanted(rows: Sequence[FileRow], removed: Iterable[str], now: Proposal) -> Wanted:
    """The rows and the keys to remove, held against the mapping as it stands.

    An entry that is no longer what its row says it was is a difference, unless it is as wanted already. A word without
    a meaning stays in the edit, for the rules to report. Raises InvalidArgument for two words of one key, a name
    that is another's, a character that was only shown, and a file that seems to be of another mapping.
    """
    _refuse_another_mapping(rows, now)
    found = Wanted()
    for wish in _one_a_key(_wishes(rows, removed, now)):
        stored = as_text(now.before.get(wish.key)) if wish.key is not None else None
        if wish.tells_before and wish.key is not None:
            if visible(stored or "") != (wish.was or ""):
                if not _as_wished(wish, now):
                    difference = Difference(key=wish.key, planned_from=wish.was, now=stored, wanted=wish.value)
                    found.differences.append(difference)
                continue
            found.before[wish.key] = stored
        if wish.value:
            found.set[wish.word] = wish.value
        else:
            found.remove.append(wish.word)
    return found


def _wishes(rows: Sequence[FileRow], removed: Iterable[str], now: Proposal) -> Iterator[_Wish]:
    shown = _shown(now)
    told = {_key(shown.get(row.key, row.key), now): row for row in rows if row.tells_before}
    for row in rows:
        if row.is_edit:
            word = shown.get(row.key, row.key)
            if word not in now.before and ESCAPE.search(word):
                raise InvalidArgument("FILE", f"key {quoted(word)} holds a character that is only shown here.")
            key = _key(word, now)
            _refuse_name_of_another(row, key, now)
            yield _Wish(word, key, row.value, row.was, row.tells_before)
    for given in removed:
        word = shown.get(given, given)
        key = _key(word, now)
        before = told.get(key) if key is not None else None
        tells_before = before is not None and not before.is_edit
        yield _Wish(word, key, None, before.was if before else None, tells_before)


def left_out(rows: Sequence[FileRow], now: Proposal) -> int:
    """Stored entries that have no row in a file which says what each value was, or in one without rows."""
    if rows and not any(row.tells_before for row in rows):
        return 0
    shown = _shown(now)
    return len(now.before.keys() - {_key(shown.get(row.key, row.key), now) for row in rows})


def names_alone(rows: Iterable[FileRow], now: Proposal) -> int:
    """Rows with another `value_name` than that of their old value, which is not read."""
    lists, number = Lists(now.directory, now.chart), 0
    for row in rows:
        if row.tells_before and not row.is_edit and row.value_name and row.value and now.facts:
            name = name_of(row.value, now.facts.value, lists)
            number += name is not None and visible(name) != row.value_name
    return number


def _refuse_another_mapping(rows: Sequence[FileRow], now: Proposal) -> None:
    """Of the rows that nobody edited, most are as they were in a file of this mapping."""
    shown = _shown(now)
    pairs = [
        (row.was or "", visible(as_text(now.before.get(shown.get(row.key, row.key))) or ""))
        for row in rows
        if row.tells_before and not row.is_edit
    ]
    held = [was == stored for was, stored in pairs if was or stored]
    if len(held) >= ENOUGH_TO_TELL and sum(held) * 2 < len(held):
        raise InvalidArgument(
            "FILE",
            f"{len(held) - sum(held)} of {len(held)} rows that were not edited are not as this mapping has them, so it "
            "seems to be of another one, or old. Export this one, and edit that file.",
        )


def _refuse_name_of_another(row: FileRow, key: str | None, now: Proposal) -> None:
    """A file of which some columns were sorted alone."""
    name = name_of(key, now.facts.key, Lists(now.directory, now.chart)) if now.facts else None
    if row.name and name is not None and visible(name) != row.name:
        raise InvalidArgument(
            "FILE",
            f"key {quoted(row.key)} is {quoted(name)} and not {quoted(row.name)} as its row says; export it again.",
        )


def _shown(now: Proposal) -> dict[str, str]:
    """Stored keys, by how a file shows them."""
    return {visible(key): key for key in now.before}


def _key(word: str, now: Proposal) -> str | None:
    return meaning(word, now.facts.key, Lists(now.directory, now.chart), now.before)[0] if now.facts else None


def _as_wished(wish: _Wish, now: Proposal) -> bool:
    """Whether the entry is as wanted already."""
    if wish.value is None or wish.key not in now.before or now.facts is None:
        return not wish.value and wish.key not in now.before
    lists = Lists(now.directory, now.chart)
    value, _ = meaning(wish.value, now.facts.value, lists, now.before.values())
    return value is not None and value == as_text(now.before[wish.key])


def _one_a_key(wishes: Iterable[_Wish]) -> Iterator[_Wish]:
    seen: dict[str, str] = {}
    for wish in wishes:
        key = wish.word if wish.key is None else wish.key
        if key in seen:
            raise InvalidArgument(
                "FILE", f"{quoted(seen[key])} and {quoted(wish.word)} are one key; keep one of them (--remove counts)."
            )
        seen[key] = wish.word
        yield wish
