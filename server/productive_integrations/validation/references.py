"""Whether the Productive side of new entries refers to records that are there."""

from collections.abc import Iterator
from difflib import get_close_matches

from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.directory import Entry, Listing
from productive_integrations.text import quoted

from .proposal import Asked, Proposal
from .registry import Problem, rule


@rule("MAP301", "unknown-record", "block")
def unknown_record(proposal: Proposal) -> Iterator[Problem]:
    """A new key or value is no record of Productive.

    An id that is not in the list never was there, was deleted or was merged into another one. An entry for it does
    nothing, and the record that was meant stays on the default.

    Source: mapping-domain.md, R18 and R19.
    """
    for asked, listing in _referring(proposal):
        if asked.role == "removed key" and asked.meaning in proposal.before:
            continue
        if not asked.candidates and asked.meaning not in listing.by_id:
            noun = listing.noun.value
            yield Problem(asked.field, f"There is no {noun} {quoted(asked.text)}.", _nearest(asked.text, listing))


@rule("MAP302", "ambiguous-name", "block")
def ambiguous_name(proposal: Proposal) -> Iterator[Problem]:
    """A name belongs to several records.

    Names in Productive are not unique, and guessing between them is how invoices reach the wrong account.

    Source: mapping-domain.md, 0.11 and R18.
    """
    for asked, listing in _referring(proposal):
        if len(asked.candidates) > 1:
            ids = ", ".join(_described(entry) for entry in asked.candidates[:5])
            more = f" and {len(asked.candidates) - 5} more" if len(asked.candidates) > 5 else ""  # noqa: PLR2004
            yield Problem(
                asked.field,
                f"{len(asked.candidates)} records are a {listing.noun.value} called {quoted(asked.text)}.",
                f"Send the id of one: {ids}{more}.",
            )


@rule("MAP303", "archived-record", "confirm")
def archived_record(proposal: Proposal) -> Iterator[Problem]:
    """A new key or value is an archived record.

    It can be right for documents that are still to be exported, but mostly the live record of that name was meant.

    Source: mapping-domain.md, R19.
    """
    for asked, listing in _referring(proposal):
        entry = listing.by_id.get(asked.meaning or "")
        if entry and entry.archived and asked.role != "removed key":
            live = next((other for other in listing.named(entry.name) if not other.archived), None)
            yield Problem(
                asked.field,
                f"The {listing.noun.value} {_described(entry)} is archived.",
                f"Use the live one: {_described(live)}." if live else None,
            )


@rule("MAP304", "foreign-tax-rate", "confirm")
def foreign_tax_rate(proposal: Proposal) -> Iterator[Problem]:
    """A new entry is about a tax rate of another subsidiary.

    A tax rate belongs to one subsidiary and only that one's invoices carry it; this integration exports the invoices
    of another.

    Source: mapping-domain.md, 0.14.
    """
    own = proposal.integration.subsidiary_id
    for asked, listing in _referring(proposal):
        entry = listing.by_id.get(asked.meaning or "")
        if listing.noun is Noun.TAX_RATE and asked.role == "key" and entry and own and entry.group not in {None, own}:
            yield Problem(
                asked.field,
                f"The tax rate {_described(entry)} belongs to another subsidiary than the integration.",
                "Use the rate of the integration's own subsidiary.",
            )


def _referring(proposal: Proposal) -> Iterator[tuple[Asked, Listing]]:
    """The words of the edit that should name a record, with the list they should be in."""
    for asked in proposal.asked:
        listing = proposal.key_listing if asked.role in {"key", "removed key"} else proposal.value_listing
        if listing is not None and asked.text.strip():
            yield asked, listing


def _nearest(text: str, listing: Listing) -> str | None:
    names = [entry.name for entry in listing.live]
    near = get_close_matches(text, names, n=3, cutoff=0.6)
    entries = [entry for name in dict.fromkeys(near) for entry in listing.named(name)][:3]
    return f"Nearest: {', '.join(_described(entry) for entry in entries)}." if entries else None


def _described(entry: Entry) -> str:
    place = f" of {quoted(entry.group_name)}" if entry.group_name else ""
    return f"{entry.id} {quoted(entry.name)}{place}"
