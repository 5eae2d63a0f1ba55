"""A mapping carried over from one integration to another of the same type."""

from collections.abc import Iterator
from dataclasses import replace

from productive_integrations.errors import BadAnswer, InvalidArgument
from productive_integrations.providers import Hash
from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.directory import Entry, Listing, folded
from productive_integrations.schemas.edit import MAX_ENTRIES, Change, Edit, EntryChange
from productive_integrations.schemas.integration import Integration
from productive_integrations.validation import Proposal

from .arguments import check_accept, check_mapping
from .fresh import read_fresh
from .look import surroundings_of
from .plan import asked_again, name_of
from .resolve import Lists, as_text, in_stored_form
from .services import Services
from .update import Prepared, plan_proposal


async def copy_mapping(
    services: Services, source_id: str, target_id: str, mapping: str, caller: str, accept: tuple[str, ...]
) -> Prepared:
    """A plan that gives the target the source's entries; entries that only the target has stay.

    Keys are the same records of Productive. A tax rate is carried over to the one of the same name and percentage in
    the target's subsidiary. Raises InvalidArgument for integrations that do not share the mapping.
    """
    if source_id == target_id:
        raise InvalidArgument("to_integration_id", "it must be another integration than the one to copy from.")
    check_mapping(mapping)
    check_accept(accept)
    surroundings = await surroundings_of(services, mapping)
    source = await read_fresh(services, source_id)
    target = await read_fresh(services, target_id)
    _refuse_unlike(source, target, mapping)
    if source.value(mapping) is not None and source.entries(mapping) is None:
        raise InvalidArgument("from_integration_id", "its mapping is not stored as entries, so nothing can be copied.")
    if mapping not in target.present:
        raise BadAnswer("Productive answered without the mapping that is to be changed; nothing was sent.")
    now = surroundings.proposal(target, mapping)
    change, unmatched = _carried_over(source.entries(mapping) or {}, now)
    if len(change.entries) > MAX_ENTRIES:
        raise InvalidArgument("mapping", f"it would change more than {MAX_ENTRIES} entries; copy by hand in parts.")
    edit = Edit(
        integration_id=target_id,
        mapping=mapping,
        set={entry.key: str(entry.after) for entry in change.entries},
        reason=f"copied from integration {source_id}",
    )
    # What is carried over is a code already, and is not looked up as a word again.
    proposal = replace(now, change=change, asked=asked_again(change), unmatched=unmatched)
    return await plan_proposal(services, edit, proposal, caller, accept)


def _refuse_unlike(source: Integration, target: Integration, mapping: str) -> None:
    if mapping not in source.mappings:
        names = ", ".join(source.mappings) or "none"
        raise InvalidArgument("mapping", f"{source.type_title} has no such mapping; it has {names}.")
    if source.type_id != target.type_id:
        raise InvalidArgument(
            "to_integration_id",
            f"it is {target.type_title} and the other {source.type_title}; codes of one mean nothing in the other.",
        )


def _carried_over(entries: Hash, target: Proposal) -> tuple[Change, tuple[tuple[str, str], ...]]:
    carried: list[EntryChange] = []
    taken: set[str] = set()
    unmatched: list[tuple[str, str]] = []
    found = {key: _counterpart(key, target) for key in entries}
    # The target's own record gets its own entry, before another one whose counterpart it is.
    for key in sorted(entries, key=lambda key: found[key][0] != key):
        value, (counterpart, reason) = entries[key], found[key]
        if counterpart in taken:
            counterpart, reason = None, "its counterpart already gets the code of another entry"
        elif not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
            counterpart, reason = None, "its value is blank, or no plain text or number"
        if counterpart is None:
            unmatched.append((_name(key, target.key_listing), reason))
            continue
        taken.add(counterpart)
        if as_text(target.before.get(counterpart)) != str(value):
            carried.append(_entry(counterpart, str(value), entries, target))
    return Change(entries=tuple(carried)), tuple(unmatched)


def _entry(key: str, value: str, source: Hash, target: Proposal) -> EntryChange:
    lists = Lists(target.directory, target.chart)
    return EntryChange(
        key=key,
        before=target.before.get(key),
        after=in_stored_form(value, target.before or source),
        key_name=target.facts and name_of(key, target.facts.key, lists),
        after_name=target.facts and name_of(value, target.facts.value, lists),
    )


def _counterpart(key: str, target: Proposal) -> tuple[str | None, str]:
    """The target's key for a key of the source, or none and why."""
    listing, own = target.key_listing, target.integration.subsidiary_id
    if listing is None:
        return key, ""
    entry = listing.by_id.get(key)
    if entry is None or entry.archived:
        return None, f"the {listing.noun.value} is {'archived' if entry else 'gone'}"
    if listing.noun is not Noun.TAX_RATE or own is None or entry.group in {None, own}:
        return key, ""
    alike = list(_alike(entry, listing, own))
    if len(alike) == 1:
        return alike[0].id, ""
    return None, "the target's subsidiary has no tax rate, or several, of that name and percentage"


def _alike(rate: Entry, listing: Listing, subsidiary_id: str) -> Iterator[Entry]:
    for other in listing.live:
        same = folded(other.name) == folded(rate.name) and other.percent == rate.percent
        if same and other.group == subsidiary_id:
            yield other


def _name(key: str, listing: Listing | None) -> str:
    entry = listing.by_id.get(key) if listing else None
    return entry.name if entry else key
