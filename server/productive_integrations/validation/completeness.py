"""What the mapping leaves without an entry, and what covers it."""

from collections.abc import Iterator

from productive_integrations.text import quoted

from .proposal import Proposal, is_blank
from .registry import Problem, rule
from .words import described, first_few


@rule("MAP401", "uncovered-tax-rate", "block")
def uncovered_tax_rate(proposal: Proposal) -> Iterator[Problem]:
    """An active tax rate loses its code where all must have one.

    Xero takes no invoice whose tax rate is not mapped, so the next export stops.

    Bad: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2", "22": "RROUTPUT"}, "remove": ["21"]}
    Good: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2", "22": "RROUTPUT"},
        "set": {"21": "RROUTPUT", "22": "OUTPUT2"}}
    Source: Productive's help on Xero ("mandatory"); mapping-domain.md, R9.
    """
    if proposal.facts is None or not proposal.facts.complete:
        return
    live = {entry.id: entry for entry in proposal.covered}
    for entry in proposal.change.entries:
        if entry.after is None and entry.key in live:
            yield Problem(
                f"remove.{entry.key}",
                f"Every active tax rate must keep a code, and {quoted(live[entry.key].name)} would have none.",
                "Set another code instead of removing it.",
            )


@rule("MAP402", "uncaught-removal", "confirm")
def uncaught_removal(proposal: Proposal) -> Iterator[Problem]:
    """A removed entry is caught by no default.

    Without an entry and without a default an export fails, or takes whatever the other system thinks fit.

    Bad: {"integration": {"account_code": null}, "remove": ["Design"]}
    Good: {"remove": ["Design"]}
    Source: mapping-domain.md, shared shape rules.
    """
    if proposal.facts is None or proposal.facts.complete or not is_blank(proposal.default_after):
        return
    for entry in proposal.change.entries:
        if entry.after is None:
            name = quoted(entry.key_name or entry.key)
            fix = "Set a default in the same edit." if proposal.facts.default else "Confirm only if that is meant."
            yield Problem(
                f"remove.{entry.key}",
                f"Nothing would cover {name} any more: it loses its entry, and there is no default.",
                fix,
            )


@rule("MAP403", "changed-default", "confirm")
def changed_default(proposal: Proposal) -> Iterator[Problem]:
    """The default changes, and with it every unmapped key.

    A default is a mapping of all keys that have no entry of their own, those of tomorrow included.

    Bad: {"default": "4020"}
    Good: {"set": {"Design": "4020"}}
    Source: mapping-domain.md, R14.
    """
    if proposal.change.default:
        names = [quoted(entry.name) for entry in proposal.unmapped]
        listed = f": {first_few(names)}" if names else ""
        yield Problem(
            "default",
            f"The default covers everything that has no entry, now {len(names)}{listed}.",
            "Confirm if all of them shall change; map those that must keep the old value in the same edit.",
        )


@rule("MAP404", "missing-default", "confirm")
def missing_default(proposal: Proposal) -> Iterator[Problem]:
    """Records have no entry, and there is no default for them.

    Lines of these kinds fail on export or land wherever the other system puts them.

    Bad: {"check": true, "integration": {"account_code": null}, "stored": {"11": "4010"}}
    Good: {"check": true, "stored": {"11": "4010"}}
    Source: mapping-domain.md, shared shape rules.
    """
    facts = proposal.facts
    if not proposal.checking or not facts or not facts.default or not proposal.before or not proposal.unmapped:
        return
    if is_blank(proposal.default_after):
        names = first_few(quoted(entry.name) for entry in proposal.unmapped)
        yield Problem(
            facts.default,
            f"{len(proposal.unmapped)} have no entry in {proposal.mapping}, and no default covers them: {names}.",
            "Set a default with update_mapping, or map them.",
        )


@rule("MAP405", "unmapped-tax-rate", "confirm")
def unmapped_tax_rate(proposal: Proposal) -> Iterator[Problem]:
    """An active tax rate of the subsidiary has no code where all must have one.

    The first invoice with that rate is refused.

    Bad: {"check": true, "mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2"}}
    Good: {"check": true, "mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2", "22": "RROUTPUT"}}
    Source: Productive's help on Xero ("mandatory"); mapping-domain.md, R9.
    """
    if proposal.checking and proposal.facts and proposal.facts.complete and proposal.before:
        for entry in proposal.unmapped:
            yield Problem(
                f"{proposal.mapping}.{entry.id}",
                f"The tax rate {described(entry)} has no code.",
                "Ask which code it has in the other system, and set it.",
            )


@rule("MAP406", "missing-category", "inform")
def missing_category(proposal: Proposal) -> Iterator[Problem]:
    """Projects are exported to Sage Intacct, and no category is set for them.

    Intacct makes no project without a category, so the export of the first new one fails.

    Bad: {"check": true, "type": "sage intacct", "mapping": "sage_intacct_account_code_mapping",
        "stored": {"11": "40100"}, "integration": {"sage_intacct_export_project": true}}
    Good: {"check": true, "type": "sage intacct", "mapping": "sage_intacct_account_code_mapping",
        "stored": {"11": "40100"}, "integration": {"sage_intacct_account_code": "40000",
        "sage_intacct_export_project": true, "sage_intacct_project_category": "Contract"}}
    Source: mapping-domain.md, section 9.
    """
    value = proposal.integration.value
    if (
        proposal.checking
        and value("sage_intacct_export_project") is True
        and not value("sage_intacct_project_category")
    ):
        yield Problem(
            "sage_intacct_project_category",
            "Projects are exported, but no project category is set.",
            "Choose one in Productive's settings of this integration.",
        )
