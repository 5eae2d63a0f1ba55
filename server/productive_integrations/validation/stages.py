"""Whether the stages of deals lead where they should."""

from collections.abc import Iterator

from pydantic import JsonValue

from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.directory import Entry, Listing
from productive_integrations.text import quoted

from .proposal import Proposal
from .reach import deal_statuses, only
from .registry import Problem, rule
from .words import described, first_few


@rule("MAP306", "lost-becomes-won", "confirm", deal_statuses)
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
                f"The stage {quoted(key.meaning or '')} holds {stage} deals, "
                f"and the deal status {described(after)} is for {after.phase} ones.",
                f"Choose a deal status of {stage} deals{_such_as(listing, after, stage)}.",
            )


@rule("MAP309", "stage-outside-pipelines", "confirm", only("hubspot_stages_mapping"))
def stage_outside_pipelines(proposal: Proposal) -> Iterator[Problem]:
    """A stage is in none of the pipelines that the integration takes deals from.

    Deals of other pipelines never come over, so the entry would do nothing. It can be told only where the list of
    pipelines names their stages, or is empty.

    Bad: {"type": "hubspot", "mapping": "hubspot_stages_mapping", "stored": {"closedwon": "41"},
        "integration": {"hubspot_pipelines": [{"id": "default", "stages": [{"id": "closedwon"}]}]},
        "set": {"1234912": "43"}}
    Good: {"type": "hubspot", "mapping": "hubspot_stages_mapping", "stored": {"closedwon": "41"},
        "integration": {"hubspot_pipelines": [{"id": "default", "stages": [{"id": "1234912"}]}]},
        "set": {"1234912": "43"}}
    Source: `hubspot_pipelines`; mapping-domain.md, section 10.
    """
    pipelines = proposal.integration.value("hubspot_pipelines")
    if proposal.mapping != "hubspot_stages_mapping" or not isinstance(pipelines, list):
        return
    listed = _stages_of(pipelines)
    if listed is None:
        return
    for key, _ in proposal.values:
        if key.meaning not in listed:
            names = f": {first_few(map(quoted, sorted(listed)))}" if listed else ""
            yield Problem(
                key.field,
                f"The stage {quoted(key.meaning or '')} is in no pipeline that this integration takes deals from.",
                f"Choose a stage of those pipelines{names}, or add its pipeline in Productive's settings first.",
            )


def _stages_of(pipelines: list[JsonValue]) -> set[str] | None:
    """The stages of all pipelines; none when one of them does not tell its own."""
    stages: set[str] = set()
    for pipeline in pipelines:
        own = pipeline.get("stages") if isinstance(pipeline, dict) else None
        if not isinstance(own, list):
            return None
        stages |= {str(stage.get("id")) if isinstance(stage, dict) else str(stage) for stage in own}
    return stages


def _such_as(listing: Listing, instead_of: Entry, phase: str | None) -> str:
    """Live statuses of a phase, those of the same pipeline first."""
    fitting = [entry for entry in listing.live if entry.phase == phase]
    fitting.sort(key=lambda entry: entry.group != instead_of.group)
    return f", such as {described(fitting[0])}" if fitting else ""


def _phase_in(stage: str) -> str | None:
    return next((phase for phase in ("lost", "won") if phase in stage.casefold()), None)
