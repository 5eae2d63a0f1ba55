"""Whether the Productive side of entries refers to records that are there."""

import re
from collections.abc import Iterator

from productive_integrations.providers.markers import Codes, Fields, Noun, Records, Side
from productive_integrations.text import quoted

from .proposal import Proposal
from .registry import Problem, rule
from .words import described, first_few, nearest

_SUGGESTIONS = 3
_ARCHIVED_IS_LEFT = {
    False: "Choose a live one, or confirm if old documents still need it.",
    True: "Remove the entry, unless old documents still need it.",
}
_PLURALS = {
    Noun.SUBSIDIARY: "subsidiaries",
    Noun.COMPANY: "companies",
    Noun.DEAL_STATUS: "deal statuses",
}
_PRIVATE = re.compile(
    r"pay|salar|wage|compens|bonus|cost.?rate|ssn|social|national.?id|passport|tax.?id|birth|gender|marital|ethnic"
    r"|bank|iban|account.?number|routing|home.?(address|phone|email)|address|emergency",
    re.IGNORECASE,
)


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
    for word, listing in proposal.referring:
        known = word.candidates or word.meaning in listing.by_id
        if known or (word.role == "removed key" and word.meaning in proposal.before):
            continue
        # Looking for like names is slow, and nobody reads the hundredth.
        suggested += 1
        fix = nearest(word.text, listing) if suggested <= _SUGGESTIONS and not word.text.isdecimal() else None
        noun = listing.noun.value
        yield Problem(
            word.field,
            f"There is no {noun} {quoted(word.text)}.",
            fix or f"Give the name or id of a {noun} that exists; get_integration shows those mapped and unmapped.",
        )


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
            ids = first_few(described(entry) for entry in word.candidates)
            count = len(word.candidates)
            yield Problem(
                word.field,
                f"{quoted(word.text)} is the name of {count} {_things(proposal.side_of(word))}.",
                f"Send the id of the one that is meant: {ids}.",
            )


@rule("MAP303", "archived-record", "confirm")
def archived_record(proposal: Proposal) -> Iterator[Problem]:
    """A key or value is an archived record.

    It can be right for documents that are still to be exported, but mostly the live record of that name was meant.

    Bad: {"set": {"13": "200"}}
    Good: {"set": {"11": "200"}}
    Source: mapping-domain.md, R19.
    """
    for word, listing in proposal.referring:
        entry = listing.by_id.get(word.meaning or "")
        # Old invoices keep their tax rates, so an archived one may stay mapped (mapping-domain.md, R9).
        may_stay = proposal.checking and listing.noun is Noun.TAX_RATE
        if entry and entry.archived and word.role != "removed key" and not may_stay:
            live = [described(other) for other in listing.named(entry.name) if not other.archived]
            yield Problem(
                word.field,
                f"The {listing.noun.value} {described(entry)} is archived.",
                f"Use the live one: {live[0]}." if live else _ARCHIVED_IS_LEFT[proposal.checking],
            )


@rule("MAP304", "foreign-tax-rate", "confirm")
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
                f"The tax rate {described(entry)} belongs to another subsidiary than the integration.",
                "Use the rate of the integration's own subsidiary.",
            )


@rule("MAP305", "stale-entries", "confirm")
def stale_entries(proposal: Proposal) -> Iterator[Problem]:
    """Entries that the edit does not touch refer to records that are archived or gone.

    The whole mapping is sent again, so an edit is the moment to look at what went stale in it.

    Bad: {"stored": {"11": "4010", "999": "4010"}, "set": {"12": "4010"}}
    Good: {"stored": {"11": "4010"}, "set": {"12": "4010"}}
    Source: mapping-domain.md, R5 and R19.
    """
    if proposal.checking or not proposal.change or not proposal.facts:
        return
    touched = {entry.key for entry in proposal.change.entries}
    stale = []
    for key, value in proposal.before.items():
        for listing, text in ((proposal.key_listing, key), (proposal.value_listing, str(value))):
            entry = listing.by_id.get(text) if listing else None
            if listing is None or key in touched or not isinstance(value, str | int):
                continue
            if entry is None or (entry.archived and listing.noun is not Noun.TAX_RATE):
                stale.append(f"{quoted(key)} ({'archived' if entry else 'gone'})")
    if stale:
        yield Problem(
            "mapping",
            f"Other entries of {proposal.mapping} refer to something archived or gone: {first_few(stale)}.",
            "Confirm to leave them as they are, or remove them in an edit of their own.",
        )


@rule("MAP306", "lost-becomes-won", "confirm")
def lost_becomes_won(proposal: Proposal) -> Iterator[Problem]:
    """A stage of lost deals leads to a status of won ones, or the other way round.

    A lost deal that becomes won in Productive makes a budget, and people book time on it.

    Bad: {"type": "hubspot", "mapping": "hubspot_stages_mapping", "stored": {"closedwon": "41"},
        "set": {"closedlost": "Won"}}
    Good: {"type": "hubspot", "mapping": "hubspot_stages_mapping", "stored": {"closedwon": "41"},
        "set": {"closedlost": "Lost"}}
    Source: mapping-domain.md, section 10 and R25.
    """
    listing = proposal.value_listing
    if listing is None or listing.noun is not Noun.DEAL_STATUS:
        return
    for key, value in proposal.values:
        after = listing.by_id.get(value.meaning or "")
        before = listing.by_id.get(str(proposal.before.get(key.meaning or "")))
        stage = _phase_in(key.meaning or "") or (before.phase if before else None)
        if after and {stage, after.phase} == {"won", "lost"}:
            yield Problem(
                value.field,
                f"{quoted(key.meaning or '')} holds {stage} deals, and {described(after)} is for {after.phase} ones.",
                f"Choose a status of {stage} deals.",
            )


@rule("MAP307", "foreign-field", "confirm")
def foreign_field(proposal: Proposal) -> Iterator[Problem]:
    """A custom field belongs to another kind of record than the mapping fills from.

    A field of invoices is empty on every person, so nothing would come across.

    Bad: {"type": "bamboo", "mapping": "bamboo_custom_field_mapping", "stored": {"jobTitle": "51"},
        "set": {"hireDate": "52"}}
    Good: {"type": "bamboo", "mapping": "bamboo_custom_field_mapping", "stored": {"jobTitle": "51"},
        "set": {"hireDate": "51"}}
    Source: `customizable_type` of custom fields; mapping-domain.md, section 12.
    """
    for word, listing in proposal.referring:
        side = proposal.side_of(word)
        entry = listing.by_id.get(word.meaning or "")
        if isinstance(side, Fields) and entry and entry.group and not _same_record(side.of, entry.group):
            yield Problem(
                word.field,
                f"The custom field {described(entry)} belongs to another record: {quoted(entry.group)}.",
                f"Choose a custom field of a {side.of}.",
            )


@rule("MAP308", "private-field", "confirm")
def private_field(proposal: Proposal) -> Iterator[Problem]:
    """A field of pay, identity or home comes over with people's records.

    In Productive more colleagues may see it than in the system it came from.

    Bad: {"type": "bamboo", "mapping": "bamboo_custom_field_mapping", "stored": {"jobTitle": "51"},
        "set": {"payRate": "51"}}
    Good: {"type": "bamboo", "mapping": "bamboo_custom_field_mapping", "stored": {"jobTitle": "51"},
        "set": {"hireDate": "51"}}
    Source: mapping-domain.md, section 12, privacy.
    """
    if proposal.mapping != "bamboo_custom_field_mapping":
        return
    for key, value in proposal.values:
        listing = proposal.listing(proposal.side_of(value))
        entry = listing.by_id.get(value.meaning or "") if listing else None
        if _PRIVATE.search(key.meaning or "") or _PRIVATE.search(entry.name if entry else value.meaning or ""):
            yield Problem(
                key.field,
                f"{quoted(key.text)} looks like a field of pay, identity or home, and would be copied to Productive.",
                "Confirm only if everybody who sees people in Productive may see it; else leave it out.",
            )


def _things(side: Side | None) -> str:
    match side:
        case Records(noun):
            return f"{noun.value}s" if not noun.value.endswith(("y", "s")) else _PLURALS[noun]
        case Codes(kind):
            return f"{kind.value}s in the chart"
        case _:
            return "custom fields"


def _phase_in(stage: str) -> str | None:
    return next((phase for phase in ("lost", "won") if phase in stage.casefold()), None)


def _same_record(of: str, group: str) -> bool:
    plain = group.casefold().replace("_", " ").rstrip("s")
    return plain in {of.casefold(), of.casefold().replace(" ", "")}
