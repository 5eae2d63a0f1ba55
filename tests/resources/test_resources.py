"""Every resource as a client of either generation reads it."""

import json
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, TextResourceContents

from front_door import DESIGN, XERO_UK, FrontDoor, Generation, content_of
from productive_integrations.providers import PROVIDERS
from productive_integrations.resources import RESOURCES
from productive_integrations.resources.base import MAX_BYTES
from productive_integrations.resources.schema import NOUNS
from productive_integrations.sandbox import Fault
from productive_integrations.validation import RULES
from productive_integrations.validation.pages import rule_page

pytestmark = pytest.mark.anyio
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
ACCOUNTS = "account_code_mapping"
INTEGRATION = f"productive://integrations/{XERO_UK}"
MAPPING = f"{INTEGRATION}/mappings/{ACCOUNTS}"
ADDRESSES = {
    "integrations": "productive://integrations",
    "integration": INTEGRATION,
    "mapping": MAPPING,
    "integration_types": "productive://integration-types",
    "integration_type": "productive://integration-types/3",
    "schema": "productive://schemas/xero",
    "rules": "productive://rules",
    "rule": "productive://rules/MAP303",
}
SHARED = {"integration_types", "integration_type", "schema", "rules", "rule"}


async def text_at(client: Client, uri: str) -> str:
    (contents,) = (await client.read_resource(uri)).contents
    assert isinstance(contents, TextResourceContents)
    assert contents.uri == uri
    assert len(contents.text.encode()) < MAX_BYTES
    return contents.text


async def data_at(client: Client, uri: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await text_at(client, uri))
    return found


async def pages_from(client: Client, uri: str) -> list[dict[str, Any]]:
    """The resource with every page after it."""
    pages = [await data_at(client, uri)]
    while following := pages[-1].get("next"):
        assert len(pages) < 100
        pages.append(await data_at(client, following))
    return pages


async def refusal_of(client: Client, uri: str) -> MCPError:
    with pytest.raises(MCPError) as refused:
        await client.read_resource(uri)
    return refused.value


async def one_change(client: Client, **entries: str) -> str:
    """The id of a change that was just made."""
    edit = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": entries or {DESIGN: "4020"}}
    return str(content_of(await client.call_tool("update_mapping", edit))["change_id"])


@GENERATIONS
async def test_every_resource_is_listed_with_its_form_and_a_description(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation) as client:
        fixed = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates

    # The review page has tests of its own.
    fixed = [one for one in fixed if not str(one.uri).startswith("ui:")]
    listed = [str(one.uri) for one in fixed] + [one.uri_template for one in templates]
    assert sorted(listed) == sorted(one.uri for one in RESOURCES)
    both: list[Any] = [*fixed, *templates]
    for one in both:
        assert one.title
        assert one.description
        assert one.description.endswith(".")
        assert one.mime_type in {"application/json", "text/markdown"}
    assert door.sandbox.requests == []


@GENERATIONS
async def test_an_integration_is_what_the_tool_shows_of_it(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation) as client:
        read = await data_at(client, INTEGRATION)
        arguments = {"integration_id": XERO_UK, "section": "all"}
        shown = content_of(await client.call_tool("get_integration", arguments))

    assert read == shown


@GENERATIONS
async def test_a_mapping_is_read_whole(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation) as client:
        read = await data_at(client, MAPPING)

    assert read["entries"] == len(read["rows"]) == len(door.stored(XERO_UK, ACCOUNTS))
    assert [DESIGN, "Design", "4010"] in read["rows"]
    assert read["unmapped"] == len(read["unmapped_names"])
    assert read["default"] == "4000"
    assert "next" not in read


async def test_a_big_mapping_comes_in_pages_that_make_up_the_whole(door: FrontDoor) -> None:
    stored = {door.sandbox.add("service_types", name=f"Service {n:03} {'é' * 90}"): f"4{n:03}" for n in range(500)}
    for n in range(500):
        door.sandbox.add("service_types", name=f"Gap {n:03} {'ü' * 90}")
    door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = stored

    async with door.client() as client:
        pages = await pages_from(client, MAPPING)

    assert len(pages) > 2
    assert {row[0]: row[2] for page in pages for row in page.get("rows", ())} == stored
    names = [name for page in pages for name in page.get("unmapped_names", ())]
    assert len(names) == pages[0]["unmapped"] > 500
    assert all(page["entries"] == 500 for page in pages)


async def test_an_entry_too_big_for_any_answer_does_not_hide_the_others(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = {"1": "a", "2": "b" * 70_000, "3": "c"}

    async with door.client() as client:
        pages = await pages_from(client, MAPPING)

    assert [row[0] for page in pages for row in page.get("rows", ())] == ["1", "3"]


async def test_many_integrations_come_in_pages_that_make_up_the_whole(door: FrontDoor) -> None:
    for number in range(450):
        door.sandbox.add("integrations", name=f"Zapier {number}", integration_type_id=5)

    async with door.client() as client:
        pages = await pages_from(client, "productive://integrations")

    ids = [row["id"] for page in pages for row in page["integrations"]]
    assert len(pages) >= 3
    assert sorted(ids) == sorted(door.sandbox.integrations)


@GENERATIONS
async def test_a_change_is_what_the_tool_lists(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation, approval="none") as client:
        change_id = await one_change(client)
        read = await data_at(client, f"productive://changes/{change_id}")
        (listed,) = content_of(await client.call_tool("list_changes", {}))["changes"]

    assert read == listed
    assert read["entries"] == [{"key": DESIGN, "key_name": "Design", "before": "4010", "after": "4020"}]


async def test_a_big_change_comes_in_pages_that_make_up_the_whole(door: FrontDoor) -> None:
    ids = [door.sandbox.add("service_types", name=f"Service {number}") for number in range(500)]
    stored = door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = dict.fromkeys(ids, "40" * 60)
    async with door.client(approval="none") as client:
        outcome = content_of(
            await client.call_tool(
                "update_mapping",
                {"integration_id": XERO_UK, "mapping": ACCOUNTS, "remove": list(stored), "accept": ["MAP101"]},
            )
        )
        rules = [finding["rule"] for finding in outcome["findings"]]
        outcome = content_of(
            await client.call_tool(
                "update_mapping",
                {"integration_id": XERO_UK, "mapping": ACCOUNTS, "remove": list(stored), "accept": rules},
            )
        )
        pages = await pages_from(client, f"productive://changes/{outcome['change_id']}")

    assert len(pages) > 1
    assert {entry["key"] for page in pages for entry in page["entries"]} == set(ids)


@GENERATIONS
@pytest.mark.parametrize("name", ["3", "xero", "XERO", "Xero"])
async def test_a_type_is_found_by_number_and_by_name_in_any_case(
    door: FrontDoor, generation: Generation, name: str
) -> None:
    async with door.client(generation) as client:
        text = await text_at(client, f"productive://integration-types/{name}")

    assert text.startswith("# Xero (type 3)\n")
    assert door.sandbox.requests == []


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.title)
async def test_the_page_of_a_type_names_its_mappings_defaults_and_rules(door: FrontDoor, provider: Any) -> None:
    async with door.client() as client:
        text = await text_at(client, f"productive://integration-types/{provider.title.replace(' ', '%20')}")
        by_number = await text_at(client, f"productive://integration-types/{provider.type_id}")

    assert by_number == text
    for name, facts in provider.mappings().items():
        assert f"## {name}\n" in text
        assert facts.default is None or f"`{facts.default}`" in text
        assert facts.settings_path in text
        assert all(f"| {rule.id} |" in text for rule in RULES if rule.concerns(provider, name))
    assert ("MAP001" in text) == bool(provider.mappings())


@pytest.mark.parametrize("name", [*NOUNS, *(provider.title.replace(" ", "%20") for provider in PROVIDERS)])
async def test_every_schema_is_an_object_with_properties(door: FrontDoor, name: str) -> None:
    async with door.client() as client:
        schema = await data_at(client, f"productive://schemas/{name}")

    assert schema["type"] == "object"
    assert schema["properties"]


async def test_the_rules_are_listed_and_each_has_its_page(door: FrontDoor) -> None:
    async with door.client() as client:
        table = await text_at(client, "productive://rules")
        pages = {rule.id: await text_at(client, f"productive://rules/{rule.id}") for rule in RULES}
        small = await text_at(client, "productive://rules/map303")

    assert all(f"| {rule.id} | {rule.name} | {rule.severity} |" in table for rule in RULES)
    assert pages == {rule.id: rule_page(rule) for rule in RULES}
    assert small == pages["MAP303"]


async def test_all_types_are_listed_with_their_mappings(door: FrontDoor) -> None:
    async with door.client() as client:
        types = (await data_at(client, "productive://integration-types"))["integration_types"]

    assert [one["number"] for one in types] == [provider.type_id for provider in PROVIDERS]
    assert types[2] == {"number": 3, "name": "Xero", "mappings": list(PROVIDERS[2].mappings())}


@pytest.mark.parametrize(("name", "uri"), ADDRESSES.items(), ids=list(ADDRESSES))
async def test_what_is_a_users_is_cached_for_that_user_alone(door: FrontDoor, name: str, uri: str) -> None:
    async with door.client() as client:
        read = await client.read_resource(uri)

    assert read.cache_scope == ("public" if name in SHARED else "private")
    assert (read.ttl_ms or 0) == (600_000 if name in SHARED else 0)


UNFIT = [
    f"{INTEGRATION}\r\nX",
    "productive://integrations/12\r\nX",
    "productive://integrations/12\n",
    "productive://integrations/\uff11\uff12",
    "productive://integrations/012",
    "productive://integrations/0",
    "productive://integrations/-1",
    "productive://integrations/12345678901234567890",
    "productive://integrations/12%2f34",
    "productive://integrations/12%2F..",
    "productive://integrations/%31%32",
    "productive://integrations/..",
    "productive://integrations/",
    f"{INTEGRATION}/",
    f"{INTEGRATION}?x=1",
    f"{INTEGRATION}?cursor=1",
    f"{INTEGRATION}#part",
    f"{INTEGRATION}/mappings",
    f"{INTEGRATION}/mappings/",
    f"{INTEGRATION}/mappings/no_such_mapping",
    f"{INTEGRATION}/mappings/account_code",
    f"{MAPPING}/x",
    f"{MAPPING}?page=2",
    f"{MAPPING}?cursor=",
    f"{MAPPING}?cursor=1&x=2",
    f"{MAPPING}?cursor=1&cursor=2",
    f"{MAPPING}?cursor=%00",
    "productive://integrations?cursor=0",
    "productive://integrations?limit=5",
    "productive://integration-types/99",
    "productive://integration-types/no%20such",
    "productive://integration-types/a%2fb",
    "productive://integration-types/",
    "productive://schemas/nothing",
    "productive://schemas/../rules",
    "productive://rules/MAP999",
    "productive://rules/303",
    "productive://rules/MAP303?x",
    "productive://changes/1",
    "productive://changes/ch_ABCDEF012345",
    "productive://changes/ch_000000000000",
    "productive://",
    "productive://nothing",
    "PRODUCTIVE://integrations",
    "other://integrations",
    "file:///etc/passwd",
    "x",
    "productive://integrations/" + "1" * 5000,
]


@GENERATIONS
async def test_an_address_of_a_wrong_form_is_the_callers_error_before_any_request(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation) as client:
        for uri in UNFIT:
            refused = await refusal_of(client, uri)
            assert refused.code == INVALID_PARAMS, uri
            assert refused.data["uri"][:20] == uri[:20].replace("\r", "\\u{d}"), uri
            assert len(refused.message) < 400, uri
            assert "\r" not in refused.message + refused.data["uri"], uri

    assert door.sandbox.requests == []


@pytest.mark.parametrize("cursor", ["41000", "-1", "01", "x", "\uff14"])
async def test_a_cursor_of_no_page_of_a_mapping_is_the_callers_error(door: FrontDoor, cursor: str) -> None:
    async with door.client() as client:
        refused = await refusal_of(client, f"{MAPPING}?cursor={cursor}")

    assert (refused.code, refused.message) == (
        INVALID_PARAMS,
        "cursor: it must come from the next of an earlier page.",
    )


@GENERATIONS
async def test_an_integration_that_is_not_there_is_the_callers_error(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation) as client:
        refused = await refusal_of(client, "productive://integrations/999")

    assert (refused.code, refused.data) == (INVALID_PARAMS, {"uri": "productive://integrations/999"})
    assert refused.message == "No integration 999 in this organization. list_integrations gives the ids."


@GENERATIONS
async def test_a_token_that_is_refused_is_said_in_our_words_with_nothing_secret(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation, api_token="CANARY-token") as client:
        refused = await refusal_of(client, INTEGRATION)

    assert refused.code == INTERNAL_ERROR
    assert "PRODUCTIVE_API_TOKEN" in refused.message
    assert "CANARY" not in refused.message + str(refused.data)


@GENERATIONS
async def test_an_api_that_fails_is_said_in_our_words(door: FrontDoor, generation: Generation) -> None:
    door.sandbox.faults.append(Fault(kind="status_500_before", method="GET", path=f"/{XERO_UK}$", times=9))
    async with door.client(generation) as client:
        refused = await refusal_of(client, INTEGRATION)

    assert refused.code == INTERNAL_ERROR
    assert refused.message.startswith("Productive ")
    assert refused.data == {"uri": INTEGRATION}


async def test_a_defect_of_the_server_is_said_without_its_reason_and_logged(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with door.client() as client:
        monkeypatch.setattr("productive_integrations.resources.rules.RULES", None)
        refused = await refusal_of(client, "productive://rules")

    assert refused.code == INTERNAL_ERROR
    assert refused.message == (
        "Reading this resource failed because of a defect of this server; its log has the details."
    )
    assert "NoneType" in caplog.text


async def test_names_are_scrubbed_in_every_resource(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes |= {"name": "Xero\u202eUK", ACCOUNTS: {DESIGN: "40\u200b10"}}
    async with door.client() as client:
        texts = [await text_at(client, uri) for uri in ("productive://integrations", INTEGRATION, MAPPING)]

    assert not any(char in text for text in texts for char in "\u202e\u200b")
    assert "Xero\\\\u{202e}UK" in texts[0]
