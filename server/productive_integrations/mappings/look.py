"""A mapping read afresh, with all that judging an edit of it needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from productive_integrations.charts import Charts
from productive_integrations.providers import mappings_by_name
from productive_integrations.providers.markers import Fields, Noun, Records, Side
from productive_integrations.schemas.directory import Directory
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.integration import Integration, Stored
from productive_integrations.validation import Proposal

from .fresh import read_fresh
from .plan import work_out
from .services import Services
from .write import Turn

READS = 2
"""Reads of the integration that `look` makes at most."""
_FRESH = 5.0
FRESH_ENOUGH_TO_WRITE = 60.0
"""Seconds that a listing may be old when a plan is applied."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a mapping is judged by beside itself: listings, the same mapping elsewhere, charts."""

    directory: Directory
    elsewhere: tuple[Stored, ...]
    charts: Charts

    def proposal(self, integration: Integration, mapping: str) -> Proposal:
        """The mapping as it stands, with nothing changed yet."""
        others = tuple(
            other
            for other in self.elsewhere
            if other.type_id == integration.type_id and other.integration_id != integration.id
        )
        chart = self.charts.of(integration.id)
        return Proposal(integration, mapping, directory=self.directory, others=others, chart=chart)


async def surroundings_of(services: Services, mapping: str, max_age: float | None = None) -> Surroundings:
    """Listings no older than `max_age` seconds (else the usual), and the mapping in every integration."""
    homes = mappings_by_name().get(mapping, ())
    elsewhere = await services.elsewhere.load(mapping, [home.type_id for home in homes])
    return Surroundings(await listings_of(services, [mapping], max_age), elsewhere, services.charts)


async def listings_of(services: Services, mappings: Iterable[str], max_age: float | None = None) -> Directory:
    """The listings that mappings refer to, in any type that has them."""
    homes = mappings_by_name()
    facts = [home.mappings()[mapping] for mapping in mappings for home in homes.get(mapping, ())]
    nouns = {noun for fact in facts for side in (fact.key, fact.value) if (noun := _noun_of(side))}
    return await services.directory.load(nouns, max_age)


def _noun_of(side: Side) -> Noun | None:
    if isinstance(side, Records):
        return side.noun
    return Noun.CUSTOM_FIELD if isinstance(side, Fields) else None


async def look(services: Services, edit: Edit, turn: Turn | None = None) -> Proposal:
    """The edit worked out against a read after which no other request was sent.

    A word without meaning may be a record made a moment ago: the listings are then fetched anew, and the integration
    read again.
    """
    surroundings = await surroundings_of(services, edit.mapping)
    integration = await read_fresh(services, edit.integration_id, turn)
    proposal = work_out(edit, surroundings.proposal(integration, edit.mapping))
    if not _puzzled(proposal):
        return proposal
    newer = await surroundings_of(services, edit.mapping, _FRESH)
    if newer.directory.same_as(surroundings.directory):
        return proposal
    integration = await read_fresh(services, edit.integration_id, turn)
    return work_out(edit, newer.proposal(integration, edit.mapping))


def _puzzled(proposal: Proposal) -> bool:
    return any(word.meaning not in listing.by_id for word, listing in proposal.referring)
