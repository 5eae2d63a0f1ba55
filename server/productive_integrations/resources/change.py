from productive_integrations.mappings.changes import get_change
from productive_integrations.mappings.room import Room
from productive_integrations.mappings.services import Services

from .base import CHANGE_ID, PAGE_BYTES, Resource, data, next_page, rows_from


async def change(services: Services, id: str, cursor: str = "") -> str:
    """One change made through this server: who, when, each entry before and after, whether it is stored."""
    whole = await get_change(services, id)
    entries, following = rows_from(whole.entries, cursor, Room(PAGE_BYTES))
    plain = whole.model_copy(update={"entries": entries}).model_dump(
        mode="json", exclude_none=True, exclude_defaults=True
    )
    return data({**plain, **next_page(RESOURCE.uri.format(id=id), following)})


RESOURCE = Resource(change, "productive://changes/{id}", "Change", variables={"id": CHANGE_ID}, paged=True)
