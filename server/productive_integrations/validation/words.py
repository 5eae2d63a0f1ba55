"""How findings name things."""

from collections.abc import Iterable
from difflib import get_close_matches

from productive_integrations.schemas.directory import Entry, Listing, folded
from productive_integrations.text import quoted

FIRST = 5


def described(entry: Entry) -> str:
    """A record with its id, and what it belongs to."""
    place = f" of {quoted(entry.group_name)}" if entry.group_name else ""
    return f"{entry.id} {quoted(entry.name)}{place}"


def first_few(names: Iterable[str]) -> str:
    """The first names, and a sign that there are more."""
    every = list(names)
    return ", ".join(every[:FIRST]) + (f" and {len(every) - FIRST} more" if len(every) > FIRST else "")


def nearest(text: str, listing: Listing) -> str | None:
    """Live records with a name like this one."""
    by_name: dict[str, list[Entry]] = {}
    for entry in listing.live:
        by_name.setdefault(folded(entry.name), []).append(entry)
    wanted = folded(text)
    alike = [name for name in by_name if wanted in name or name in wanted or name[:1] == wanted[:1]]
    near = get_close_matches(wanted, alike, n=3, cutoff=0.6)
    entries = [entry for name in near for entry in by_name[name]][:3]
    return f"Nearest: {', '.join(map(described, entries))}." if entries else None
