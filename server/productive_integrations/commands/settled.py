"""Waiting until it is known how a write ended."""

from productive_integrations.mappings.services import Services

from .screen import Screen

_LOOK_AGAIN = 0.5
_SPARE = 5.0
"""Seconds for the last read."""


async def until_settled(services: Services, screen: Screen, seconds: float, change_id: str | None = None) -> bool:
    """Wait until no write of the organization is unclear, or the one of an id is not. Reading settles it meanwhile.

    False when one still is after so many seconds. Raises StateError.
    """
    end = services.clock() + seconds + _SPARE
    told = False
    while unclear := await _unclear(services, change_id):
        if not told:
            ids = ", ".join(unclear[:5])
            screen.notice(f"Reading until it is known how {ids} ended, for up to {round(seconds)} seconds.")
            told = True
        if services.clock() >= end:
            return False
        await services.pause(_LOOK_AGAIN)
    return True


async def _unclear(services: Services, change_id: str | None) -> list[str]:
    unsettled = await services.store.unsettled(services.organization_id)
    return [change.intent.change_id for change in unsettled if change_id in {None, change.intent.change_id}]
