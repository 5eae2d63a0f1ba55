from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp import Client
from mcp.types import ResourceLink

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, content_of, text_of
from productive_integrations.text import compact

pytestmark = pytest.mark.anyio
ACCOUNTS = "account_code_mapping"


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    async with door.client(approval="none") as client:
        yield client


async def set_design(client: Client, code: str, **also: Any) -> dict[str, Any]:
    edit = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {"Design": code}} | also
    return content_of(await client.call_tool("update_mapping", edit))


async def changes(client: Client, **arguments: Any) -> dict[str, Any]:
    return content_of(await client.call_tool("list_changes", arguments))


async def test_a_change_says_who_changed_what_from_what_to_what_and_that_it_is_stored(client: Client) -> None:
    receipt = await set_design(client, "4030", reason="new chart")

    (row,) = (await changes(client))["changes"]

    assert row.pop("at").endswith("Z")
    assert row == {
        "change_id": receipt["change_id"],
        "integration_id": XERO_UK,
        "mapping": ACCOUNTS,
        "entries": [{"key": DESIGN, "key_name": "Design", "before": "4010", "after": "4030"}],
        "outcome": "applied",
        "by": "local",
        "reason": "new chart",
    }


async def test_changes_come_newest_first_and_page_by_page(client: Client) -> None:
    ids = [(await set_design(client, code))["change_id"] for code in ("4020", "4030", "4040")]

    first = await changes(client, limit=2)
    rest = await changes(client, limit=2, cursor=first["next_cursor"])

    assert [row["change_id"] for row in first["changes"] + rest["changes"]] == ids[::-1]
    assert "next_cursor" not in rest


async def test_changes_of_another_integration_are_left_out(client: Client) -> None:
    await set_design(client, "4030")

    assert (await changes(client, integration_id=XERO_NL))["changes"] == []
    assert len((await changes(client, integration_id=XERO_UK))["changes"]) == 1


async def test_a_write_that_stored_nothing_is_listed_as_that(door: FrontDoor, client: Client) -> None:
    door.sandbox.switches.ignored_attributes = {ACCOUNTS}

    assert (await set_design(client, "4030"))["outcome"] == "not_stored"

    assert [row["outcome"] for row in (await changes(client))["changes"]] == ["not_stored"]


@pytest.mark.parametrize("cursor", ["x", "\uff11\uff12", "-1"])
async def test_a_cursor_of_another_kind_is_refused_by_name(client: Client, cursor: str) -> None:
    result = await client.call_tool("list_changes", {"cursor": cursor})

    assert result.is_error
    assert text_of(result).startswith("cursor: ")


async def test_a_change_too_big_for_an_answer_shows_its_first_entries_and_counts_the_rest(client: Client) -> None:
    families = {f"{number} {'long name ' * 12}end": "Design" for number in range(400)}
    for part in (families, {"Short": "Design"}):
        edit = {"integration_id": "89915", "mapping": "salesforce_product_family_mapping", "set": part}
        receipt = content_of(await client.call_tool("update_mapping", edit))
        assert receipt["outcome"] == "applied", receipt

    newest = await changes(client)
    second = await client.call_tool("list_changes", {"cursor": newest["next_cursor"]})
    (big,) = content_of(second)["changes"]

    assert [len(row["entries"]) for row in newest["changes"]] == [1]
    assert 0 < len(big["entries"]) == 400 - big["omitted"] < 400
    assert len(compact(big).encode()) < 30 * 1024
    assert isinstance(second.content[-1], ResourceLink)
    assert second.content[-1].uri == f"productive://changes/{big['change_id']}"


async def test_a_cursor_that_is_no_place_in_the_journal_is_refused_by_its_name(client: Client) -> None:
    result = await client.call_tool("list_changes", {"cursor": "9" * 30})

    assert result.is_error
    assert text_of(result).startswith("cursor: ")
