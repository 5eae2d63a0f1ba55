"""How the page answers for a person, and how nobody else does."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from front_door import DESIGN, XERO_UK, FrontDoor, Generation, content_of, text_of
from mappings.workbench import patching
from productive_integrations.review import PAGE_META

pytestmark = pytest.mark.anyio
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
EDIT: dict[str, Any] = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}


async def planned(client: Any, edit: dict[str, Any] = EDIT) -> tuple[str, str]:
    """A plan's id, and the page's key for it."""
    result = await client.call_tool("update_mapping", edit)
    return content_of(result)["plan_id"], result.meta[PAGE_META]["key"]


async def applied(client: Any, plan_id: str) -> dict[str, Any]:
    return content_of(await client.call_tool("apply_mapping_plan", {"plan_id": plan_id}))


@GENERATIONS
async def test_a_key_opens_its_own_plan_and_no_other(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation, has_page=True, approval="human") as client:
        first, first_key = await planned(client)
        second, second_key = await planned(client, EDIT | {"set": {"Design": "4020"}})
        assert first_key != second_key
        for plan_id, key in ((first, second_key), (second, first_key)):
            crossed = await applied(client, f"{plan_id}.{key}")
            assert crossed["outcome"] == "approval_required"
            assert "not the key" in crossed["next"]
        assert door.sent() == []
        outcome = await applied(client, f"{first}.{first_key}")

    assert outcome["outcome"] == "applied"
    assert door.stored(XERO_UK, "account_code_mapping")[DESIGN] == "4030"


async def test_a_used_key_gives_the_receipt_and_no_second_write(door: FrontDoor) -> None:
    async with door.client(has_page=True, approval="human") as client:
        plan_id, key = await planned(client)
        outcomes = await asyncio.gather(*(applied(client, f"{plan_id}.{key}") for _ in range(3)))
        again = await applied(client, f"{plan_id}.{key}")

    assert {"applied"} <= {one["outcome"] for one in outcomes} <= {"applied", "approval_required"}
    assert again["outcome"] == "applied"
    assert len(door.sent()) == 1


async def test_a_key_that_sent_nothing_can_be_used_once_more(door: FrontDoor) -> None:
    async with door.client(has_page=True, approval="human", wait="0") as client:
        plan_id, key = await planned(client)
        door.sandbox.faults.append(patching("status_429", seconds=1))
        failed = await client.call_tool("apply_mapping_plan", {"plan_id": f"{plan_id}.{key}"})
        assert failed.is_error, failed.structured_content
        await asyncio.sleep(1.1)
        outcome = await applied(client, f"{plan_id}.{key}")

    assert outcome["outcome"] == "applied"


async def test_a_key_whose_plan_was_forbidden_is_used_up(door: FrontDoor) -> None:
    integration = door.sandbox.integrations[XERO_UK].attributes
    async with door.client(has_page=True, approval="human") as client:
        plan_id, key = await planned(client)
        integration["deactivated_at"] = "2026-10-02T00:00:00.000+00:00"
        forbidden = await applied(client, f"{plan_id}.{key}")
        integration["deactivated_at"] = None
        again = await applied(client, f"{plan_id}.{key}")

    assert forbidden["outcome"] == "blocked"
    assert again["outcome"] == "approval_required"
    assert "used before" in again["next"]
    assert door.sent() == []


async def test_a_key_does_not_outlive_a_no(door: FrontDoor) -> None:
    async with door.client(has_page=True, approval="human") as client:
        plan_id, key = await planned(client)
        no = await applied(client, f"{plan_id}.declined")
        outcome = await applied(client, f"{plan_id}.{key}")

    assert (no["outcome"], outcome["outcome"]) == ("declined", "declined")
    assert door.sent() == []


async def test_a_key_does_not_outlive_its_plan(door: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("productive_integrations.mappings.update.PLAN_SECONDS", -1)
    async with door.client(has_page=True, approval="human") as client:
        plan_id, key = await planned(client)
        result = await client.call_tool("apply_mapping_plan", {"plan_id": f"{plan_id}.{key}"})

    assert text_of(result) == "plan_id: this plan has expired. Call update_mapping again for a new one."
    assert door.sent() == []


async def test_a_no_to_a_plan_that_was_applied_gives_its_receipt(door: FrontDoor) -> None:
    async with door.client(has_page=True) as client:
        plan_id = content_of(await client.call_tool("update_mapping", EDIT))["plan_id"]
        await applied(client, plan_id)
        outcome = await applied(client, f"{plan_id}.declined")

    assert outcome["outcome"] == "applied"
    assert len(door.sent()) == 1


async def test_a_key_works_in_another_process_of_the_same_state(door: FrontDoor) -> None:
    async with door.client(has_page=True, approval="human") as client:
        plan_id, key = await planned(client)
    async with door.client("legacy", has_page=True, approval="human") as client:
        outcome = await applied(client, f"{plan_id}.{key}")

    assert outcome["outcome"] == "applied"


@GENERATIONS
@pytest.mark.parametrize(("approval", "has_page"), [("human", False), ("host", True), ("none", True)])
async def test_a_key_is_given_in_mode_human_to_a_client_with_the_page_alone(
    door: FrontDoor, generation: Generation, approval: str, *, has_page: bool
) -> None:
    async with door.client(generation, has_page=has_page, approval=approval) as client:
        result = await client.call_tool("update_mapping", EDIT)

    page = (result.meta or {}).get(PAGE_META)
    assert (page is not None) is has_page
    assert "key" not in (page or {})


async def test_the_key_is_in_nothing_that_a_model_reads_and_in_no_state(door: FrontDoor) -> None:
    async with door.client(has_page=True, approval="human") as client:
        result = await client.call_tool("update_mapping", EDIT)
        assert result.meta is not None
        key = result.meta[PAGE_META]["key"]
        outcome = await client.call_tool("apply_mapping_plan", {"plan_id": f"{content_of(result)['plan_id']}.{key}"})
        state = b"".join(path.read_bytes() for path in Path(door.state).parent.iterdir() if path.is_file())

    assert len(key) == 32
    for seen in (result, outcome):
        assert key not in text_of(seen)
        assert key not in str(seen.structured_content)
    assert key not in str(outcome.meta)
    assert key.encode() not in state
