"""A mapping as it stands, for files."""

from productive_integrations.errors import BadAnswer, InvalidArgument
from productive_integrations.mappings.fresh import read_fresh
from productive_integrations.mappings.look import listings_of
from productive_integrations.mappings.services import Services
from productive_integrations.providers import mappings_by_name
from productive_integrations.validation import Proposal


async def mapping_now(services: Services, integration_id: str, mapping: str) -> Proposal:
    """The mapping, with the listings and the chart that give its words a meaning.

    Raises InvalidArgument for a mapping that is not there (for one that no type has, before any request) and NotFound
    for an unknown id.
    """
    if mapping not in mappings_by_name():
        raise InvalidArgument("MAPPING", "no integration type has such a mapping; `show` says what there is.")
    listings = await listings_of(services, [mapping])
    integration = await read_fresh(services, integration_id)
    if mapping not in integration.mappings:
        has = ", ".join(integration.mappings) or "none"
        raise InvalidArgument("MAPPING", f"{integration.type_title} has no such mapping; it has: {has}.")
    if mapping not in integration.present:
        raise BadAnswer("Productive answered without this mapping; try again.")
    if not isinstance(integration.value(mapping), dict | None):
        raise InvalidArgument("MAPPING", "what is stored is no list of entries; `check` says more.")
    return Proposal(integration, mapping, directory=listings, chart=services.charts.of(integration.id))
