"""What the mapping leaves without an entry, and what covers it."""

from collections.abc import Iterator

from productive_integrations.text import quoted

from .proposal import Proposal, is_blank
from .reach import complete, defaulted, incomplete, types_with
from .registry import Problem, rule
from .words import called, counted, described, first_few

_ALL_OF_A_SCREEN = 25


@rule("MAP401", "uncovered-tax-rate", "block", complete)
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
                proposal.places.get(entry.key, f"remove.{entry.key}"),
                f"Every active tax rate must keep a tax code, and {quoted(live[entry.key].name)} would have none.",
                "Set another tax code instead of removing it.",
            )


@rule("MAP402", "uncaught-removal", "confirm", incomplete)
def uncaught_removal(proposal: Proposal) -> Iterator[Problem]:
    """A removed entry is caught by no default.

    Without an entry and without a default an export fails, or takes whatever the other system thinks fit. An entry of a
    record that is gone covers nothing, so it may go.

    Bad: {"integration": {"account_code": null}, "remove": ["Design"]}
    Good: {"remove": ["Design"]}
    Source: mapping-domain.md, shared shape rules.
    """
    if proposal.facts is None or proposal.facts.complete or not is_blank(proposal.default_after):
        return
    listing = proposal.key_listing
    for entry in proposal.change.entries:
        if entry.after is not None or (listing and entry.key not in listing.by_id):
            continue
        name = quoted(entry.key_name or entry.key)
        fix = "Confirm only if that is meant"
        yield Problem(
            proposal.places.get(entry.key, f"remove.{entry.key}"),
            f"Nothing would cover {name} any more: it loses its entry, and there is no default.",
            f"{fix}, or set a default in the same edit." if proposal.facts.default else f"{fix}.",
        )


@rule("MAP403", "changed-default", "confirm", defaulted)
def changed_default(proposal: Proposal) -> Iterator[Problem]:
    """The default changes, and with it every unmapped key.

    A default is a mapping of all keys that have no entry of their own, those of tomorrow included.

    Bad: {"default": "4020"}
    Good: {"set": {"Design": "4020"}}
    Source: mapping-domain.md, R14.
    """
    default = proposal.change.default
    if default:
        names = [quoted(entry.name) for entry in proposal.unmapped]
        touched = f" ({len(names)} now: {first_few(names, _ALL_OF_A_SCREEN)})" if names else ""
        before, after = quoted(str(default.before)), quoted(str(default.after))
        if default.after_name:
            after = f"{after} ({quoted(default.after_name)})"
        change = f"becomes {after}" if is_blank(default.before) else f"changes from {before} to {after}"
        if is_blank(default.after):
            change = f"{before} is taken away"
        yield Problem(
            "default",
            f"The default {change} for everything without an entry of its own{touched}.",
            "Confirm if all of them shall change; give those that must not an entry of their own in the same edit.",
        )


@rule("MAP404", "missing-default", "confirm", defaulted)
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
        missing = counted(len(proposal.unmapped), called(facts.key))
        yield Problem(
            facts.default,
            f"{missing} {'has' if len(proposal.unmapped) == 1 else 'have'} no entry in {proposal.mapping}, "
            f"and no default covers what has none: {names}.",
            "Set a default, or map them.",
        )


@rule("MAP405", "unmapped-tax-rate", "confirm", complete)
def unmapped_tax_rate(proposal: Proposal) -> Iterator[Problem]:
    """An active tax rate of the subsidiary has no code where all must have one.

    The first invoice with that rate is refused.

    Bad: {"check": true, "mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2"}}
    Good: {"check": true, "mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2", "22": "RROUTPUT"}}
    Source: Productive's help on Xero ("mandatory"); mapping-domain.md, R9.
    """
    if not proposal.checking or not proposal.facts or not proposal.facts.complete or not proposal.unmapped:
        return
    if not proposal.before and _exports_invoices(proposal):
        names = first_few(map(described, proposal.unmapped))
        yield Problem(
            proposal.mapping,
            f"No tax rate has a tax code, and every active one needs it: {names}.",
            f"Look up which tax codes they have in {proposal.integration.type_title}, and map them.",
        )
    if proposal.before:
        for entry in proposal.unmapped:
            yield Problem(
                f"{proposal.mapping}.{entry.id}",
                f"The tax rate {described(entry)} has no tax code, and every active one needs it.",
                f"Look up which tax code it has in {proposal.integration.type_title}, and map it.",
            )


def _exports_invoices(proposal: Proposal) -> bool:
    value = proposal.integration.value
    connected = bool(value("connected_at")) and proposal.integration.state == "active"
    return connected and value("use_invoices_export") is not False


@rule("MAP406", "missing-category", "inform", types_with("sage_intacct_export_project"))
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
            "Projects are exported to Sage Intacct, which makes none without a category, and no category is set.",
            "Choose one in Productive's settings of this integration.",
        )
