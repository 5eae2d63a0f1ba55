"""Which way round the stored mapping really is, and whether it is a plain hash at all."""

from collections.abc import Iterator
from typing import Literal

from pydantic import JsonValue

from productive_integrations.providers import Hash
from productive_integrations.providers.markers import CodeKind, Codes, Fields, Records, Side

from .proposal import Proposal
from .registry import Problem, rule

Evidence = Literal["proven", "contradicted", "open"]


@rule("MAP201", "contradicted-direction", "block")
def contradicted_direction(proposal: Proposal) -> Iterator[Problem]:
    """The stored entries run the other way round than documented.

    Productive publishes one real-looking example of a mapping, and it has the codes as keys. If this hash is of that
    kind, an entry written the documented way would be read as nonsense.

    Bad: {"stored": {"4010": "11", "4020": "12"}, "set": {"Design": "4010"}}
    Good: {"stored": {"11": "4010", "12": "4020"}, "set": {"Design": "4020"}}
    Source: mapping-domain.md, 0.6a, 0.6b and R21b.
    """
    if proposal.facts and evidence(proposal, proposal.before) == "contradicted":
        ours, theirs = _sides(proposal)
        yield Problem(
            "mapping",
            f"{proposal.mapping} is stored the other way round than documented: "
            f"Productive's ids are its {theirs}s, not its {ours}s.",
            "Change it by hand in Productive's settings, where both sides have names.",
        )


@rule("MAP202", "unproven-direction", "confirm")
def unproven_direction(proposal: Proposal) -> Iterator[Problem]:
    """Nothing stored proves which side of the mapping is Productive's.

    The documented direction is used. It is a conclusion from wordings, so a person who knows the integration should
    look at the first entry.

    Bad: {"stored": {}, "set": {"Design": "200"}}
    Good: {"stored": {"12": "4020"}, "set": {"Design": "4020"}}
    Source: mapping-domain.md, 0.6b.
    """
    if not proposal.facts or not proposal.change or evidence(proposal, proposal.before) == "contradicted":
        return
    if not all(_plain(value) for value in proposal.before.values()):
        return
    hashes = [proposal.before, *(other.entries for other in proposal.others)]
    if any(evidence(proposal, stored) == "proven" for stored in hashes):
        return
    if not _provable(proposal) and any(hashes) and proposal.facts.direction != "unknown":
        return
    yield Problem(
        "mapping",
        f"Nothing stored shows which side of {proposal.mapping} is Productive's; "
        f"it is taken to be the {_sides(proposal)[0]}.",
        "Make one entry by hand in Productive's settings first, or confirm if the change reads right.",
    )


@rule("MAP203", "not-a-flat-hash", "block")
def not_a_flat_hash(proposal: Proposal) -> Iterator[Problem]:
    """The stored mapping is not a plain hash of texts and whole numbers.

    Text that holds JSON, lists and nested hashes are kept as they are and shown, but not edited: nobody knows how
    Productive reads them back.

    Bad: {"stored": {"11": {"code": "200"}}, "set": {"Design": "200"}}
    Good: {"stored": {"11": "200"}, "set": {"12": "200"}}
    Source: mapping-domain.md, 0.6c.
    """
    stored = proposal.integration.value(proposal.mapping) if proposal.facts else None
    fix = "Change it by hand in Productive's settings."
    if stored is not None and not isinstance(stored, dict):
        yield Problem("mapping", f"{proposal.mapping} is not stored as a hash.", fix)
    elif isinstance(stored, dict) and not all(_plain(value) for value in stored.values()):
        yield Problem("mapping", f"{proposal.mapping} holds an entry that is not text or a whole number.", fix)


def _plain(value: JsonValue) -> bool:
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def evidence(proposal: Proposal, stored: Hash) -> Evidence:
    """What a hash says about its direction, by what is known of each side."""
    if proposal.facts is None:
        return "open"
    key_side, value_side = proposal.facts.key, proposal.facts.value
    documented = other = 0
    for key, value in stored.items():
        text = str(value)
        documented += _belongs(proposal, key_side, key) or _belongs(proposal, value_side, text)
        other += _belongs(proposal, key_side, text) or _belongs(proposal, value_side, key)
    if documented > other:
        return "proven"
    return "contradicted" if other and not documented else "open"


def _belongs(proposal: Proposal, side: Side, text: str) -> bool:
    """Whether text can only be of this side: an id that is there, or a custom field's own prefix."""
    listing = proposal.listing(side)
    if isinstance(side, Records | Fields) and listing is not None:
        return text in listing.by_id
    return (
        isinstance(side, Codes)
        and side.kind is CodeKind.FIELD
        and text.startswith(("custentity", "custbody", "custcol"))
    )


def _provable(proposal: Proposal) -> bool:
    facts = proposal.facts
    return facts is not None and any(isinstance(side, Records) for side in (facts.key, facts.value))


def _sides(proposal: Proposal) -> tuple[str, str]:
    """Which part of an entry is Productive's as documented, and which is not."""
    ours_is_value = proposal.facts is not None and isinstance(proposal.facts.value, Records | Fields)
    return ("value", "key") if ours_is_value else ("key", "value")
