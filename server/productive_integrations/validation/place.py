"""Whether the edit is in a place where an edit can be."""

from collections.abc import Iterator

from pydantic import JsonValue

from productive_integrations.providers import mappings_by_name
from productive_integrations.text import quoted

from .proposal import Proposal
from .registry import Problem, rule
from .words import called, plural

_OFFERS = {"xero_organization_id": "xero_organizations", "exact_division_id": "exact_divisions"}


@rule("MAP001", "other-type", "block")
def other_type(proposal: Proposal) -> Iterator[Problem]:
    """The integration's type has no such mapping.

    Each type has its own mappings: QuickBooks posts to items (`item_mapping`), Xero to accounts
    (`account_code_mapping`). Productive would answer 200 and store nothing, or store what no export reads.

    Bad: {"mapping": "item_mapping", "set": {"Design": "200"}}
    Good: {"set": {"Design": "200"}}
    Source: the attribute list of the integrations resource; mapping-domain.md, R10.
    """
    if proposal.facts is None:
        title = proposal.integration.type_title
        yield Problem("mapping", f"{title} has no {proposal.mapping}.", _own_mappings(proposal))


@rule("MAP002", "dead-integration", "block")
def dead_integration(proposal: Proposal) -> Iterator[Problem]:
    """The integration was switched off.

    Nothing is exported through it, so an edit would change nothing now and surprise whoever switches it on again.

    Bad: {"integration": {"deactivated_at": "2026-01-01"}, "set": {"Design": "200"}}
    Good: {"set": {"Design": "200"}}
    Source: `deactivated_at`; mapping-domain.md, R13.
    """
    if proposal.integration.state == "inactive":
        yield Problem(
            "integration_id",
            f"The integration {quoted(proposal.integration.name)} is switched off, so nothing goes through it.",
            "Choose an active one (list_integrations with state active), or switch this one on in Productive first.",
        )


@rule("MAP003", "never-connected", "block")
def never_connected(proposal: Proposal) -> Iterator[Problem]:
    """The integration was never connected to the other system.

    Without a connection there is no company whose codes the mapping could hold.

    Bad: {"integration": {"connected_at": null}, "set": {"Design": "200"}}
    Good: {"set": {"Design": "200"}}
    Source: `connected_at`; mapping-domain.md, R13.
    """
    if not proposal.integration.value("connected_at") and proposal.integration.state == "active":
        yield Problem(
            "integration_id",
            f"The integration {quoted(proposal.integration.name)} was never connected to "
            f"{proposal.integration.type_title}.",
            "Connect it in Productive's settings first, or choose another one (list_integrations).",
        )


@rule("MAP004", "lost-parent", "confirm")
def lost_parent(proposal: Proposal) -> Iterator[Problem]:
    """The company that the integration is connected to is not among those its login can reach.

    The codes of the mapping belong to that company. If the login lost it, no export arrives there.

    Bad: {"integration": {"xero_organization_id": "9", "xero_organizations": [{"id": "8"}]}, "set": {"Design": "200"}}
    Good: {"integration": {"xero_organization_id": "8", "xero_organizations": [{"id": "8"}]}, "set": {"Design": "200"}}
    Source: `xero_organizations` and `exact_divisions`; mapping-domain.md, R22.
    """
    for chosen, offered in _OFFERS.items():
        company, companies = proposal.integration.value(chosen), proposal.integration.value(offered)
        if company and isinstance(companies, list) and companies and str(company) not in _texts(companies):
            yield Problem(
                chosen,
                f"{quoted(proposal.integration.name)} is connected to a company that its login can no longer reach.",
                "Connect it again in Productive's settings; until then nothing may arrive there.",
            )


def _texts(value: JsonValue) -> set[str]:
    if isinstance(value, dict):
        return {text for item in value.values() for text in _texts(item)}
    if isinstance(value, list):
        return {text for item in value for text in _texts(item)}
    return {str(value)}


def _own_mappings(proposal: Proposal) -> str:
    """Which mapping of the type comes nearest: the one for the same records, though it may hold another kind."""
    title, own = proposal.integration.type_title, proposal.integration.mappings
    if not own:
        return f"{title} has no mappings; choose another integration."
    asked = {home.mappings()[proposal.mapping].key for home in mappings_by_name().get(proposal.mapping, ())}
    for name, facts in own.items():
        if facts.key in asked:
            kinds = f"{plural(called(facts.key))} to {plural(called(facts.value))}"
            return f"{title} maps {kinds}: use {name}. All it has: {', '.join(own)}."
    return f"Use one of its own: {', '.join(own)}."
