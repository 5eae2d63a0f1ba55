"""How findings name things."""

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest

from productive_integrations.providers.markers import Codes, Records, Side
from productive_integrations.schemas.directory import Entry, Listing, folded
from productive_integrations.text import quoted

FIRST = 5
_COMPARED = 200


def described(entry: Entry) -> str:
    """A record with its id, and what it belongs to."""
    place = f" of {quoted(entry.group_name)}" if entry.group_name else ""
    return f"{entry.id} {quoted(entry.name)}{place}"


def first_few(names: Iterable[str], first: int = FIRST) -> str:
    """The first names, and a sign that there are more."""
    every = list(names)
    return ", ".join(every[:first]) + (f" and {len(every) - first} more" if len(every) > first else "")


def counted(number: int, noun: str) -> str:
    """A number of things: 1 entry, 2 entries."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Several of a thing."""
    if noun.endswith("s"):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def a(noun: str) -> str:
    """One of a thing, with its article."""
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def called(side: Side | None) -> str:
    """What stands on a side of a mapping."""
    if isinstance(side, Records):
        return side.noun.value
    return side.kind.value if isinstance(side, Codes) else "field"


def live_by_name(listing: Listing) -> dict[str, list[Entry]]:
    """Live records by their name for comparing."""
    by_name: dict[str, list[Entry]] = {}
    for entry in listing.live:
        by_name.setdefault(folded(entry.name), []).append(entry)
    return by_name


def nearest(text: str, listing: Listing) -> str | None:
    """Live records with a name like this one."""
    by_name = live_by_name(listing)
    wanted = folded(text)
    alike = [name for name in by_name if wanted in name or name in wanted or name[:1] == wanted[:1]]
    entries = [entry for name in closest(wanted, alike, 3, 0.6) for entry in by_name[name]][:3]
    return f"Nearest: {', '.join(map(described, entries))}." if entries else None


def closest(wanted: str, texts: Iterable[str], count: int, cutoff: float) -> list[str]:
    """The texts most like this one. Comparing is slow, so among many only those that begin alike are compared."""
    few = nlargest(_COMPARED, texts, key=lambda text: _alike_at_the_start(text, wanted))
    return get_close_matches(wanted, few, n=count, cutoff=cutoff)


def _alike_at_the_start(text: str, other: str) -> int:
    return next((at for at, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), len(text))
