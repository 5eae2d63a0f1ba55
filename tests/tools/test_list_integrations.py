import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp import Client

from front_door import FrontDoor, content_of, text_of

pytestmark = pytest.mark.anyio
EVERY = 36
WRONG_IDS = (
    "../people",
    "12\n",
    "\uff11\uff12",
    "0",
    "007",
    "-4",
    " 12",
    "12?x=1",
    "1" * 20,
    True,
    1.0,
    0,
    -4,
    None,
    [12],
)


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    async with door.client() as client:
        yield client


async def ids_of(client: Client, **arguments: Any) -> list[str]:
    content = content_of(await client.call_tool("list_integrations", arguments))
    return [row["id"] for row in content["integrations"]]


async def pages_of(client: Client, **arguments: Any) -> list[list[str]]:
    """The ids of every page, in order, following the cursors."""
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        content = content_of(await client.call_tool("list_integrations", arguments | cursor))
        pages.append([row["id"] for row in content["integrations"]])
        if "next_cursor" not in content:
            return pages
        cursor = {"cursor": content["next_cursor"]}


def expected(door: FrontDoor, **wanted: Any) -> list[str]:
    """Ids in the sandbox whose attributes are as wanted, in order of number."""
    fits = [
        record.id
        for record in door.sandbox.integrations.values()
        if all(record.attributes.get(name) == value for name, value in wanted.items())
    ]
    return sorted(fits, key=int)


async def test_without_arguments_every_integration_comes_in_order_of_its_number(
    door: FrontDoor, client: Client
) -> None:
    ids = await ids_of(client)

    assert ids == expected(door)
    assert len(ids) == EVERY
    assert door.sent("PATCH") == []


async def test_a_row_tells_name_type_state_subsidiary_times_and_the_entries_in_use(
    door: FrontDoor, client: Client
) -> None:
    mappings = (
        "account_code_mapping",
        "tax_rate_mapping",
        "expense_account_code_mapping",
        "purchase_order_account_code_mapping",
    )

    content = content_of(await client.call_tool("list_integrations", {"query": "Xero UK"}))

    assert content["integrations"] == [
        {
            "id": "74211",
            "type": "Xero",
            "name": "Xero UK",
            "state": "active",
            "subsidiary": "Harbour & Pine Ltd",
            "connected_at": "2023-01-16",
            "last_synced_at": "2026-10-01",
            "entries": {name: len(door.stored("74211", name)) for name in mappings},
        }
    ]


@pytest.mark.parametrize("named", ["3", 3, "xero", "XERO", " Xero "], ids=repr)
async def test_a_type_is_meant_by_number_or_by_name_in_any_case(door: FrontDoor, client: Client, named: object) -> None:
    assert await ids_of(client, type=named) == expected(door, integration_type_id=3)


@pytest.mark.parametrize("named", ["exact", "Exact Online", "exact-online", "bamboohr", "Bamboo HR", "quickbooks"])
async def test_a_type_is_meant_by_its_usual_names_too(client: Client, named: str) -> None:
    content = content_of(await client.call_tool("list_integrations", {"type": named}))

    assert {row["type"] for row in content["integrations"]} in ({"Exact Online"}, {"BambooHR"}, {"QuickBooks"})


async def test_each_type_gives_its_own_integrations_and_together_they_are_all(door: FrontDoor, client: Client) -> None:
    found = {number: await ids_of(client, type=number) for number in range(1, 32)}

    assert all(found.values())
    assert sorted((one for ids in found.values() for one in ids), key=int) == expected(door)


@pytest.mark.parametrize(("state", "switched_off"), [("active", False), ("inactive", True)], ids=["active", "inactive"])
async def test_a_state_keeps_only_integrations_in_it(
    door: FrontDoor, client: Client, state: str, *, switched_off: bool
) -> None:
    integrations = door.sandbox.integrations
    fits = [one for one in expected(door) if bool(integrations[one].attributes["deactivated_at"]) is switched_off]

    assert await ids_of(client, state=state) == fits
    assert fits


async def test_any_state_leaves_none_out(door: FrontDoor, client: Client) -> None:
    assert await ids_of(client, state="any") == expected(door)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("jira_organization", "harbourpine"),
        ("jira_project", "RWM"),
    ],
)
async def test_a_jira_filter_keeps_what_is_tied_to_it(
    door: FrontDoor, client: Client, argument: str, value: str
) -> None:
    fits = expected(door, **{argument: value})

    assert len(fits) == 1
    assert await ids_of(client, **{argument: value}) == fits


@pytest.mark.parametrize("as_number", [False, True], ids=["text", "integer"])
@pytest.mark.parametrize(
    ("argument", "value"), [("subsidiary_id", "11871"), ("project_id", "305118"), ("deal_id", "552480")]
)
async def test_a_related_record_keeps_what_is_tied_to_it(
    door: FrontDoor, client: Client, argument: str, value: str, *, as_number: bool
) -> None:
    relationship = argument.removesuffix("_id")
    links = {one: record.relationships.get(relationship) for one, record in door.sandbox.integrations.items()}
    fits = sorted((one for one, link in links.items() if isinstance(link, dict) and link["id"] == value), key=int)

    assert fits
    assert await ids_of(client, **{argument: int(value) if as_number else value}) == fits


async def test_a_project_status_keeps_what_is_tied_to_a_project_of_that_status(client: Client) -> None:
    active, archived = await ids_of(client, project_status=1), await ids_of(client, project_status="2")

    assert active
    assert not set(active) & set(archived)
    assert await ids_of(client, project_status=1, project_id="305118") == await ids_of(client, project_id="305118")
    assert await ids_of(client, project_status=2, project_id="305118") == []


@pytest.mark.parametrize("status", ["active", "42", 3, True])
async def test_a_project_status_of_none_is_refused_with_the_two_there_are(
    door: FrontDoor, client: Client, status: object
) -> None:
    refused = await client.call_tool("list_integrations", {"project_status": status})

    assert refused.is_error
    assert text_of(refused) == "project_status: it must be 1 for active or 2 for archived."
    assert door.sandbox.requests == []


async def test_a_query_looks_into_names_and_types_in_any_case(client: Client) -> None:
    assert await ids_of(client, query="xero uk") == ["74211"]
    assert await ids_of(client, query="SAGE INTACCT") == ["88142"]
    assert await ids_of(client, query="no such thing") == []


async def test_arguments_together_are_an_intersection(client: Client) -> None:
    assert await ids_of(client, type="xero", subsidiary_id="11871", state="active", query="nl") == ["78804"]
    assert await ids_of(client, type="xero", subsidiary_id="11871", state="inactive") == []


@pytest.mark.parametrize("sort", ["id", "-id", "created_at", "-created_at"])
async def test_rows_come_in_the_order_asked_for(door: FrontDoor, client: Client, sort: str) -> None:
    ids = await ids_of(client, sort=sort)
    created = [door.sandbox.integrations[one].created_at for one in ids]

    in_order = [int(one) for one in ids] if sort.endswith("id") else created
    assert in_order == sorted(in_order, reverse=sort.startswith("-"))
    assert sorted(ids, key=int) == expected(door)


@pytest.mark.parametrize("limit", [1, 5, 35, 36, 37])
async def test_a_limit_is_exact_while_rows_last_and_pages_miss_and_repeat_nothing(
    door: FrontDoor, client: Client, limit: int
) -> None:
    pages = await pages_of(client, limit=limit, sort="-id")

    assert all(len(page) == limit for page in pages[:-1])
    assert 0 < len(pages[-1]) <= limit
    assert [one for page in pages for one in page] == expected(door)[::-1]


async def test_a_limit_is_exact_although_most_rows_are_filtered_out_here(door: FrontDoor, client: Client) -> None:
    whole = await ids_of(client, state="active", query="e")
    pages = await pages_of(client, state="active", query="e", limit=4)

    assert len(whole) < EVERY
    assert all(len(page) == 4 for page in pages[:-1])
    assert [one for page in pages for one in page] == whole
    assert door.sent("PATCH") == []


async def test_a_limit_is_exact_over_the_pages_of_the_api(door: FrontDoor) -> None:
    for number in range(450):
        door.sandbox.add("integrations", name=f"Hook {number:03}", integration_type_id=6)

    async with door.client() as client:
        first = content_of(await client.call_tool("list_integrations", {"limit": 200, "query": "hook"}))
        second = content_of(
            await client.call_tool("list_integrations", {"limit": 200, "query": "hook", "cursor": first["next_cursor"]})
        )

    names = [row["name"] for content in (first, second) for row in content["integrations"]]
    assert [len(content["integrations"]) for content in (first, second)] == [200, 200]
    assert len(set(names)) == 400


@pytest.mark.parametrize(
    "other",
    [{"type": "xero"}, {"sort": "-id"}, {"state": "active"}, {"query": "x"}, {"subsidiary_id": "11204"}],
    ids=lambda other: next(iter(other)),
)
async def test_a_cursor_of_another_question_is_refused_by_its_name(
    door: FrontDoor, client: Client, other: dict[str, str]
) -> None:
    cursor = content_of(await client.call_tool("list_integrations", {"limit": 2}))["next_cursor"]
    door.sandbox.requests.clear()

    result = await client.call_tool("list_integrations", other | {"limit": 2, "cursor": cursor})

    assert result.is_error
    assert text_of(result).startswith("cursor: ")
    assert cursor not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize(
    "cursor", ["CANARY", "not base 64 é", "MTA", "Ly4uLw==", "5.abcdef", "\uff11\uff12", "=", "A" * 200]
)
async def test_a_made_up_cursor_is_refused_by_its_name_and_not_repeated(
    door: FrontDoor, client: Client, cursor: str
) -> None:
    result = await client.call_tool("list_integrations", {"cursor": cursor})

    assert result.is_error
    assert text_of(result).startswith("cursor: ")
    assert len(cursor) < 3 or cursor not in text_of(result)
    assert door.sandbox.requests == []


async def test_a_page_stays_under_60_kb_however_long_the_names_and_its_cursors_miss_none(door: FrontDoor) -> None:
    every = {door.sandbox.add("integrations", name="n" * 2_000, integration_type_id=6) for _ in range(150)}
    every |= set(door.sandbox.integrations)
    found: list[str] = []
    cursor: str | None = ""
    async with door.client(wait="20") as client:
        while cursor is not None:
            result = await client.call_tool("list_integrations", {"limit": 200, "cursor": cursor})
            content = content_of(result)
            assert len(json.dumps(content)) < 60_000
            found += [row["id"] for row in content["integrations"]]
            cursor = content.get("next_cursor")

    assert found == sorted(every, key=int)


async def test_a_cursor_goes_on_with_another_limit(door: FrontDoor, client: Client) -> None:
    first = content_of(await client.call_tool("list_integrations", {"limit": 2}))
    rest = await ids_of(client, limit=50, cursor=first["next_cursor"])

    assert [row["id"] for row in first["integrations"]] + rest == expected(door)


WRONG: list[tuple[str, object]] = [
    ("limit", 0),
    ("limit", -1),
    ("limit", 201),
    ("limit", "7731"),
    ("limit", 1.5),
    ("limit", True),
    ("state", "CANARY"),
    ("state", None),
    ("sort", "name"),
    ("query", 77312),
    ("query", ["CANARY"]),
    ("query", "C" * 201),
    ("type", "netscape"),
    ("type", "32"),
    ("type", 0),
    ("type", -3),
    ("type", True),
    ("type", 3.0),
    ("type", "\uff13"),
    ("type", {"CANARY": 1}),
    ("jira_project", 77312),
    ("jira_organization", ["CANARY"]),
    ("cursor", 77312),
]


async def test_a_wrong_value_is_one_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, client: Client
) -> None:
    for argument, value in WRONG:
        result = await client.call_tool("list_integrations", {argument: value})

        assert result.is_error, (argument, value)
        assert text_of(result).startswith(f"{argument}: ")
        assert text_of(result).count(f"{argument}:") == 1
        for echo in ("CANARY", "77312", "7731", "netscape", "CCCC", "\uff13"):
            assert echo not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize("argument", ["subsidiary_id", "project_id", "project_status", "deal_id"])
async def test_an_id_that_is_no_id_is_one_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, client: Client, argument: str
) -> None:
    for value in WRONG_IDS:
        result = await client.call_tool("list_integrations", {argument: value})

        assert result.is_error, value
        assert text_of(result).startswith(f"{argument}: ")
        assert text_of(result).count(f"{argument}:") == 1
        assert "people" not in text_of(result)
        assert "\uff11\uff12" not in text_of(result)
    assert door.sandbox.requests == []


async def test_an_unknown_argument_is_refused_by_its_name(door: FrontDoor, client: Client) -> None:
    result = await client.call_tool("list_integrations", {"integration_type": "CANARY"})

    assert result.is_error
    assert '"integration_type"' in text_of(result)
    assert "CANARY" not in text_of(result)
    assert door.sandbox.requests == []


async def test_a_list_that_ignores_filters_shows_no_integration_of_another_kind(
    door: FrontDoor, client: Client
) -> None:
    door.sandbox.switches.honour_filters = False

    content = content_of(await client.call_tool("list_integrations", {"type": "xero"}))

    assert {row["type"] for row in content["integrations"]} == {"Xero"}


async def test_a_name_larger_than_an_answer_is_cut_and_the_list_goes_on(door: FrontDoor, client: Client) -> None:
    door.sandbox.integrations["74211"].attributes["name"] = "X" * 30_000

    pages = await pages_of(client, limit=5)

    assert [one for page in pages for one in page] == expected(door)
    assert {len(page) for page in pages[:-1]} == {5}
