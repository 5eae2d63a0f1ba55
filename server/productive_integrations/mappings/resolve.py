"""What the words of an edit mean: ids and names on the Productive side, text on the other."""

from pydantic import JsonValue

from productive_integrations.providers import Hash
from productive_integrations.providers.markers import Mapping, Records, Side
from productive_integrations.schemas.directory import Directory, Entry
from productive_integrations.schemas.edit import Edit
from productive_integrations.validation import Asked


def ask_all(edit: Edit, facts: Mapping, directory: Directory, stored: Hash) -> tuple[Asked, ...]:
    """Every word of the edit with its meaning, in the order of the edit."""
    asked: list[Asked] = []
    for key, value in edit.set.items():
        place = f"set.{key}"
        asked += (
            Asked(place, key, "key", *meaning(key, facts.key, directory, stored)),
            Asked(place, value, "value", *meaning(value, facts.value, directory)),
        )
    asked += (
        Asked(f"remove.{key}", key, "removed key", *meaning(key, facts.key, directory, stored)) for key in edit.remove
    )
    if edit.default is not None:
        asked.append(Asked("default", edit.default, "default", *meaning(edit.default, facts.value, directory)))
    return tuple(asked)


def meaning(
    text: str, side: Side, directory: Directory, stored: Hash | None = None
) -> tuple[str | None, tuple[Entry, ...]]:
    """The one meaning of a word, or none with the candidates it could have meant.

    An id wins over a name. A key that is stored already keeps its meaning even when its record is gone, so that
    it can be removed.
    """
    if not isinstance(side, Records):
        return text, ()
    listing = directory[side.noun]
    if text in listing.by_id or (stored and text in stored):
        return text, ()
    candidates = listing.named(text)
    if len(candidates) == 1:
        return candidates[0].id, candidates
    return (text if not candidates and text.isdigit() else None), candidates


def in_stored_form(text: str, stored: Hash) -> JsonValue:
    """Text in the form that the hash's values have: whole numbers where all of them are, else text."""
    numbers = stored and all(isinstance(value, int) and not isinstance(value, bool) for value in stored.values())
    return int(text) if numbers and text.isdecimal() and str(int(text)) == text else text


def as_text(value: JsonValue) -> str | None:
    """A stored value for people; none where there is none."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else repr(value)
