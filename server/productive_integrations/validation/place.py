"""Whether the edit is in a place where an edit can be."""

from collections.abc import Iterator

from productive_integrations.text import quoted

from .proposal import Proposal
from .registry import Problem, rule


@rule("MAP001", "other-type", "block")
def other_type(proposal: Proposal) -> Iterator[Problem]:
    """The integration's type has no such mapping.

    Each type has its own mappings: QuickBooks posts to items (`item_mapping`), Xero to accounts
    (`account_code_mapping`). Productive would answer 200 and store nothing, or store what no export reads.

    Source: the attribute list of the integrations resource; mapping-domain.md, R10.
    """
    if proposal.facts is None:
        names = ", ".join(proposal.integration.mappings)
        title = proposal.integration.type_title
        yield Problem(
            "mapping",
            f"{title} has no {proposal.mapping}.",
            f"Use one of its own: {names}." if names else f"{title} has no mappings.",
        )


@rule("MAP002", "dead-integration", "block")
def dead_integration(proposal: Proposal) -> Iterator[Problem]:
    """The integration was switched off.

    Nothing is exported through it, so an edit would change nothing now and surprise whoever switches it on again.

    Source: `deactivated_at`; mapping-domain.md, R13.
    """
    if proposal.integration.state == "inactive":
        yield Problem(
            "integration_id",
            f"The integration {quoted(proposal.integration.name)} is switched off.",
            "Switch it on in Productive's settings, or choose the active one: list_integrations with state=active.",
        )


@rule("MAP003", "never-connected", "block")
def never_connected(proposal: Proposal) -> Iterator[Problem]:
    """The integration was never connected to the other system.

    Without a connection there is no company whose codes the mapping could hold.

    Source: `connected_at`; mapping-domain.md, R13.
    """
    if not proposal.integration.value("connected_at") and proposal.integration.state == "active":
        yield Problem(
            "integration_id",
            f"The integration {quoted(proposal.integration.name)} was never connected.",
            "Connect it in Productive's settings first, or choose another: list_integrations.",
        )
