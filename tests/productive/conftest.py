from collections.abc import AsyncIterator

import pytest

from connecting import Connect
from productive_integrations.sandbox import Sandbox


@pytest.fixture(name="connect")
async def _connect(sandbox: Sandbox, api_url: str) -> AsyncIterator[Connect]:
    connect = Connect(sandbox, api_url)
    yield connect
    for client in connect.clients:
        await client.aclose()
