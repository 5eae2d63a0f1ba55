"""What may complete an argument that somebody is typing: the value to send, found by what it is called."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from productive_integrations.errors import InvalidArgument
from productive_integrations.productive.names import Named
from productive_integrations.providers import PROVIDERS, mappings_by_name, provider_of
from productive_integrations.schemas.directory import folded
from productive_integrations.validation import RULES, Proposal

from .look import listings_of
from .services import Services

ID_FORM = r"[1-9][0-9]{0,18}"
RECENT_CHANGES = 100
Given = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value and the words that it is also found by."""

    value: str
    words: str = ""


Suggest = Callable[[Services, Given], Awaitable[Iterable[Choice]]]
"""The choices for an argument, knowing what the others are."""


def matching(choices: Iterable[Choice], typed: str) -> list[str]:
    """The values that begin with what was typed, then those whose words hold it, each once."""
    wanted = folded(typed)
    every = list(choices)
    first = [choice.value for choice in every if folded(choice.value).startswith(wanted)]
    then = [choice.value for choice in every if wanted in folded(choice.words)]
    return list(dict.fromkeys(first + then))


def among(choices: Iterable[Choice]) -> Suggest:
    """A fixed set."""
    fixed = tuple(choices)

    async def suggest(_: Services, __: Given) -> Iterable[Choice]:
        return fixed

    return suggest


types = among(Choice(one.title, f"{one.type_id} {' '.join(one.aliases)}") for one in PROVIDERS)
rules = among(Choice(rule.id, rule.name) for rule in RULES)


async def integrations(services: Services, _: Given) -> Iterable[Choice]:
    """Ids of all integrations, by name and type."""
    return [Choice(one.id, f"{one.name} {one.type_title}") for one in await services.names.load()]


async def mappings(services: Services, given: Given) -> Iterable[Choice]:
    """The mappings of the integration that is given, else of every type."""
    integration = await _given(services, given)
    if integration is None:
        return [Choice(name, name) for name in mappings_by_name()]
    return [Choice(name, name) for name in _mappings_of(integration)]


async def keys(services: Services, given: Given) -> Iterable[Choice]:
    """Keys of the mapping that is given: those without an entry first, then those with one."""
    integration, mapping = await _given(services, given), given.get("mapping", "")
    if integration is None or mapping not in _mappings_of(integration):
        return []
    read = await services.gateway.integration(integration.id)
    proposal = Proposal(read, mapping, directory=await listings_of(services, [mapping]))
    listing = proposal.key_listing
    named = {entry.id: entry.name for entry in listing.by_id.values()} if listing else {}
    unmapped = [Choice(entry.id, entry.name) for entry in proposal.unmapped]
    return [*unmapped, *(Choice(key, named.get(key, key)) for key in proposal.before)]


async def changes(services: Services, _: Given) -> Iterable[Choice]:
    """The newest changes, by integration and mapping."""
    recent = await services.store.changes(services.organization_id, None, RECENT_CHANGES)
    intents = [change.intent for change in recent]
    return [Choice(intent.change_id, f"{intent.integration_id} {intent.mapping}") for intent in intents]


async def id_meant(services: Services, text: str) -> str:
    """The id of the one integration that an id or a name means. Raises InvalidArgument for none and for several."""
    if re.fullmatch(ID_FORM, text):
        return text
    found = _meant(await services.names.load(), text)
    if not found:
        raise InvalidArgument("integration", "none has this id or name; list_integrations gives the ids.")
    if len(found) > 1:
        ids = ", ".join(one.id for one in found[:5])
        raise InvalidArgument("integration", f"{len(found)} have this name; give the id of the one meant: {ids}.")
    return found[0].id


def _meant(names: Iterable[Named], text: str) -> list[Named]:
    every = list(names)
    return [one for one in every if one.id == text] or [one for one in every if folded(one.name) == folded(text)]


async def _given(services: Services, given: Given) -> Named | None:
    text = given.get("integration") or given.get("id")
    found = _meant(await services.names.load(), text) if text else []
    return found[0] if len(found) == 1 else None


def _mappings_of(integration: Named) -> Iterable[str]:
    try:
        return provider_of(integration.type_id).mappings()
    except LookupError:
        return ()
