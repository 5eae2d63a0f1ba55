from .base import Hash, Provider, Reference, Token
from .catalogue import PROVIDERS, attribute_names, mappings_by_name, provider_of, type_named
from .filters import ListFilters

__all__ = [
    "PROVIDERS",
    "Hash",
    "ListFilters",
    "Provider",
    "Reference",
    "Token",
    "attribute_names",
    "mappings_by_name",
    "provider_of",
    "type_named",
]
