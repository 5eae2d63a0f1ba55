"""Mappings and settings as they are shown, in no more characters than an answer may have."""

from typing import Literal

from pydantic import JsonValue

from productive_integrations.providers.markers import Default, Records, Setting, State, Toggle
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.view import MappingView
from productive_integrations.validation import Proposal

from .plan import name_of
from .resolve import Lists, as_text
from .results import FIRST_NAMES
from .room import Room

Detail = Literal["counts", "some", "all"]
Row = tuple[str | None, ...]
_SHOWN_ELSEWHERE = frozenset({"name", "integration_type_id", "connected_at", "deactivated_at", "last_synced_at"})


def mapping_view(proposal: Proposal, detail: Detail, room: Room, first_rows: int) -> MappingView:
    """A mapping as counts, with its first entries and unmapped names, or with all of them."""
    entries, unmapped, default = proposal.before, proposal.unmapped, as_text(proposal.default_after)
    if detail == "counts":
        return MappingView(entries=len(entries), unmapped=len(unmapped), default=default)
    columns, table = _table(proposal)
    rows = room.fit(table if detail == "all" else table[:first_rows])
    return MappingView(
        entries=len(entries),
        columns=columns,
        rows=rows,
        omitted=len(table) - len(rows),
        unmapped=len(unmapped),
        unmapped_names=room.fit(entry.name for entry in (unmapped if detail == "all" else unmapped[:FIRST_NAMES])),
        default=default,
    )


def _table(proposal: Proposal) -> tuple[tuple[str, ...], list[Row]]:
    facts, lists = proposal.facts, Lists(proposal.directory, proposal.chart)
    if facts is None:
        return (), []
    named_key, named_value = isinstance(facts.key, Records), isinstance(facts.value, Records)
    columns = ("key", *(["name"] if named_key else []), "value", *(["value_name"] if named_value else []))
    table: list[Row] = []
    for key, value in proposal.before.items():
        text = as_text(value)
        names = [name_of(key, facts.key, lists)] if named_key else []
        value_names = [name_of(text, facts.value, lists)] if named_value else []
        table.append((key, *names, text, *value_names))
    return columns, table


def settings_view(integration: Integration, room: Room) -> dict[str, JsonValue]:
    """What is set, in the type's own terms; personal, internal and very long values only as being there."""
    settings: dict[str, JsonValue] = {}
    for name, _, fact in integration.record.attributes():
        value = integration.value(name)
        if not isinstance(fact.kind, Default | Setting | Toggle | State) or fact.sensitivity == "secret":
            continue
        if value is not None and name not in _SHOWN_ELSEWHERE:
            fits = fact.sensitivity == "open" and room.takes({name: value})
            settings[name] = value if fits else "(set, not shown)"
    return settings
