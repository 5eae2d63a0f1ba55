"""What works and what does not, in plain words. No mapping is touched."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from productive_integrations.charts import Charts
from productive_integrations.errors import IntegrationsError, SettingsError
from productive_integrations.settings import OAuth, Settings
from productive_integrations.state import Store, damaged, open_store

from .issuer import IssuerKeys
from .services import open_gateway


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at; `says` names the remedy when it does not work."""

    what: str
    works: bool
    says: str


async def examine(settings: Settings) -> AsyncIterator[Checked]:
    """Look at settings, state, charts, issuer and Productive, in this order, each whatever the others are like."""
    access = "no edits (read only)" if settings.read_only else f"edits approved by: {settings.approval}"
    yield Checked("settings", True, f"organization {settings.organization_id}, {settings.base_url}, {access}")
    store: Store | None = None
    try:
        store = open_store(settings.state.get_secret_value())
    except SettingsError as error:
        yield Checked("state", False, f"{error} Nothing starts until it is mended.")
    try:
        if store:
            async for checked in _state(settings, store):
                yield checked
        yield _charts(settings)
        if settings.oauth:
            yield await _issuer(settings.oauth)
        yield await _productive(settings, store)
    finally:
        if store:
            await store.close()


async def _state(settings: Settings, store: Store) -> AsyncIterator[Checked]:
    try:
        journal = await store.check()
        if journal.damage:
            raise damaged(journal.damage)
        unsettled = await store.unsettled(settings.organization_id)
    except IntegrationsError as error:
        yield Checked("state", False, f"{error} Reading works without it; every edit is refused.")
        return
    kept = f"a journal of {journal.rows} rows, whole from first to last ({journal.ends})" if journal.rows else "empty"
    yield Checked("state", True, f"{settings.state_shown}, {kept}")
    if unsettled:
        ids = ", ".join(change.intent.change_id for change in unsettled[:5])
        yield Checked(
            "changes", False, f"{len(unsettled)} not settled yet ({ids}); a running server settles them by reading."
        )


def _charts(settings: Settings) -> Checked:
    try:
        Charts(settings.charts)
    except SettingsError as error:
        return Checked("charts", False, str(error))
    return Checked("charts", True, f"read from {settings.charts}" if settings.charts else "none given")


async def _issuer(oauth: OAuth) -> Checked:
    if await IssuerKeys(oauth.jwks_url).reachable():
        return Checked("issuer", True, f"the keys of {oauth.issuer} can be read; tokens must be for {oauth.audience}")
    return Checked(
        "issuer",
        False,
        "PRODUCTIVE_OAUTH_JWKS_URL gives no keys, so no token can be judged and HTTP serves nobody.",
    )


async def _productive(settings: Settings, store: Store | None) -> Checked:
    began = time.monotonic()
    number = 0
    try:
        async with open_gateway(settings, store) as gateway:
            async for _ in gateway.integrations(fields=("name",)):
                number += 1
    except IntegrationsError as error:
        return Checked("Productive", False, str(error))
    took = round((time.monotonic() - began) * 1000)
    limit = "" if settings.read_only else " Whether the token may edit shows at the first edit."
    return Checked("Productive", True, f"the token is accepted; {number} integrations in {took} ms.{limit}")
