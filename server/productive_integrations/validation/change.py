"""What the edit does to the mapping as a whole."""

from collections import defaultdict
from collections.abc import Iterator

from productive_integrations.text import quoted

from .proposal import Proposal
from .registry import Problem, rule


@rule("MAP401", "uncovered-tax-rate", "block")
def uncovered_tax_rate(proposal: Proposal) -> Iterator[Problem]:
    """An active tax rate loses its code where all must have one.

    Xero takes no invoice whose tax rate is not mapped, so the next export stops.

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

    Source: mapping-domain.md, shared shape rules.
    """
    if proposal.facts is None or proposal.facts.complete or proposal.default_after not in {None, ""}:
        return
    for entry in proposal.change.entries:
        if entry.after is None:
            name = quoted(entry.key_name or entry.key)
            yield Problem(f"remove.{entry.key}", f"{name} would have no value and no default.", None)


@rule("MAP403", "changed-default", "confirm")
def changed_default(proposal: Proposal) -> Iterator[Problem]:
    """The default changes, and with it every unmapped key.

    A default is a mapping of all keys that have no entry of their own, those of tomorrow included.

    Source: mapping-domain.md, R14.
    """
    if proposal.change.default is None:
        return
    unmapped = [quoted(entry.name) for entry in proposal.unmapped]
    names = f": {', '.join(unmapped[:5])}{' …' if len(unmapped) > 5 else ''}" if unmapped else ""  # noqa: PLR2004
    yield Problem("default", f"The default changes for {len(unmapped)} unmapped keys{names}.", None)


@rule("MAP601", "same-key-twice", "block")
def same_key_twice(proposal: Proposal) -> Iterator[Problem]:
    """Two words of the edit mean the same key.

    A name and its id, or a key both set and removed: which one was meant cannot be told.

    Source: design.md, section 1, fact 7.
    """
    fields: dict[str, list[str]] = defaultdict(list)
    for asked in proposal.asked:
        if asked.role in {"key", "removed key"} and asked.meaning is not None:
            fields[asked.meaning].append(asked.field)
    for meaning, places in fields.items():
        if len(places) > 1:
            yield Problem(
                places[-1],
                f"{quoted(meaning)} is asked for more than once: {', '.join(map(quoted, places))}.",
            )


@rule("MAP602", "emptied-mapping", "confirm")
def emptied_mapping(proposal: Proposal) -> Iterator[Problem]:
    """The mapping would lose its last entry.

    Emptying a mapping by single removals is rarely meant.

    Source: reliability-security.md, W30.
    """
    if proposal.before and not proposal.after:
        yield Problem("remove", f"{proposal.mapping} would be empty.", None)


@rule("MAP603", "changed-parent", "block")
def changed_parent(proposal: Proposal) -> Iterator[Problem]:
    """The integration is connected to something else than when the edit was planned.

    After a change of type, division, organization or subsidiary every code belongs to another catalogue, in which the
    same text may mean another account.

    Source: mapping-domain.md, R22.
    """
    planned = proposal.planned_identity
    if planned is None:
        return
    for name, now in proposal.integration.identity.items():
        if planned.get(name) != now:
            yield Problem("integration_id", f"{name} changed since the plan was made.", "Plan the edit again.")
