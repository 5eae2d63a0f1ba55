"""A state store that fails in the middle of an edit."""

import pytest

from front_door import XERO_UK, FrontDoor
from mappings.workbench import (
    ACCOUNTS,
    apply,
    broken,
    error_of_applying,
    journal,
    mended,
    patching,
    plan,
    reading,
    the_end,
)
from productive_integrations.sandbox.faults import FaultKind

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (None, "applied"),
        ("drop_after", "applied"),
        ("ignored", "not_stored"),
        ("drop_before", "unknown"),
    ],
)
@pytest.mark.usefixtures("hasty")
async def test_a_state_file_that_breaks_after_the_write_left_does_not_hide_the_outcome(
    door: FrontDoor, kind: FaultKind | None, first: str
) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("foreign_edit_after", edit=broken(door.state)))
        if kind:
            door.sandbox.faults.append(patching(kind))
        outcome = await apply(client, plan_id)
        mended(door.state)
        end = await the_end(client, plan_id)

    assert outcome["outcome"] == first
    assert outcome["change_id"] == end["change_id"]
    assert "state store could not be used" in outcome["next"]
    assert end["outcome"] == ("not_stored" if first == "unknown" else first)
    assert "state store" not in end["next"]
    assert len(door.sent()) == 1
    (change,) = await journal(door.state, door.sandbox.organization_id)
    assert change.ending is not None


async def test_a_refusal_that_cannot_be_written_down_is_told_all_the_same(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.switches.patch_refusal = 403
        door.sandbox.faults.append(patching("foreign_edit_before", edit=broken(door.state)))
        outcome = await apply(client, plan_id)
        mended(door.state)

    assert outcome["outcome"] == "refused"
    assert "state store could not be used" in outcome["next"]


async def test_a_state_file_that_breaks_before_the_write_sends_nothing(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(reading("foreign_edit_before", edit=broken(door.state)))
        error = await error_of_applying(client, plan_id)
        mended(door.state)

        assert error.startswith("PRODUCTIVE_STATE")
        assert door.sent() == []
        assert (await the_end(client, plan_id))["outcome"] == "applied"


async def test_a_mapping_that_cannot_be_written_down_gets_no_edit(door: FrontDoor) -> None:
    entries = door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS]
    entries["600275"] = "40\ud80040"
    async with door.client() as client:
        plan_id = await plan(client)
        error = await error_of_applying(client, plan_id)
        entries["600275"] = "4040"

        assert "no edit was made" in error
        assert door.sent() == []
        assert (await apply(client, plan_id))["outcome"] == "applied"


@pytest.mark.usefixtures("hasty")
async def test_a_state_file_that_breaks_at_a_write_turned_away_says_that_no_edit_was_made(door: FrontDoor) -> None:
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.extend(
            [
                patching("status_429", seconds=1),
                patching("foreign_edit_before", edit=broken(door.state)),
            ]
        )
        error = await error_of_applying(client, plan_id)
        mended(door.state)
        end = await the_end(client, plan_id)

    assert error.endswith("No edit was made.")
    assert end["outcome"] == "not_stored"
