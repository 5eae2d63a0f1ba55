"""Which mappings a rule can say something about. Unlike the rule itself it needs no integration, only the type."""

from collections.abc import Callable

from productive_integrations.providers import Provider
from productive_integrations.providers.markers import Codes, Fields, Noun, Records
from productive_integrations.schemas.chart import CHART_KINDS, LISTED

Reach = Callable[[type[Provider], str], bool]


def everywhere(_: type[Provider], __: str) -> bool:
    """Any mapping of any type."""
    return True


def types_with(*attributes: str) -> Reach:
    """Every mapping of the types that have one of these attributes."""
    return lambda provider, _: not provider.model_fields.keys().isdisjoint(attributes)


def only(*mappings: str) -> Reach:
    """These mappings, in types that have all of them."""
    return lambda provider, mapping: mapping in mappings and provider.mappings().keys() >= set(mappings)


def overridden(provider: type[Provider], mapping: str) -> bool:
    """Fields that also have a mapping of fixed values, and those."""
    twins = {mapping.replace("_fixed_value_", "_field_"), mapping.replace("_field_", "_fixed_value_")} - {mapping}
    return not twins.isdisjoint(provider.mappings())


def tax_rates(provider: type[Provider], mapping: str) -> bool:
    """Keys are tax rates."""
    return provider.mappings()[mapping].key == Records(Noun.TAX_RATE)


def deal_statuses(provider: type[Provider], mapping: str) -> bool:
    """Values are deal statuses."""
    return provider.mappings()[mapping].value == Records(Noun.DEAL_STATUS)


def fields(provider: type[Provider], mapping: str) -> bool:
    """A side names fields."""
    facts = provider.mappings()[mapping]
    return isinstance(facts.key, Fields) or isinstance(facts.value, Fields)


def complete(provider: type[Provider], mapping: str) -> bool:
    """Every key needs an entry."""
    return provider.mappings()[mapping].complete


def incomplete(provider: type[Provider], mapping: str) -> bool:
    """Not every key needs an entry."""
    return not complete(provider, mapping)


def defaulted(provider: type[Provider], mapping: str) -> bool:
    """A default covers unmapped keys."""
    return provider.mappings()[mapping].default is not None


def classed(provider: type[Provider], mapping: str) -> bool:
    """Accounts should be of a certain class."""
    return bool(provider.mappings()[mapping].classes)


def charted(provider: type[Provider], mapping: str) -> bool:
    """Values are of a kind that a chart may hold."""
    value = provider.mappings()[mapping].value
    return isinstance(value, Codes) and value.kind in CHART_KINDS.values()


def listed(provider: type[Provider], mapping: str) -> bool:
    """Values are of a kind that the other system lists."""
    value = provider.mappings()[mapping].value
    return isinstance(value, Codes) and value.kind in LISTED


def foreign_keys(provider: type[Provider], mapping: str) -> bool:
    """Keys are the other system's."""
    return isinstance(provider.mappings()[mapping].key, Codes)


def spelt(provider: type[Provider], mapping: str) -> bool:
    """A side holds the other system's words, compared to the letter."""
    return listed(provider, mapping) or foreign_keys(provider, mapping)
