import pytest

from connecting import Connect
from front_door import XERO_UK
from productive_integrations.productive.gateway import Gateway
from productive_integrations.productive.names import Named, NamesReader
from productive_integrations.sandbox import Sandbox

pytestmark = pytest.mark.anyio


async def test_names_are_listed_once_and_anew_when_they_have_grown_old(connect: Connect, sandbox: Sandbox) -> None:
    now = [0.0]
    reader = NamesReader(Gateway(connect()), keep=60, clock=lambda: now[0])

    first = await reader.load()
    sandbox.integrations[XERO_UK].attributes["name"] = "Xero GB"
    again = await reader.load()
    requests = len(sandbox.requests)
    now[0] = 61
    later = await reader.load()

    assert Named(XERO_UK, "Xero UK", 3, "Xero") in first
    assert again == first
    assert requests == 1
    assert Named(XERO_UK, "Xero GB", 3, "Xero") in later
    assert len(later) == len(sandbox.integrations)
