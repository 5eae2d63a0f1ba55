"""What the words of an edit mean: ids and names on the Productive side, text on the other."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from productive_integrations.providers import Hash
from productive_integrations.providers.markers import CodeKind, Codes, Fields, Mapping, Noun, Records, Side
from productive_integrations.schemas.chart import Chart
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.outcome import Difference
from productive_integrations.text import compact
from productive_integrations.validation import Asked

_OWN_FIELD = re.compile(r"[a-z][a-z0-9_.]*")


@dataclass(frozen=True, slots=True)
class Lists:
    """Where words find their meaning."""

    directory: Directory
    chart: Chart


def ask_all(edit: Edit, facts: Mapping, lists: Lists, stored: Hash) -> tuple[Asked, ...]:
    """Every word of the edit with its meaning, in the order of the edit."""
    asked: list[Asked] = []
    for key, value in edit.set.items():
        place = f"set.{key}"
        asked += (
            Asked(place, key, "key", *meaning(key, facts.key, lists, stored)),
            Asked(place, value, "value", *meaning(value, facts.value, lists, stored.values())),
        )
    asked += (
        Asked(f"remove.{key}", key, "removed key", *_meaning_of_removed(key, facts.key, lists, stored))
        for key in edit.remove
    )
    if edit.default is not None:
        asked.append(Asked("default", edit.default, "default", *meaning(edit.default, facts.value, lists)))
    return tuple(asked)


def meaning(
    text: str, side: Side, lists: Lists, stored: Iterable[JsonValue] = ()
) -> tuple[str | None, tuple[Entry, ...]]:
    """The one meaning of a word, or none with the candidates it could have meant.

    An id or code wins over a name. What is stored already keeps its meaning even when its record is gone, so that
    it can be removed.
    """
    if text in stored:
        return text, ()
    match side:
        case Records(noun):
            return _record(text, lists.directory[noun])
        case Fields(of):
            return _custom_field(text, of, lists.directory.get(Noun.CUSTOM_FIELD))
        case Codes(kind):
            return _code(text, kind, lists.chart)


def _meaning_of_removed(text: str, side: Side, lists: Lists, stored: Hash) -> tuple[str | None, tuple[Entry, ...]]:
    """The same, but of several records of a name those that have an entry are meant."""
    listing = lists.directory[side.noun] if isinstance(side, Records) else None
    if listing and text not in stored and text not in listing.by_id:
        mapped = tuple(entry for entry in listing.namesakes(text) if entry.id in stored)
        if mapped:
            return (mapped[0].id if len(mapped) == 1 else None), mapped
    return meaning(text, side, lists, stored)


def _record(text: str, listing: Listing) -> tuple[str | None, tuple[Entry, ...]]:
    if text in listing.by_id:
        return text, ()
    candidates = listing.named(text)
    if len(candidates) == 1:
        return candidates[0].id, candidates
    return (text if not candidates and text.isdecimal() else None), candidates


def _custom_field(text: str, of: str, listing: Listing | None) -> tuple[str | None, tuple[Entry, ...]]:
    """A field of Productive by its own name, a custom field by its id or by the name people gave it.

    A word that could be either is taken for the own field, with the custom field as a candidate that MAP310 tells.
    """
    if listing is None or text.isdecimal():
        return text, ()
    group = of.replace(" ", "").casefold()
    candidates = tuple(
        entry
        for entry in listing.named(text)
        if (entry.group or "").replace("_", "").replace(" ", "").casefold().rstrip("s") == group
    )
    # Productive's own fields have plain lower-case names; anything else is a name that nobody has.
    if len(candidates) <= 1 and _OWN_FIELD.fullmatch(text):
        return text, candidates
    return (candidates[0].id if len(candidates) == 1 else None), candidates


def _code(text: str, kind: CodeKind, chart: Chart) -> tuple[str | None, tuple[Entry, ...]]:
    named = () if chart.find(kind, text) else chart.named(kind, text)
    if not named:
        return text, ()
    # The name of one may be the code of another, but for its spelling.
    rows = {row.code: row for row in (*named, *chart.spelt_like(kind, text))}
    candidates = tuple(Entry(row.code, row.name, archived=not row.active) for row in rows.values())
    return (candidates[0].id if len(candidates) == 1 else None if candidates else text), candidates


def in_stored_form(text: str, stored: Hash) -> JsonValue:
    """Text in the form that the hash's values have: whole numbers where most of them are, else text."""
    values = [value for value in stored.values() if value is not None]
    numbers = sum(isinstance(value, int) and not isinstance(value, bool) for value in values) * 2 > len(values)
    return int(text) if numbers and text.isdecimal() and str(int(text)) == text else text


def as_text(value: JsonValue) -> str | None:
    """A stored value for people; none where there is none."""
    if value is None or isinstance(value, str):
        return value
    return compact(value)


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are the same JSON: neither 1 and true, nor 1 and 1.0, which Python takes for equal."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def difference(key: str, planned_from: JsonValue, now: JsonValue, wanted: JsonValue) -> Difference:
    """An entry that is not as it should be, for people."""
    return Difference(key=key, planned_from=as_text(planned_from), now=as_text(now), wanted=as_text(wanted))
