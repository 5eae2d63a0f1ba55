from pydantic import BaseModel

from productive_integrations.errors import NotFound
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.suggest import Choice, among
from productive_integrations.providers import PROVIDERS, type_named
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan
from productive_integrations.schemas.view import (
    ChangeList,
    CheckResult,
    IntegrationList,
    IntegrationView,
    ListedChange,
    MappingView,
)

from .base import Resource, Variable, data

NOUNS: dict[str, type[BaseModel]] = {
    "change": ListedChange,
    "changes": ChangeList,
    "check": CheckResult,
    "edit": Edit,
    "finding": Finding,
    "integration": IntegrationView,
    "integrations": IntegrationList,
    "mapping": MappingView,
    "outcome": WriteResult,
    "plan": Plan,
}
NAME = Variable(
    r"(?:[A-Za-z0-9._-]|%20){1,80}",
    f"it must be one of {', '.join(NOUNS)}, or an integration type such as xero.",
    among([*map(Choice, NOUNS), *(Choice(one.title, " ".join(one.aliases)) for one in PROVIDERS)]),
)


async def schema(_: Services, name: str) -> str:
    """JSON Schema of an integration type, such as xero, or of edit, plan, outcome, change, finding, mapping, check."""
    found = NOUNS.get(name.lower()) or type_named(name.replace("%20", " "))
    if found is None:
        raise NotFound(f"name: {NAME.form}")
    return data(found.model_json_schema(mode="serialization"))


RESOURCE = Resource(schema, "productive://schemas/{name}", "Schema", variables={"name": NAME}, shared=True)
