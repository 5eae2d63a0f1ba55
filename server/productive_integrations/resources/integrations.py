from productive_integrations.mappings.read import Question, list_integrations
from productive_integrations.mappings.services import Services

from .base import Resource, data, next_page

PAGE_ROWS = 200


async def integrations(services: Services, cursor: str = "") -> str:
    """Every integration: id, type, name, state, entries of each mapping in use. Continued at `next`."""
    found = await list_integrations(services, Question(), PAGE_ROWS, cursor)
    rows = found.model_dump(mode="json", exclude_none=True, exclude_defaults=True)["integrations"]
    return data({"integrations": rows, **next_page(RESOURCE.uri, found.next_cursor)})


RESOURCE = Resource(integrations, "productive://integrations", "Integrations", paged=True)
