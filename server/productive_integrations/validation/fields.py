"""Whether fields come from the right record, and may be seen where they go."""

import re
from collections.abc import Iterator

from productive_integrations.providers.markers import Fields
from productive_integrations.text import quoted

from .proposal import Proposal
from .reach import fields, only
from .registry import Problem, rule
from .words import a, described

_PRIVATE = re.compile(
    r"pay|paid.?per|salar|wage|compens|bonus|commission|(cost|hourly|daily|day).?rate|ssn|^sin$|^nin$|^eeo$|^age$|social"
    r"|national.?id|nationality|citizen|passport|licen[cs]e|tax.?id|birth|gender|marital|ethnic|religio|disab|veteran"
    r"|bank(?!.?holiday)|iban|account.?number|routing|home.?(phone|e-?mail)|(?<!mail.)(?<!mail)address|zip.?code|emergency",
    re.IGNORECASE,
)


@rule("MAP307", "foreign-field", "confirm", fields)
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
                f"The custom field {described(entry)} is one of the record {quoted(entry.group)}, "
                f"and this mapping is about the record {quoted(side.of)}.",
                f"Choose a custom field of {a(side.of)}.",
            )


@rule("MAP308", "private-field", "confirm", only("bamboo_custom_field_mapping"))
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


@rule("MAP310", "own-field", "confirm", fields)
def own_field(proposal: Proposal) -> Iterator[Problem]:
    """A word is taken for Productive's own field, and a custom field has that name too.

    Productive's own fields are plain lower-case words that no list names, so which of the two is meant cannot be told.

    Bad: {"type": "bamboo", "mapping": "bamboo_custom_field_mapping", "stored": {"jobTitle": "51"},
        "set": {"hireDate": "region"}}
    Good: {"type": "bamboo", "mapping": "bamboo_custom_field_mapping", "stored": {"jobTitle": "51"},
        "set": {"hireDate": "51"}}
    Source: mapping-domain.md, 0.11 and R18.
    """
    for word in proposal.asked:
        if isinstance(proposal.side_of(word), Fields) and len(word.candidates) == 1 and word.meaning == word.text:
            yield Problem(
                word.field,
                f"{quoted(word.text)} is taken for Productive's own field, and a custom field is called so as well: "
                f"{described(word.candidates[0])}.",
                f"Send {quoted(word.candidates[0].id)} if the custom field is meant; confirm if it is the own one.",
            )


def _same_record(of: str, group: str) -> bool:
    plain = group.casefold().replace("_", " ").rstrip("s")
    return plain in {of.casefold(), of.casefold().replace(" ", "")}
