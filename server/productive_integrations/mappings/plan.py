"""An edit worked out against a mapping as it was read. Pure: no network, no clock."""

from dataclasses import replace

from productive_integrations.errors import BadAnswer, InvalidArgument
from productive_integrations.providers import Hash
from productive_integrations.providers.markers import Codes, Mapping, Noun, Records, Side
from productive_integrations.schemas.edit import Change, DefaultChange, Edit, EntryChange
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.outcome import Difference
from productive_integrations.validation import Asked, Proposal

from .resolve import Lists, as_text, ask_all, difference, in_stored_form, meaning, same


def work_out(edit: Edit, now: Proposal) -> Proposal:
    """The edit as a proposal for the rules, from the mapping as it stands.

    Words whose meaning is open stay in `asked` for the rules to report, and out of the change. Raises
    InvalidArgument for a default that the mapping does not have, BadAnswer when the record came without the mapping.
    """
    integration, directory, facts = now.integration, now.directory, now.facts
    if facts is None:
        return now
    needed = {edit.mapping} | ({facts.default} if edit.default is not None and facts.default else set())
    if not needed <= integration.present:
        raise BadAnswer("Productive answered without the mapping that is to be changed; nothing was sent.")
    if edit.default is not None and facts.default is None:
        raise InvalidArgument("default", f"{edit.mapping} has no default; leave it out.")
    stored = now.before
    lists = Lists(directory, now.chart)
    asked = ask_all(edit, facts, lists, stored)
    entries = _changed_entries(asked, stored, lists, (facts.key, facts.value))
    default = _changed_default(asked, integration, facts, lists)
    return replace(now, asked=asked, change=Change(entries=entries, default=default))


def _changed_entries(
    asked: tuple[Asked, ...], stored: Hash, lists: Lists, sides: tuple[Side, Side]
) -> tuple[EntryChange, ...]:
    entries: dict[str, EntryChange] = {}
    for position, word in enumerate(asked):
        if word.role not in {"key", "removed key"} or word.meaning is None:
            continue
        key, after = word.meaning, None
        if word.role == "key":
            value = asked[position + 1].meaning
            if value is None:
                continue
            after = in_stored_form(value, stored)
        if stored.get(key) != after or (key in stored) is not (after is not None):
            entries[key] = EntryChange(
                key=key,
                before=stored.get(key),
                after=after,
                key_name=name_of(key, sides[0], lists),
                after_name=name_of(as_text(after), sides[1], lists),
            )
    return tuple(entries.values())


def _changed_default(
    asked: tuple[Asked, ...], integration: Integration, facts: Mapping, lists: Lists
) -> DefaultChange | None:
    word = next((word for word in asked if word.role == "default"), None)
    if word is None or word.meaning is None or facts.default is None:
        return None
    before = integration.value(facts.default)
    after = in_stored_form(word.meaning, {} if before is None else {facts.default: before})
    if before == after:
        return None
    name = name_of(word.meaning, facts.value, lists)
    return DefaultChange(attribute=facts.default, before=before, after=after, after_name=name)


def name_of(token: str | None, side: Side, lists: Lists) -> str | None:
    """The name of what a key or value refers to: a record or custom field of Productive, or a code of the chart."""
    if token is None:
        return None
    if isinstance(side, Codes):
        row = lists.chart.find(side.kind, token)
        return (row.name or None) if row else None
    listing = lists.directory.get(side.noun if isinstance(side, Records) else Noun.CUSTOM_FIELD)
    entry = listing.by_id.get(token) if listing else None
    return entry.name if entry else None


def unexpected(edit: Edit, proposal: Proposal) -> tuple[Difference, ...]:
    """Entries that are not what the caller expects them to be."""
    if proposal.facts is None:
        return ()
    differences = []
    lists = Lists(proposal.directory, proposal.chart)
    for text, expected in edit.expect.items():
        key, _ = meaning(text, proposal.facts.key, lists, proposal.before)
        now = as_text(proposal.before.get(key or text))
        value, candidates = meaning(expected, proposal.facts.value, lists)
        if now is None or now not in {expected, value, *(entry.id for entry in candidates)}:
            differences.append(difference(key or text, expected, now, proposal.after.get(key or text)))
    return tuple(differences)


def _as_wanted(now: Hash, entry: EntryChange) -> bool:
    return (entry.key in now) is (entry.after is not None) and same(now.get(entry.key), entry.after)


def rebased(proposal: Proposal, change: Change) -> tuple[Change, tuple[Difference, ...]]:
    """A planned change carried over to the mapping as it is now (three-way).

    Entries that already are as wanted drop out; entries that are neither as planned from nor as wanted are
    differences. What others changed elsewhere in the hash does not matter.
    """
    now = proposal.before
    left = tuple(entry for entry in change.entries if not _as_wanted(now, entry))
    differences = [
        difference(entry.key, entry.before, now.get(entry.key), entry.after)
        for entry in left
        if not same(now.get(entry.key), entry.before)
    ]
    default = change.default
    if default:
        value = proposal.integration.value(default.attribute)
        if same(value, default.after):
            default = None
        elif not same(value, default.before):
            differences.append(difference(default.attribute, default.before, value, default.after))
    return Change(entries=left, default=default), tuple(differences)


def asked_again(change: Change) -> tuple[Asked, ...]:
    """A change in the words of the rules: what was approved is judged, and names are not looked up again."""
    asked: list[Asked] = []
    for entry in change.entries:
        if entry.after is None:
            asked.append(Asked(f"remove.{entry.key}", entry.key, "removed key", entry.key))
            continue
        value = as_text(entry.after) or ""
        asked.append(Asked(f"set.{entry.key}", entry.key, "key", entry.key))
        asked.append(Asked(f"set.{entry.key}", value, "value", value))
    if change.default and (text := as_text(change.default.after)) is not None:
        asked.append(Asked("default", text, "default", text))
    return tuple(asked)
