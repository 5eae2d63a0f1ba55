"""What the use cases work with, opened for one organization. Without the SDK, so that commands start fast."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from productive_integrations.charts import Charts
from productive_integrations.mappings.services import Patience, Services, Watcher
from productive_integrations.mappings.settle import patrol
from productive_integrations.productive.client import Client
from productive_integrations.productive.directory import DirectoryReader
from productive_integrations.productive.elsewhere import ElsewhereReader
from productive_integrations.productive.gateway import Gateway
from productive_integrations.productive.guard import ExitGuard
from productive_integrations.productive.limits import USUAL, RequestBudget, Shared
from productive_integrations.productive.names import NamesReader
from productive_integrations.providers import mappings_by_name
from productive_integrations.schemas.budget import Account
from productive_integrations.settings import Settings
from productive_integrations.state import Store, open_store

SETTLE_SECONDS = 98
# A write may be answered up to the timeout after its intent, land up to a minute after that (design.md, 1.4), and be
# hidden from a read by a lagging replica for 3 seconds more; between intent and write may lie 5.
LANDING_SECONDS = 60 + 3 + 5


@asynccontextmanager
async def open_services(
    settings: Settings,
    transport: httpx.AsyncBaseTransport | None = None,
    patience: Patience | None = None,
    watcher: Watcher | None = None,
) -> AsyncIterator[Services]:
    """Everything the use cases need, for as long as the block runs. Writes under way are finished at its end."""
    async with AsyncExitStack() as stack:
        store = open_store(settings.state.get_secret_value())
        stack.push_async_callback(store.close)
        client = _client(settings, store, transport)
        stack.push_async_callback(client.aclose)
        gateway = Gateway(client)
        services = Services(
            organization_id=settings.organization_id,
            approval=settings.approval,
            wait=settings.wait,
            gateway=gateway,
            directory=DirectoryReader(client),
            elsewhere=ElsewhereReader(gateway),
            names=NamesReader(gateway),
            store=store,
            charts=Charts(settings.charts),
            patience=patience or Patience(settle=max(SETTLE_SECONDS, LANDING_SECONDS + settings.timeout)),
            watcher=watcher,
        )
        settling = asyncio.create_task(patrol(services))
        try:
            yield services
        finally:
            await services.finish_errands()
            settling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await settling
            await services.finish_errands()


@asynccontextmanager
async def open_gateway(settings: Settings, store: Store | None) -> AsyncIterator[Gateway]:
    """The way to Productive alone, within the budget that the processes of the store share."""
    client = _client(settings, store)
    try:
        yield Gateway(client)
    finally:
        await client.aclose()


def _client(settings: Settings, store: Store | None, transport: httpx.AsyncBaseTransport | None = None) -> Client:
    account = Account(_digest(settings.api_token), settings.organization_id, *USUAL)
    # A group is at most a read, a write and a read back, and a read is tried again within its time.
    budget = RequestBudget(shared=Shared(store, account, flight=4 * settings.timeout) if store else None)
    return Client(settings, exit_guard(settings.base_url), budget, transport)


def _digest(token: SecretStr) -> str:
    return hashlib.sha256(token.get_secret_value().encode()).hexdigest()[:32]


def exit_guard(base_url: str) -> ExitGuard:
    """The guard for one address, with every mapping and the defaults that may go with it, by type."""
    parts = urlsplit(base_url)
    writable = {
        name: frozenset(default for home in homes if (default := home.mappings()[name].default))
        for name, homes in mappings_by_name().items()
    }
    return ExitGuard(f"{parts.scheme}://{parts.netloc}", parts.path, writable)
