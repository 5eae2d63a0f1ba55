from productive_integrations.mappings.services import Services
from productive_integrations.providers import PROVIDERS

from .base import Resource, data


async def integration_types(_: Services) -> str:
    """All integration types: number, name and mappings."""
    types = [{"number": one.type_id, "name": one.title, "mappings": list(one.mappings())} for one in PROVIDERS]
    return data({"integration_types": types})


RESOURCE = Resource(integration_types, "productive://integration-types", "Integration types", shared=True)
