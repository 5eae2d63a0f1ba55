import asyncio

import pytest

from connecting import Connect
from productive_integrations.productive.elsewhere import ElsewhereReader
from productive_integrations.productive.gateway import Gateway
from productive_integrations.sandbox import Sandbox

pytestmark = pytest.mark.anyio
XERO, QUICKBOOKS = 3, 2


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="reader")
def _reader(connect: Connect, clock: Clock) -> ElsewhereReader:
    return ElsewhereReader(Gateway(connect()), clock=clock)


async def test_a_mapping_is_read_in_every_integration_of_the_type(sandbox: Sandbox, reader: ElsewhereReader) -> None:
    found = {each.integration_id: each for each in await reader.load("account_code_mapping", [XERO])}

    assert found.keys() >= {"74211", "78804"}
    assert {each.type_id for each in found.values()} == {XERO}
    assert found["74211"].entries == sandbox.integrations["74211"].attributes["account_code_mapping"]
    assert "filter%5Bintegration_type_id%5D=3" in sandbox.requests[0].query


async def test_several_types_are_read_in_one_list(sandbox: Sandbox, reader: ElsewhereReader) -> None:
    found = await reader.load("item_mapping", [XERO, QUICKBOOKS])

    assert {each.type_id for each in found} <= {XERO, QUICKBOOKS}
    assert {"79216", "61930"} <= {each.integration_id for each in found}
    assert len(sandbox.requests) == 1
    assert "filter" not in sandbox.requests[0].query


async def test_other_types_stay_out_although_the_filter_is_ignored(sandbox: Sandbox, reader: ElsewhereReader) -> None:
    sandbox.switches.honour_filters = False

    found = await reader.load("item_mapping", [QUICKBOOKS])

    assert {each.type_id for each in found} == {QUICKBOOKS}


async def test_only_the_mapping_is_asked_for_and_no_secret(sandbox: Sandbox, reader: ElsewhereReader) -> None:
    await reader.load("account_code_mapping", [XERO])

    query = sandbox.requests[0].query
    assert "account_code_mapping" in query
    assert not [name for name in ("request_token", "options", "client_id", "tax_rate_mapping") if name in query]


async def test_what_was_read_is_kept_for_a_minute_for_everybody(
    sandbox: Sandbox, reader: ElsewhereReader, clock: Clock
) -> None:
    await asyncio.gather(*(reader.load("account_code_mapping", [XERO]) for _ in range(5)))
    clock.now += 59
    await reader.load("account_code_mapping", [XERO])
    assert len(sandbox.requests) == 1

    await reader.load("tax_rate_mapping", [XERO])
    assert len(sandbox.requests) == 2

    clock.now += 1
    await reader.load("account_code_mapping", [XERO])
    assert len(sandbox.requests) == 3
