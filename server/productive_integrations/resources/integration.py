from productive_integrations.mappings.read import get_integration
from productive_integrations.mappings.services import Services

from .base import INTEGRATION_ID, Resource, data


async def integration(services: Services, id: str) -> str:
    """One integration: mappings with names and gaps, settings, findings. Rows left out are at its mappings."""
    return data(await get_integration(services, id, "all"))


RESOURCE = Resource(integration, "productive://integrations/{id}", "Integration", variables={"id": INTEGRATION_ID})
