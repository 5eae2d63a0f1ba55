import socket
from typing import Any

import httpx
import pytest

from connecting import Connect
from productive_integrations.errors import BadAnswer, NotFound
from productive_integrations.productive.gateway import Gateway, WriteAnswer
from productive_integrations.providers.common import Common
from productive_integrations.sandbox import Fault, Sandbox

pytestmark = pytest.mark.anyio
XERO = "74211"
MAPPING = "account_code_mapping"
SECRETS = ("request_token", "request_uri", "client_id", "options", "sso_metadata", "slack_options", "realm_id")


@pytest.fixture(name="gateway")
def _gateway(connect: Connect, sandbox: Sandbox) -> Gateway:
    return Gateway(connect())


async def listed(gateway: Gateway, **options: Any) -> list[str]:
    return [integration.id async for integration in gateway.integrations(**options)]


async def save(gateway: Gateway, **attributes: Any) -> WriteAnswer:
    with await gateway.reserve(1, 0) as seats:
        return await gateway.save_mapping(XERO, attributes or {MAPPING: {"600131": "4010"}}, seats)


async def test_an_integration_is_read_in_the_terms_of_its_type_with_the_names_of_its_relations(
    sandbox: Sandbox, gateway: Gateway
) -> None:
    integration = await gateway.integration(XERO)

    assert (integration.id, integration.name, integration.type_title, integration.type_id) == (
        XERO,
        "Xero UK",
        "Xero",
        3,
    )
    assert integration.entries(MAPPING) == sandbox.integrations[XERO].attributes[MAPPING]
    subsidiary = getattr(integration.record, "subsidiary", None)
    assert subsidiary is not None
    assert subsidiary.name == "Harbour & Pine Ltd"
    assert MAPPING in integration.present


async def test_an_integration_that_is_not_there_is_named_in_the_error(gateway: Gateway) -> None:
    with pytest.raises(NotFound, match="No integration 1 in this organization"):
        await gateway.integration("1")


async def test_another_record_than_the_one_asked_for_is_refused(sandbox: Sandbox, gateway: Gateway) -> None:
    sandbox.faults.append(Fault(kind="wrong_record"))

    with pytest.raises(BadAnswer, match="another record"):
        await gateway.integration(XERO)


async def test_a_record_of_another_organization_is_shown_neither_alone_nor_in_a_list(
    sandbox: Sandbox, gateway: Gateway
) -> None:
    sandbox.integrations[XERO].relationships["organization"] = {"type": "organizations", "id": "999"}

    with pytest.raises(BadAnswer, match="another organization"):
        await gateway.integration(XERO)
    with pytest.raises(BadAnswer, match="another organization"):
        await listed(gateway)


async def test_a_type_that_nobody_knows_is_read_with_what_all_types_share(sandbox: Sandbox, gateway: Gateway) -> None:
    sandbox.integrations[XERO].attributes["integration_type_id"] = 99

    integration = await gateway.integration(XERO)

    assert type(integration.record) is Common
    assert integration.type_title == "type 99"
    assert integration.mappings == {}


@pytest.mark.parametrize("number", [None, "3", "xero"])
async def test_an_integration_without_a_type_is_refused(sandbox: Sandbox, gateway: Gateway, number: object) -> None:
    sandbox.integrations[XERO].attributes["integration_type_id"] = number

    with pytest.raises(BadAnswer, match="no type"):
        await gateway.integration(XERO)


async def test_a_list_holds_all_integrations_and_asks_for_no_secret(sandbox: Sandbox, gateway: Gateway) -> None:
    assert await listed(gateway) == sorted(sandbox.integrations, key=int)

    fields = httpx.QueryParams(sandbox.requests[0].query)["fields[integrations]"].split(",")
    assert {"name", "integration_type_id", "organization", MAPPING} <= set(fields)
    assert not set(fields) & set(SECRETS)


async def test_filters_and_the_order_are_the_apis_own(sandbox: Sandbox, gateway: Gateway) -> None:
    ids = await listed(gateway, filters={"integration_type_id": "3"}, sort="-id")

    assert ids == sorted(ids, key=int, reverse=True)
    assert {sandbox.integrations[one].attributes["integration_type_id"] for one in ids} == {3}
    assert len(ids) > 1


@pytest.mark.parametrize("skip", [0, 1, 199, 200, 201, 400, 460, 500])
async def test_a_list_goes_on_after_those_that_are_skipped_without_reading_them_all(
    sandbox: Sandbox, gateway: Gateway, skip: int
) -> None:
    for number in range(430):
        sandbox.add("integrations", name=f"Hook {number}", integration_type_id=6)

    assert await listed(gateway, skip=skip) == sorted(sandbox.integrations, key=int)[skip:]
    assert len(sandbox.requests) == max(1, 3 - skip // 200)


async def test_a_write_sends_type_id_and_attributes_once_and_is_stored(sandbox: Sandbox, gateway: Gateway) -> None:
    answer = await save(gateway, **{MAPPING: {"600131": "4010"}, "account_code": "200"})

    assert answer.kind == "accepted"
    assert answer.shows is not None
    assert answer.shows.entries(MAPPING) == {"600131": "4010"}
    (request,) = sandbox.requests
    attributes = {MAPPING: {"600131": "4010"}, "account_code": "200"}
    assert request.body == {"data": {"type": "integrations", "id": XERO, "attributes": attributes}}
    assert sandbox.integrations[XERO].attributes[MAPPING] == {"600131": "4010"}


@pytest.mark.parametrize("status", [401, 403, 404, 405, 422])
async def test_a_refused_write_says_with_which_status(sandbox: Sandbox, gateway: Gateway, status: Any) -> None:
    sandbox.switches.patch_refusal = status

    assert await save(gateway) == WriteAnswer("refused", status)


@pytest.mark.parametrize(
    "kind",
    [
        "drop_before",
        "drop_after",
        "truncated",
        "status_500_before",
        "status_503_before",
        "status_502_after",
        "html",
        "not_json",
        "wrong_record",
        "redirect",
        "bomb",
        "duplicate_keys",
        "nan",
        "deep",
    ],
)
async def test_a_write_whose_answer_proves_nothing_is_unclear_and_sent_once(
    sandbox: Sandbox, gateway: Gateway, kind: Any
) -> None:
    sandbox.faults.append(Fault(kind=kind))

    assert (await save(gateway)).kind == "unclear"
    assert [request.method for request in sandbox.requests] == ["PATCH"]


@pytest.mark.parametrize(
    "record",
    [{"type": "people", "id": XERO}, {"type": "integrations", "id": "1"}, [{"type": "integrations", "id": XERO}]],
)
async def test_a_write_answered_with_another_record_is_unclear(connect: Connect, record: Any) -> None:
    answer = httpx.Response(200, json={"data": record}, headers={"content-type": "application/json"})

    assert (await save(Gateway(connect.answered(answer)))).kind == "unclear"


async def test_a_write_that_takes_too_long_is_unclear(sandbox: Sandbox, connect: Connect) -> None:
    sandbox.faults.append(Fault(kind="slow", seconds=5))

    assert (await save(Gateway(connect(timeout="0.3")))).kind == "unclear"


async def test_a_write_that_was_turned_away_says_for_how_long(sandbox: Sandbox, gateway: Gateway) -> None:
    sandbox.faults.append(Fault(kind="status_429", seconds=7))
    answer = await save(gateway)

    assert (answer.kind, answer.status) == ("limited", 429)
    assert 7 <= answer.seconds <= 8


async def test_a_write_at_a_closed_gate_is_turned_away_without_being_sent(sandbox: Sandbox, connect: Connect) -> None:
    client = connect()
    gateway = Gateway(client)

    with await gateway.reserve(1, 0) as seats:
        client.budget.close_for(30)
        answer = await gateway.save_mapping(XERO, {MAPPING: {}}, seats)

    assert answer.kind == "limited"
    assert sandbox.requests == []


async def test_a_write_without_a_connection_was_not_sent(connect: Connect) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        client = connect(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}/")

        assert await save(Gateway(client)) == WriteAnswer("unsent")
