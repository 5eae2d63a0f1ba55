from collections.abc import Iterator

import httpx
import pytest

from productive_integrations.sandbox import Sandbox, running


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {
        "X-Auth-Token": sandbox.token,
        "X-Organization-Id": sandbox.organization_id,
        "Content-Type": "application/vnd.api+json",
    }
    with running(sandbox) as url, httpx.Client(base_url=url, headers=headers, timeout=5) as client:
        yield client
