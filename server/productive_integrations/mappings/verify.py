"""Whether a write is true: only a fresh read tells."""

from collections.abc import Iterable
from typing import Literal

from productive_integrations.errors import IntegrationsError, NotFound
from productive_integrations.productive.limits import Seats
from productive_integrations.providers import Hash
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import Intent, RecordedChange
from productive_integrations.schemas.outcome import Difference

from .resolve import difference, same
from .services import Patience, Services

Seen = Literal["wanted", "base", "other"]


def wanted_hash(intent: Intent) -> Hash:
    """The whole hash that the write asked for."""
    return intent.change.applied_to(intent.base)


def written(intent: Intent) -> set[str]:
    """The attributes that the write sets."""
    default = intent.change.default
    return {intent.mapping} | ({default.attribute} if default else set())


def compare(intent: Intent, integration: Integration) -> Seen:
    """What a read shows: exactly what was wanted, what was there before, or something else."""
    default = intent.change.default
    if not isinstance(integration.value(intent.mapping), dict | None):
        return "other"
    stored = integration.entries(intent.mapping) or {}
    value = integration.value(default.attribute) if default else None
    if same(stored, wanted_hash(intent)) and (default is None or same(value, default.after)):
        return "wanted"
    if same(stored, intent.base) and (default is None or same(value, default.before)):
        return "base"
    return "other"


def proves(intent: Intent, integration: Integration, asked_at: float, patience: Patience) -> bool:
    """Whether a read asked for at that time shows that the write is stored.

    A lagging replica may show what was there before the state that the write was compared with, and an undo wants just
    that. So a read counts once it cannot be older than the intent. Times are seconds since 1970.
    """
    return asked_at >= intent.at + patience.stale and compare(intent, integration) == "wanted"


def shows(intent: Intent, integration: Integration) -> bool:
    """Whether it has what was written, exactly as wanted."""
    return written(intent) <= integration.present and compare(intent, integration) == "wanted"


def was_there_before(intent: Intent, recent: Iterable[RecordedChange]) -> bool:
    """Whether our own last changes of the mapping began or ended with just what is wanted now."""
    wanted = wanted_hash(intent)
    return any(
        same(wanted, whole)
        for change in recent
        if change.intent.mapping == intent.mapping
        for whole in (change.intent.base, wanted_hash(change.intent), change.ending.seen if change.ending else None)
    )


def differences(intent: Intent, integration: Integration) -> tuple[Difference, ...]:
    """Every entry that is not as wanted, the default included."""
    wanted, stored = wanted_hash(intent), integration.entries(intent.mapping) or {}
    keys = [
        key
        for key in {**wanted, **stored}
        if (key in wanted) is not (key in stored) or not same(wanted.get(key), stored.get(key))
    ]
    found = [difference(key, intent.base.get(key), stored.get(key), wanted.get(key)) for key in keys]
    default = intent.change.default
    if default and not same(value := integration.value(default.attribute), default.after):
        found.append(difference(default.attribute, default.before, value, default.after))
    return tuple(found)


def landed(intent: Intent, integration: Integration) -> bool:
    """Whether the entries of the write itself are as wanted, whatever happened to others."""
    ours = {entry.key for entry in intent.change.entries}
    if intent.change.default:
        ours.add(intent.change.default.attribute)
    return not any(difference.key in ours for difference in differences(intent, integration))


async def read(
    services: Services, intent: Intent, seats: Seats | None = None
) -> Integration | Literal["gone", "unreadable"]:
    """A fresh read, or why there is none. An answer without the attributes that were written says nothing of them."""
    try:
        integration = await services.gateway.integration(intent.integration_id, seats)
    except NotFound:
        return "gone"
    except IntegrationsError:
        return "unreadable"
    return integration if written(intent) <= integration.present else "unreadable"
