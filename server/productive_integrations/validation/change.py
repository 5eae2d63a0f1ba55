"""What the edit does to the mapping as a whole, and whether it does anything."""

from collections import defaultdict
from collections.abc import Iterator

from productive_integrations.providers.markers import Codes
from productive_integrations.text import quoted

from .proposal import Proposal
from .reach import types_with
from .registry import Problem, rule
from .words import closest, counted, first_few

_FIFTH = 5
_APPROVED_IN_XERO = "3"


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
            yield Problem(
                places[-1],
                f"{listed} mean the same entry, and only one of them can count.",
                "Name the entry once, in set or in remove.",
            )


@rule("MAP602", "emptied-mapping", "confirm")
def emptied_mapping(proposal: Proposal) -> Iterator[Problem]:
    """The mapping would lose its last entry.

    Emptying a mapping by removals is rarely meant.

    Bad: {"stored": {"11": "4010"}, "remove": ["Design"]}
    Good: {"remove": ["Design"]}
    Source: reliability-security.md, W30.
    """
    if proposal.before and not proposal.after:
        yield Problem(
            "remove",
            f"{proposal.mapping} would lose its last entry.",
            "Confirm only if nothing shall be mapped any more.",
        )


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
                f"The integration was moved since the plan was made: its {name.removesuffix('_id').replace('_', ' ')} "
                "is another one, in which the same codes may mean something else.",
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
    # One entry that somebody names is not many, however small the mapping.
    if proposal.after and removed > 1 and removed * _FIFTH > len(proposal.before):
        yield Problem(
            "remove",
            f"{removed} of the {len(proposal.before)} entries of {proposal.mapping} would be removed.",
            "Confirm only if all of them are meant.",
        )


@rule("MAP605", "final-posting", "inform", types_with("twinfield_invoice_destiny", "xero_invoice_status_id"))
def final_posting(proposal: Proposal) -> Iterator[Problem]:
    """Documents are posted for good, so a wrong entry cannot be corrected afterwards.

    Twinfield's "final" and Xero's "approved" are not editable once exported. That 3 means approved is a conclusion
    from the order of the choices.

    Bad: {"integration": {"xero_invoice_status_id": 3}, "set": {"Design": "200"}}
    Good: {"integration": {"xero_invoice_status_id": 1}, "set": {"Design": "200"}}
    Source: mapping-domain.md, R16.
    """
    value = proposal.integration.value
    final = str(value("twinfield_invoice_destiny")).casefold() == "final"
    of_invoices = proposal.mapping in {"account_code_mapping", "tax_rate_mapping"}
    approved = of_invoices and str(value("xero_invoice_status_id")) == _APPROVED_IN_XERO
    if (final or approved) and (proposal.change or proposal.checking):
        yield Problem(
            "twinfield_invoice_destiny" if final else "xero_invoice_status_id",
            f"Invoices reach {proposal.integration.type_title} as {'final' if final else 'approved'}, "
            "so what a wrong entry did cannot be corrected there.",
            "Look twice, and let them arrive as drafts until one came over right.",
        )


@rule("MAP606", "manual-ledgers", "inform", types_with("exact_ledger_manually"))
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


@rule("MAP607", "twin-integrations", "confirm")
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
        verb = "serves" if len(twins) == 1 else "serve"
        whom = f"also {verb} the same subsidiary" if own else f"{verb.replace('serve', 'name')} no subsidiary either"
        yield Problem(
            "integration_id",
            f"{counted(len(twins), f'other active {proposal.integration.type_title} integration')} "
            f"{whom}: id {first_few(twins)}.",
            f"Make sure that {quoted(proposal.integration.name)} (id {proposal.integration.id}) is the one meant.",
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


@rule("MAP609", "nothing-to-remove", "inform")
def nothing_to_remove(proposal: Proposal) -> Iterator[Problem]:
    """There is no such entry to remove.

    The other system's words are compared to the letter, so a slip would leave the entry that was meant where it is.
    A record that has no entry uses the default already.

    Bad: {"type": "salesforce", "mapping": "salesforce_product_family_mapping",
        "stored": {"Training": "11", "Advisory": "12"}, "remove": ["training"]}
    Good: {"type": "salesforce", "mapping": "salesforce_product_family_mapping",
        "integration": {"salesforce_default_service_type_id": 11},
        "stored": {"Training": "11", "Advisory": "12"}, "remove": ["Training"]}
    Source: mapping-domain.md, section 11.
    """
    for word in proposal.asked:
        if word.role != "removed key" or word.meaning is None or word.meaning in proposal.before:
            continue
        if (listing := proposal.key_listing) and word.meaning in listing.by_id:
            fix = "Nothing to do, unless another one is meant; get_integration shows what has an entry."
            yield Problem(word.field, f"{proposal.mapping} has no entry for {quoted(word.text)} to remove.", fix)
        elif isinstance(proposal.side_of(word), Codes) and word.text.strip():
            near = closest(word.text.casefold(), sorted({key.casefold() for key in proposal.before}), 1, 0.6)
            alike = [key for key in proposal.before if [key.casefold()] == near]
            yield Problem(
                word.field,
                f"{proposal.mapping} has no entry {quoted(word.text)} to remove.",
                f"Did you mean {quoted(alike[0])}?" if alike else "Nothing to do, unless another spelling is meant.",
            )
