import inspect
from typing import Annotated

from productive_integrations.errors import InvalidArgument
from productive_integrations.mappings.services import Services
from productive_integrations.providers import Provider, type_named

from .base import TYPE, Prompt


async def explain_integration_type(_: Services, type: Annotated[str, TYPE]) -> str:
    """Explain an integration type: what it does, what it can map, what to look out for."""
    provider = type_named(type)
    if provider is None:
        raise InvalidArgument("type", "no integration type has this number or name; try xero or 3.")
    return f"""\
Explain Productive's integration type {provider.title} (number {provider.type_id}) to the person, in plain words.

What is known: {inspect.getdoc(provider)}
{_mappings(provider)}

1. Read productive://integration-types/{provider.type_id}, if you can read resources: both sides of each mapping, \
defaults, rules.
2. Say what it does; what each mapping decides and where its gaps end up; which settings and rules matter most.
3. Say which integrations of this type they have: list_integrations with type {provider.type_id}.
4. Where something is said to be inferred or unknown, say so too. Add nothing from memory as if it were known.
5. Change nothing; offer a review of one of theirs instead."""


def _mappings(provider: type[Provider]) -> str:
    names = provider.mappings()
    if not names:
        return "It has no mappings."
    return (
        "Mappings: "
        + ", ".join(name + (f" (default {facts.default})" if facts.default else "") for name, facts in names.items())
        + "."
    )


PROMPT = Prompt(explain_integration_type, "Explain an integration type")
