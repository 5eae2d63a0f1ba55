"""A read that is not older than our own writes."""

from pydantic import JsonValue

from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import RecordedChange

from .services import Services
from .verify import wanted_hash
from .write import Turn

_PAUSE = 1.0
_NO_ENTRY = object()
_Place = tuple[str, str]
"""An attribute, and a key of its hash or nothing for a default."""


async def read_fresh(services: Services, integration_id: str, turn: Turn | None = None) -> Integration:
    """The integration, read again while it does not show our last changes of it.

    Either a replica lags behind, or somebody else has changed the same entries since; which of the two it is shows
    once `Patience.floor` is over. Nothing is waited for after the last read.
    """
    floor, clock = services.patience.floor, services.clock
    recent = await services.store.recent(services.organization_id, integration_id, clock() - floor)
    if turn:
        turn.recent = recent
    until = max((change.ending.at + floor for change in recent if change.ending), default=0)
    seats = turn.seats if turn else None
    while True:
        if turn:
            turn.read_at = clock()
        integration = await services.gateway.integration(integration_id, seats)
        if turn:
            turn.seen_at = clock()
        if clock() >= until or not is_behind(integration, recent):
            return integration
        await services.pause(_PAUSE)
        # Those that were reserved are for the write and what follows it.
        seats = None


def is_behind(integration: Integration, recent: list[RecordedChange]) -> bool:
    """Whether an entry or default that these changes touched, oldest first, shows something else than they left."""
    left: dict[_Place, object] = {}
    for change in recent:
        left |= _left_by(change)
    return any(_shown(integration, place) != value for place, value in left.items())


def _left_by(change: RecordedChange) -> dict[_Place, object]:
    """What was there when a change ended, in each place that it touched."""
    intent, ending = change.intent, change.ending
    if ending is None or ending.outcome not in {"applied", "not_stored"}:
        return {}
    applied = ending.outcome == "applied"
    after = wanted_hash(intent) if applied else ending.seen or {}
    left: dict[_Place, object] = {
        (intent.mapping, entry.key): after.get(entry.key, _NO_ENTRY) for entry in intent.change.entries
    }
    if default := intent.change.default:
        left[default.attribute, ""] = default.after if applied else ending.seen_default
    return left


def _shown(integration: Integration, place: _Place) -> JsonValue | object:
    attribute, key = place
    if not key:
        return integration.value(attribute)
    return (integration.entries(attribute) or {}).get(key, _NO_ENTRY)
