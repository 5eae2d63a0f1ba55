"""Which way round the stored mapping really is, and whether it is a plain hash at all."""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import JsonValue

from productive_integrations.providers import Hash
from productive_integrations.providers.markers import Records

from .proposal import Proposal
from .registry import Problem, rule

Evidence = Literal["proven", "contradicted", "open"]


@rule("MAP201", "contradicted-direction", "block")
def contradicted_direction(proposal: Proposal) -> Iterator[Problem]:
    """The stored entries run the other way round than documented.

    Productive publishes one real-looking example of a mapping, and it has the codes as keys. If this hash is of that
    kind, an entry written the documented way would be read as nonsense.

    Source: mapping-domain.md, 0.6a, 0.6b and R21b.
    """
    if proposal.facts and _evidence(proposal, [proposal.before]) == "contradicted":
        yield Problem(
            "mapping",
            f"{proposal.mapping} holds Productive's ids on the {_documented(proposal, other=True)} side, "
            f"not on the {_documented(proposal)} side as documented.",
            "Change it in Productive's settings, and check there which way round it is meant.",
        )


@rule("MAP202", "unproven-direction", "confirm")
def unproven_direction(proposal: Proposal) -> Iterator[Problem]:
    """Nothing stored proves which side of the mapping holds Productive's ids.

    The documented direction is used. It is a conclusion from wordings, so a person who knows the integration should
    look at the first entry.

    Source: mapping-domain.md, 0.6b.
    """
    if not proposal.facts or not proposal.change or _evidence(proposal, [proposal.before]) == "contradicted":
        return
    hashes = [proposal.before, *proposal.siblings]
    if any(_evidence(proposal, [stored]) == "proven" for stored in hashes):
        return
    if not _has_records(proposal) and any(hashes) and proposal.facts.direction != "unknown":
        return
    yield Problem(
        "mapping",
        f"No stored entry proves which way round {proposal.mapping} is; "
        f"Productive's side is taken to be the {_documented(proposal)}.",
        "Make one entry in Productive's settings first, or confirm after a look at them.",
    )


@rule("MAP203", "not-a-flat-hash", "block")
def not_a_flat_hash(proposal: Proposal) -> Iterator[Problem]:
    """The stored mapping is not a plain hash of texts and whole numbers.

    Text that holds JSON, lists and nested hashes are kept as they are and shown, but not edited: nobody knows how
    Productive reads them back.

    Source: mapping-domain.md, 0.6c.
    """
    stored = proposal.integration.value(proposal.mapping) if proposal.facts else None
    if stored is None:
        return
    settings = "Change it in Productive's settings."
    if not isinstance(stored, dict):
        yield Problem("mapping", f"{proposal.mapping} is not stored as a hash.", settings)
    elif any(not _plain(value) for value in stored.values()):
        yield Problem("mapping", f"{proposal.mapping} holds an entry that is not text or a whole number.", settings)


def _plain(value: JsonValue) -> bool:
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _has_records(proposal: Proposal) -> bool:
    facts = proposal.facts
    return facts is not None and any(isinstance(side, Records) for side in (facts.key, facts.value))


def _evidence(proposal: Proposal, hashes: Iterable[Hash]) -> Evidence:
    keys = proposal.key_listing
    listing = keys or proposal.value_listing
    if listing is None:
        return "open"
    documented = other = 0
    for stored in hashes:
        for key, value in stored.items():
            ours, theirs = (key, str(value)) if keys is not None else (str(value), key)
            documented += ours in listing.by_id
            other += theirs in listing.by_id
    if documented > other:
        return "proven"
    return "contradicted" if other and not documented else "open"


def _documented(proposal: Proposal, *, other: bool = False) -> str:
    keys_are_ours = proposal.facts is not None and not isinstance(proposal.facts.value, Records)
    return "key" if keys_are_ours is not other else "value"
