"""What the rules say about mappings as they are stored. Nothing here writes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace

from productive_integrations.providers import PROVIDERS, mappings_by_name
from productive_integrations.providers.markers import Default, Mapping, Setting, State, Toggle
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.view import CheckedIntegration, CheckResult
from productive_integrations.validation import RULES, Asked, Proposal, judge
from productive_integrations.validation.completeness import unmapped_tax_rate
from productive_integrations.validation.place import never_connected

from .look import listings_of
from .resolve import as_text
from .room import Room
from .services import Services

Report = Callable[[int, str], Awaitable[None]]
_OF_THE_UNSET = (never_connected, unmapped_tax_rate)


def stored_as_asked(proposal: Proposal) -> Proposal:
    """The same mapping with every stored entry, and its default, put to the rules."""
    asked: list[Asked] = []
    for key, value in proposal.before.items():
        place, text = f"{proposal.mapping}.{key}", as_text(value) or ""
        asked += (Asked(place, key, "key", key), Asked(place, text, "value", text))
    facts = proposal.facts
    default = as_text(proposal.integration.value(facts.default)) if facts and facts.default else None
    if facts and facts.default and default:
        asked.append(Asked(facts.default, default, "default", default))
    return replace(proposal, asked=tuple(asked), checking=True)


def findings_of(proposals: Iterable[Proposal]) -> tuple[Finding, ...]:
    """Every finding about stored mappings, each once. Of one that is not set, whether it should be."""
    found: dict[Finding, None] = {}
    for proposal in proposals:
        is_set = proposal.integration.value(proposal.mapping) is not None
        found |= dict.fromkeys(judge(stored_as_asked(proposal), RULES if is_set else _OF_THE_UNSET))
    return tuple(found)


async def _findings(services: Services, integration: Integration) -> tuple[Finding, ...]:
    mappings = integration.mappings
    told = [name for name, facts in mappings.items() if integration.value(name) is not None or facts.complete]
    if not told:
        return findings_of(Proposal(integration, name) for name in list(mappings)[:1])
    directory, chart = await listings_of(services, told), services.charts.of(integration.id)
    return findings_of(Proposal(integration, name, directory=directory, chart=chart) for name in told)


async def check_integrations(services: Services, integration_id: str, report: Report) -> CheckResult:
    """Check one integration, or every one when no id is given. `report` hears how many are done.

    Raises NotFound for an unknown id.
    """
    checked: list[CheckedIntegration] = []
    room, omitted, count = Room(), 0, 0
    async for integration in _asked_for(services, integration_id):
        await report(count, integration.name)
        count += 1
        findings = await _findings(services, integration)
        if not findings:
            continue
        one = CheckedIntegration(id=integration.id, name=integration.name, type=integration.type_title, findings=())
        fitting = room.fit(findings) if room.takes(one) else ()
        omitted += len(findings) - len(fitting)
        if fitting:
            checked.append(one.model_copy(update={"findings": fitting}))
    return CheckResult(checked=count, integrations=tuple(checked), omitted=omitted)


async def _asked_for(services: Services, integration_id: str) -> AsyncIterator[Integration]:
    if integration_id:
        yield await services.gateway.integration(integration_id)
        return
    async for integration in services.gateway.integrations(fields=_judged_attributes()):
        yield integration


def _judged_attributes() -> set[str]:
    """What a list asks for so that rules can judge: types with mappings, nothing secret or personal."""
    with_mappings = {home for homes in mappings_by_name().values() for home in homes}
    return {
        name
        for provider in PROVIDERS
        if provider in with_mappings
        for name, _, fact in provider.attributes()
        if isinstance(fact.kind, Mapping | Default | Setting | Toggle | State)
        and fact.sensitivity in {"open", "internal"}
    }
