from productive_integrations.mappings.read import get_mapping
from productive_integrations.mappings.room import Room
from productive_integrations.mappings.services import Services

from .base import INTEGRATION_ID, MAPPING, PAGE_BYTES, Resource, data, next_page, rows_from


async def mapping(services: Services, id: str, mapping: str, cursor: str = "") -> str:
    """One mapping whole: every entry with names, then all that is unmapped and its default. Continued at `next`."""
    whole = await get_mapping(services, id, mapping)
    items = [*whole.rows, *whole.unmapped_names]
    shown, following = rows_from(items, cursor, Room(PAGE_BYTES))
    view = whole.model_copy(
        update={
            "rows": tuple(item for item in shown if not isinstance(item, str)),
            "unmapped_names": tuple(item for item in shown if isinstance(item, str)),
        }
    )
    plain = view.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    uri = RESOURCE.uri.format(id=id, mapping=mapping)
    return data({"integration_id": id, "mapping": mapping, **plain, **next_page(uri, following)})


RESOURCE = Resource(
    mapping,
    "productive://integrations/{id}/mappings/{mapping}",
    "Mapping",
    variables={"id": INTEGRATION_ID, "mapping": MAPPING},
    paged=True,
)
