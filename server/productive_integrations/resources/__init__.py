from .base import SCHEME, Resource, touched_by
from .change import RESOURCE as CHANGE
from .integration import RESOURCE as INTEGRATION
from .integration_type import RESOURCE as INTEGRATION_TYPE
from .integration_types import RESOURCE as INTEGRATION_TYPES
from .integrations import RESOURCE as INTEGRATIONS
from .mapping import RESOURCE as MAPPING
from .rule import RESOURCE as RULE
from .rules import RESOURCE as RULES
from .schema import RESOURCE as SCHEMA

RESOURCES: tuple[Resource, ...] = (
    INTEGRATIONS,
    INTEGRATION,
    MAPPING,
    INTEGRATION_TYPES,
    INTEGRATION_TYPE,
    SCHEMA,
    RULES,
    RULE,
    CHANGE,
)
"""Every resource and template, in the order a client lists them. A new one is a file and a line here."""

__all__ = ["RESOURCES", "SCHEME", "Resource", "touched_by"]
