"""Which way round the stored mapping really is, and whether it is a plain list of entries at all."""

from collections.abc import Iterator
from typing import Literal

from pydantic import JsonValue

from productive_integrations.providers import Hash
from productive_integrations.providers.markers import CodeKind, Codes, Fields, Mapping, Records, Side
from productive_integrations.text import quoted

from .proposal import Proposal
from .registry import Problem, rule
from .words import a, called, first_few

Evidence = Literal["proven", "contradicted", "open"]


@rule("MAP201", "contradicted-direction", "block")
def contradicted_direction(proposal: Proposal) -> Iterator[Problem]:
    """The stored entries run the other way round than documented.

    Productive publishes one real-looking example of a mapping, and it has the codes as keys. If this mapping is of that
    kind, an entry written the documented way would be read as nonsense. Where nothing is stored that shows it, another
    integration of the type does.

    Bad: {"stored": {"4010": "11", "4020": "12"}, "set": {"Design": "4010"}}
    Good: {"stored": {"11": "4010", "12": "4020"}, "set": {"Design": "4020"}}
    Source: mapping-domain.md, 0.6a, 0.6b and R21b.
    """
    if proposal.facts is None or not (contradicting := _contradicting(proposal)):
        return
    here, there = _ends(proposal.facts, proposal)
    whose = "" if contradicting == proposal.integration.id else f" of integration {contradicting}"
    yield Problem(
        proposal.place,
        f"What is stored in {proposal.mapping}{whose} runs from {there} to {here}, not the other way round as "
        "documented.",
        "Change it by hand in Productive's settings, where both sides have names.",
    )


def _contradicting(proposal: Proposal) -> str | None:
    """The integration whose entries run the other way round: this one, or another where nothing here says how."""
    own = evidence(proposal, proposal.before)
    if own == "contradicted":
        return proposal.integration.id
    if own == "proven" or not proposal.change:
        return None
    others = (other for other in proposal.others if evidence(proposal, other.entries) == "contradicted")
    return next((other.integration_id for other in others), None)


@rule("MAP202", "unproven-direction", "confirm")
def unproven_direction(proposal: Proposal) -> Iterator[Problem]:
    """Nothing stored proves which side of the mapping is Productive's.

    The documented direction is used. It is a conclusion from wordings, so a person who knows the integration should
    look at the first entry.

    Bad: {"stored": {}, "set": {"Design": "200"}}
    Good: {"stored": {"12": "4020"}, "set": {"Design": "4020"}}
    Source: mapping-domain.md, 0.6b.
    """
    if not proposal.facts or not proposal.change or proposal.other_keys or _contradicting(proposal):
        return
    if not all(_plain(value) for value in proposal.before.values()):
        return
    hashes = [proposal.before, *(other.entries for other in proposal.others)]
    if any(evidence(proposal, stored) == "proven" for stored in hashes):
        return
    if not _provable(proposal) and any(hashes) and proposal.facts.direction != "unknown":
        return
    here, there = _ends(proposal.facts, proposal)
    yield Problem(
        proposal.place,
        f"Nothing stored shows yet which way round {proposal.mapping} runs; it is taken to run from {here} to {there}.",
        "Make one entry by hand in Productive's settings first, or confirm if the change reads right.",
    )


@rule("MAP203", "not-a-flat-hash", "block")
def not_a_flat_hash(proposal: Proposal) -> Iterator[Problem]:
    """The stored mapping is not a plain list of entries, each a text or a whole number.

    Text that holds JSON, lists and entries within entries are kept as they are and shown, but not edited: nobody knows
    how Productive reads them back.

    Bad: {"stored": {"11": {"code": "200"}}, "set": {"Design": "200"}}
    Good: {"stored": {"11": "200"}, "set": {"12": "200"}}
    Source: mapping-domain.md, 0.6c.
    """
    stored = proposal.integration.value(proposal.mapping) if proposal.facts else None
    fix = "Change it by hand in Productive's settings."
    if stored is not None and not isinstance(stored, dict):
        yield Problem(
            proposal.place,
            f"{proposal.mapping} is stored as something else than a list of entries, so it is left alone.",
            fix,
        )
    elif isinstance(stored, dict) and (odd := [key for key, value in stored.items() if not _plain(value)]):
        listed = first_few(map(quoted, odd))
        yield Problem(
            proposal.place,
            f"{proposal.mapping} holds entries that are not one text or number each: {listed}.",
            fix,
        )


@rule("MAP204", "other-keys", "block")
def other_keys(proposal: Proposal) -> Iterator[Problem]:
    """No stored key is a record of the kind that is supposed, and no source says which kind it is.

    What the keys of some mappings are is a guess. Where nothing that is stored bears it out, an entry made by it would
    be one of a kind that Productive does not look for.

    Bad: {"type": "twinfield", "mapping": "twinfield_cost_center_mapping", "stored": {"901": "100", "902": "200"},
        "set": {"Design": "300"}}
    Good: {"type": "twinfield", "mapping": "twinfield_cost_center_mapping", "stored": {"12": "100", "14": "200"},
        "set": {"Design": "200"}}
    Source: mapping-domain.md, 0.6b and section 7.
    """
    if proposal.facts and proposal.other_keys:
        supposed = called(proposal.facts.key)
        yield Problem(
            proposal.place,
            f"No key stored in {proposal.mapping} is {a(supposed)}, so what its keys are is not known: "
            f"{first_few(map(quoted, proposal.before))}.",
            "Change it by hand in Productive's settings.",
        )


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
    return "contradicted" if other > documented else "open"


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


def _ends(facts: Mapping, proposal: Proposal) -> tuple[str, str]:
    """Both sides as documented, each with whose it is."""
    owners = (
        proposal.integration.type_title if isinstance(side, Codes) else "Productive"
        for side in (facts.key, facts.value)
    )
    key, value = (f"{owner}'s {called(side)}" for owner, side in zip(owners, (facts.key, facts.value), strict=True))
    return key, value
