"""A mapping read afresh, with all that judging an edit of it needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from productive_integrations.productive.elsewhere import Stored
from productive_integrations.providers import mappings_by_name
from productive_integrations.providers.markers import Noun, Records
from productive_integrations.schemas.directory import Directory
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.integration import Integration
from productive_integrations.validation import Proposal

from .plan import work_out
from .services import Services

READS = 2
"""Reads of the integration that `look` makes at most."""
_FRESH = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a mapping is judged by beside itself: listings, and the same mapping elsewhere."""

    directory: Directory
    elsewhere: tuple[Stored, ...]

    def proposal(self, integration: Integration, mapping: str) -> Proposal:
        """The mapping as it stands, with nothing changed yet."""
        siblings = tuple(
            stored.entries
            for stored in self.elsewhere
            if stored.type_id == integration.type_id and stored.integration_id != integration.id
        )
        return Proposal(integration, mapping, directory=self.directory, siblings=siblings)


async def surroundings_of(services: Services, mapping: str, max_age: float | None = None) -> Surroundings:
    """Listings no older than `max_age` seconds (else the usual), and the mapping in every integration."""
    homes = mappings_by_name().get(mapping, ())
    elsewhere = await services.elsewhere.load(mapping, [home.type_id for home in homes])
    return Surroundings(await listings_of(services, mapping, max_age), elsewhere)


async def listings_of(services: Services, mapping: str, max_age: float | None = None) -> Directory:
    """The listings that a mapping refers to, in any type that has it."""
    facts = [home.mappings()[mapping] for home in mappings_by_name().get(mapping, ())]
    nouns: set[Noun] = {side.noun for fact in facts for side in (fact.key, fact.value) if isinstance(side, Records)}
    return await services.directory.load(nouns, max_age)


async def look(services: Services, edit: Edit, read: Callable[[], Awaitable[Integration]]) -> Proposal:
    """The edit worked out against a read after which no other request was sent.

    A word without meaning may be a record made a moment ago: the listings are then fetched anew, and the integration
    read again.
    """
    surroundings = await surroundings_of(services, edit.mapping)
    proposal = work_out(edit, surroundings.proposal(await read(), edit.mapping))
    if not _puzzled(proposal):
        return proposal
    newer = await surroundings_of(services, edit.mapping, _FRESH)
    if newer.directory.same_as(surroundings.directory):
        return proposal
    return work_out(edit, newer.proposal(await read(), edit.mapping))


def _puzzled(proposal: Proposal) -> bool:
    for word in proposal.asked:
        listing = proposal.key_listing if "key" in word.role else proposal.value_listing
        if listing is not None and word.meaning not in listing.by_id and word.text.strip():
            return True
    return False
