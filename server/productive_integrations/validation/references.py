"""Whether the Productive side of entries refers to records that are there."""

from collections.abc import Iterator

from productive_integrations.providers.markers import Codes, Fields, Noun
from productive_integrations.schemas.directory import Entry, Listing, folded
from productive_integrations.text import quoted

from .direction import evidence
from .proposal import Asked, Proposal
from .reach import tax_rates
from .registry import Problem, rule
from .words import called, counted, described, first_few, live_by_name, nearest, plural

_SUGGESTIONS = 3


@rule("MAP301", "unknown-record", "block")
def unknown_record(proposal: Proposal) -> Iterator[Problem]:
    """A key or value is no record of Productive.

    An id that is not in the list never was there, was deleted or was merged into another one. An entry for it does
    nothing, and the record that was meant stays on the default.

    Bad: {"set": {"Desing": "200"}}
    Good: {"set": {"Design": "200"}}
    Source: mapping-domain.md, R18 and R19.
    """
    suggested = 0
    # Where all runs the other way round nothing would be known, and MAP201 has said it.
    if proposal.checking and evidence(proposal, proposal.before) == "contradicted":
        return
    for word, listing in proposal.referring:
        known = word.candidates or word.meaning in listing.by_id
        if known or (word.role == "removed key" and word.meaning in proposal.before):
            continue
        # Looking for like names is slow, and nobody reads the hundredth.
        suggested += 1
        fix = nearest(word.text, listing) if suggested <= _SUGGESTIONS and not word.text.isdecimal() else None
        noun = listing.noun.value
        if proposal.checking:
            message = f"There is no {noun} {quoted(word.text)}; it was deleted or merged into another one."
            yield Problem(word.field, message, f"Remove the entry, or give it to the {noun} that took its place.")
        else:
            fix = (
                fix or f"Give the name or id of a {noun} that exists; get_integration shows those mapped and unmapped."
            )
            yield Problem(word.field, f"There is no {noun} {quoted(word.text)}.{_what_it_is(word, proposal)}", fix)


@rule("MAP302", "ambiguous-name", "block")
def ambiguous_name(proposal: Proposal) -> Iterator[Problem]:
    """A name belongs to several records.

    Names in Productive are not unique, and guessing between them is how invoices reach the wrong account.

    Bad: {"set": {"Support": "200"}}
    Good: {"set": {"15": "200"}}
    Source: mapping-domain.md, 0.11 and R18.
    """
    for word in proposal.asked:
        if len(word.candidates) > 1:
            side = proposal.side_of(word)
            what, where = ("code", " in the chart") if isinstance(side, Codes) else ("id", "")
            things = plural("custom field" if isinstance(side, Fields) else called(side))
            yield Problem(
                word.field,
                f"{quoted(word.text)} is the name of {len(word.candidates)} {things}{where}.",
                f"Send the {what} of the one that is meant: {first_few(map(described, word.candidates))}.",
            )


@rule("MAP303", "archived-record", "confirm")
def archived_record(proposal: Proposal) -> Iterator[Problem]:
    """A key or value is an archived record.

    It can be right for documents that are still to be exported, but mostly the live record of that name was meant.

    Bad: {"set": {"13": "200"}}
    Good: {"set": {"11": "200"}}
    Source: mapping-domain.md, R19.
    """
    live: dict[Noun, dict[str, list[Entry]]] = {}
    for word, listing in proposal.referring:
        entry = listing.by_id.get(word.meaning or "")
        # Old invoices keep their tax rates, so an archived one may stay mapped (mapping-domain.md, R9).
        may_stay = proposal.checking and listing.noun is Noun.TAX_RATE
        if entry and entry.archived and word.role != "removed key" and not may_stay:
            if listing.noun not in live:
                live[listing.noun] = live_by_name(listing)
            namesakes = live[listing.noun].get(folded(entry.name))
            yield Problem(
                word.field,
                f"The {listing.noun.value} {described(entry)} is archived.",
                f"Use the live one: {described(namesakes[0])}." if namesakes else _instead(word, listing, proposal),
            )


@rule("MAP304", "foreign-tax-rate", "confirm", tax_rates)
def foreign_tax_rate(proposal: Proposal) -> Iterator[Problem]:
    """An entry is about a tax rate of another subsidiary.

    A tax rate belongs to one subsidiary and only that one's invoices carry it; this integration exports the invoices
    of another.

    Bad: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2"}, "set": {"29": "OUTPUT2"}}
    Good: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2", "22": "RROUTPUT"}, "set": {"22": "RROUTPUT"}}
    Source: mapping-domain.md, 0.14.
    """
    own = proposal.integration.subsidiary_id
    for word, listing in proposal.referring:
        entry = listing.by_id.get(word.meaning or "")
        if listing.noun is Noun.TAX_RATE and word.role == "key" and entry and own and entry.group not in {None, own}:
            yield Problem(
                word.field,
                f"The tax rate {described(entry)} belongs to another subsidiary than this integration, "
                "whose invoices never carry it.",
                f"Use the tax rate of the integration's own subsidiary{_own_rates(proposal, entry)}.",
            )


@rule("MAP305", "stale-entries", "confirm")
def stale_entries(proposal: Proposal) -> Iterator[Problem]:
    """Entries that the edit does not touch refer to records that are archived or gone.

    The whole mapping is sent again, so an edit is the moment to look at what went stale in it.

    Bad: {"stored": {"11": "4010", "999": "4010"}, "set": {"12": "4010"}}
    Good: {"stored": {"11": "4010"}, "set": {"12": "4010"}}
    Source: mapping-domain.md, R5 and R19.
    """
    if proposal.checking or not proposal.change or evidence(proposal, proposal.before) == "contradicted":
        return
    touched = {entry.key for entry in proposal.change.entries}
    stale = []
    for key, value in proposal.before.items():
        if key not in touched and isinstance(value, str | int):
            sides = ((proposal.key_listing, key), (proposal.value_listing, str(value)))
            states = [state for listing, text in sides if listing and (state := _staleness(listing, text))]
            if states:
                named = proposal.key_listing.by_id.get(key) if proposal.key_listing else None
                stale.append(f"{described(named) if named else quoted(key)} ({states[0]})")
    if stale:
        yield Problem(
            "mapping",
            f"{counted(len(stale), 'other entry')} of {proposal.mapping} "
            f"{'is' if len(stale) == 1 else 'are'} for something archived or gone: {first_few(stale)}.",
            f"Confirm to leave {'it as it is' if len(stale) == 1 else 'them as they are'}, "
            f"or remove {'it' if len(stale) == 1 else 'them'} in another edit.",
        )


def _instead(word: Asked, listing: Listing, proposal: Proposal) -> str:
    """What to do about an archived record that no live one replaces."""
    if word.role != "key":
        return f"Choose a live {listing.noun.value} instead."
    if proposal.checking:
        return "Remove the entry, unless old documents still need it."
    return "Choose a live one, or confirm if old documents still need it."


def _what_it_is(word: Asked, proposal: Proposal) -> str:
    """What an id belongs to instead, where that is known."""
    for listing in proposal.directory.values():
        if entry := listing.by_id.get(word.meaning or ""):
            return f" It is the id of the {listing.noun.value} {quoted(entry.name)}."
    return ""


def _own_rates(proposal: Proposal, foreign: Entry) -> str:
    """The rates of the own subsidiary that have the percentage of a foreign one."""
    alike = [described(entry) for entry in proposal.covered if entry.percent is not None]
    same = [described(entry) for entry in proposal.covered if entry.percent == foreign.percent is not None]
    return f", such as {(same or alike)[0]}" if alike else ""


def _staleness(listing: Listing, text: str) -> str | None:
    entry = listing.by_id.get(text)
    if entry is None:
        return "gone"
    return "archived" if entry.archived and listing.noun is not Noun.TAX_RATE else None
