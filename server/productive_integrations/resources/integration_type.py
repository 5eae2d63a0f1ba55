import inspect
from collections.abc import Iterator

from productive_integrations.errors import NotFound
from productive_integrations.mappings.services import Services
from productive_integrations.providers import Provider, type_named
from productive_integrations.providers.markers import Codes, Mapping, Records, Side
from productive_integrations.validation import RULES, Rule

from .base import MARKDOWN, TYPE, Resource, page


async def integration_type(_: Services, type: str) -> str:
    """One integration type: what it can map, which default covers it, and which rules ask what. Number or name."""
    provider = type_named(type.replace("%20", " "))
    if provider is None:
        raise NotFound("type: no integration type has this number or name. productive://integration-types lists them.")
    return page("\n".join(_lines(provider)))


def _lines(provider: type[Provider]) -> Iterator[str]:
    mappings = provider.mappings()
    yield f"# {provider.title} (type {provider.type_id})\n\n{inspect.getdoc(provider)}\n"
    if not mappings:
        yield "It has no mappings."
        return
    for name, facts in mappings.items():
        yield from _mapping(provider, name, facts)
    yield "## Rules\n\nEach has a page: productive://rules/{id}\n"
    yield "| rule | severity | what it says | of |\n|---|---|---|---|"
    for rule in RULES:
        concerned = [name for name in mappings if rule.concerns(provider, name)]
        if concerned:
            yield _row(rule, "all" if len(concerned) == len(mappings) else ", ".join(concerned))


def _mapping(provider: type[Provider], name: str, facts: Mapping) -> Iterator[str]:
    yield f"## {name}\n\n{provider.model_fields[name].description}\n"
    yield f"- key: {_side(facts.key)}"
    yield f"- value: {_side(facts.value)}"
    if facts.complete:
        yield "- every live key of the integration's subsidiary needs an entry"
    if facts.default:
        yield f"- unmapped keys use the default `{facts.default}`"
    if not (facts.complete or facts.default):
        yield "- no default covers unmapped keys"
    yield f"- direction: {facts.direction}; an edit proves it on what is stored"
    if facts.classes:
        yield f"- accounts should be of class {' or '.join(facts.classes)}"
    yield f"- in Productive: {facts.settings_path}\n"


def _side(side: Side) -> str:
    if isinstance(side, Records):
        return f"a {side.noun.value} of Productive, by id or name"
    if isinstance(side, Codes):
        return side.form + (f", such as `{side.example}`" if side.example else "")
    return f"a field of {side.of} in Productive, by name, or a custom field's id"


def _row(rule: Rule, where: str) -> str:
    return f"| {rule.id} | {rule.severity} | {rule.summary} | {where} |"


RESOURCE = Resource(
    integration_type,
    "productive://integration-types/{type}",
    "Integration type",
    MARKDOWN,
    {"type": TYPE},
    shared=True,
)
