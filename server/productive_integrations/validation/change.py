"""What the edit does to the mapping as a whole, and whether it does anything."""

from collections import defaultdict
from collections.abc import Iterator

from productive_integrations.text import quoted

from .proposal import Proposal
from .registry import Problem, rule
from .words import first_few

_FIFTH = 5
_APPROVED_IN_XERO = 3


@rule("MAP601", "same-key-twice", "block")
def same_key_twice(proposal: Proposal) -> Iterator[Problem]:
    """Two words of the edit mean the same key.

    A name and its id, or a key both set and removed: which one was meant cannot be told.

    Bad: {"set": {"Design": "200", "11": "201"}}
    Good: {"set": {"Design": "200", "12": "4010"}}
    Source: design.md, section 1, fact 7.
    """
    fields: dict[str, list[str]] = defaultdict(list)
    for word in proposal.asked:
        if word.role in {"key", "removed key"} and word.meaning is not None:
            fields[word.meaning].append(word.field)
    for places in fields.values():
        if len(places) > 1:
            listed = first_few(quoted(place) for place in places)
            yield Problem(places[-1], f"{listed} mean the same entry.", "Name it once.")


@rule("MAP602", "emptied-mapping", "confirm")
def emptied_mapping(proposal: Proposal) -> Iterator[Problem]:
    """The mapping would lose its last entry.

    Emptying a mapping by removals is rarely meant.

    Bad: {"stored": {"11": "4010"}, "remove": ["Design"]}
    Good: {"remove": ["Design"]}
    Source: reliability-security.md, W30.
    """
    if proposal.before and not proposal.after:
        yield Problem("remove", f"{proposal.mapping} would be empty.", "Confirm only if nothing shall be mapped.")


@rule("MAP603", "changed-parent", "block")
def changed_parent(proposal: Proposal) -> Iterator[Problem]:
    """The integration is connected to something else than when the edit was planned.

    After a change of type, division, organization or subsidiary every code belongs to another catalogue, in which the
    same text may mean another account.

    Bad: {"planned": {"xero_organization_id": "8"}, "integration": {"xero_organization_id": "9"},
        "set": {"Design": "200"}}
    Good: {"planned": {"xero_organization_id": "8"}, "integration": {"xero_organization_id": "8"},
        "set": {"Design": "200"}}
    Source: mapping-domain.md, R22.
    """
    for name, planned in (proposal.planned_identity or {}).items():
        if proposal.integration.identity.get(name) != planned:
            yield Problem(
                "integration_id",
                f"The integration belongs to something else than when the plan was made: {name} changed.",
                "Look at it with get_integration, then plan the edit again.",
            )


@rule("MAP604", "many-removals", "confirm")
def many_removals(proposal: Proposal) -> Iterator[Problem]:
    """More than a fifth of the entries would be removed.

    So many at once are mostly a misunderstanding.

    Bad: {"remove": ["Design", "Development"]}
    Good: {"remove": ["Design"]}
    Source: reliability-security.md, W30.
    """
    removed = sum(entry.after is None for entry in proposal.change.entries)
    if proposal.after and removed * _FIFTH > len(proposal.before):
        yield Problem(
            "remove",
            f"{removed} of {len(proposal.before)} entries would be removed.",
            "Confirm only if all of them are meant.",
        )


@rule("MAP605", "final-posting", "inform")
def final_posting(proposal: Proposal) -> Iterator[Problem]:
    """Documents are posted for good, so a wrong entry cannot be corrected afterwards.

    Twinfield's "final" and Xero's "approved" are not editable once exported. That 3 means approved is a conclusion
    from the order of the choices.

    Bad: {"integration": {"xero_invoice_status_id": 3}, "set": {"Design": "200"}}
    Good: {"integration": {"xero_invoice_status_id": 1}, "set": {"Design": "200"}}
    Source: mapping-domain.md, R16.
    """
    value = proposal.integration.value
    final = value("twinfield_invoice_destiny") == "final"
    approved = value("xero_invoice_status_id") == _APPROVED_IN_XERO and proposal.mapping in {
        "account_code_mapping",
        "tax_rate_mapping",
    }
    if (final or approved) and (proposal.change or proposal.checking):
        yield Problem(
            "twinfield_invoice_destiny" if final else "xero_invoice_status_id",
            "Exported invoices are posted for good and cannot be corrected there.",
            "Export the first invoice as a draft until the mapping is proven.",
        )


@rule("MAP606", "manual-ledgers", "inform")
def manual_ledgers(proposal: Proposal) -> Iterator[Problem]:
    """Ledgers are picked by hand on export, so the mapping may have no effect.

    Somebody who edits it then believes that a fault is mended.

    Bad: {"type": "exact", "mapping": "exact_ledger_mapping", "stored": {"11": "8000"},
        "integration": {"exact_ledger_manually": true}, "set": {"12": "8000"}}
    Good: {"type": "exact", "mapping": "exact_ledger_mapping", "stored": {"11": "8000"},
        "integration": {"exact_ledger_manually": false}, "set": {"12": "8000"}}
    Source: mapping-domain.md, section 4 and R21a.
    """
    if proposal.integration.value("exact_ledger_manually") is True and (proposal.change or proposal.checking):
        yield Problem(
            "exact_ledger_manually",
            "Ledgers are picked by hand on export, so this mapping may have no effect.",
            "Switch manual ledgers off in Productive's settings if the mapping shall decide.",
        )


@rule("MAP607", "twin-integrations", "inform")
def twin_integrations(proposal: Proposal) -> Iterator[Problem]:
    """Another active integration of the same type serves the same subsidiary.

    Which of the two an export takes cannot be seen, so the edit may be in the wrong one.

    Bad: {"others": [{"subsidiary": "1", "entries": {"12": "200"}}], "set": {"Design": "200"}}
    Good: {"others": [{"subsidiary": "2", "entries": {"12": "200"}}], "set": {"Design": "200"}}
    Source: mapping-domain.md, R21.
    """
    if not proposal.change or proposal.integration.state != "active":
        return
    own = proposal.integration.subsidiary_id
    twins = [other.integration_id for other in proposal.others if other.active and other.subsidiary_id == own]
    if twins:
        yield Problem(
            "integration_id",
            f"Another active integration of this type serves the same subsidiary: {first_few(twins)}.",
            "Ask the person which one they mean.",
        )


@rule("MAP608", "unmatched-key", "inform")
def unmatched_key(proposal: Proposal) -> Iterator[Problem]:
    """An entry that was to be copied has no counterpart here.

    A tax rate of another subsidiary, for one, is another tax rate; without one of the same name and percentage the
    entry stays behind.

    Bad: {"unmatched": {"29": "no tax rate of that name and percentage"}, "set": {"Design": "200"}}
    Good: {"set": {"Design": "200"}}
    Source: design.md, copy_mapping.
    """
    for key, reason in proposal.unmatched:
        yield Problem(f"from.{key}", f"{quoted(key)} was not copied: {reason}.", "Map it by hand if it is needed.")
