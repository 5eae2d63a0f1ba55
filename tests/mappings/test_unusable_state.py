"""A state that cannot be used from the start: nothing is written, everything else works."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from front_door import DESIGN, XERO_UK, FrontDoor, content_of, text_of
from mappings.workbench import ACCOUNTS, apply, error_of_applying, plan
from productive_integrations.state import sqlite

pytestmark = pytest.mark.anyio
EDIT = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {DESIGN: "4030"}}


def corrupt(state: Path) -> None:
    state.write_bytes(b"this is no database, it is text" * 100)


def of_a_newer_version(state: Path) -> None:
    with closing(sqlite3.connect(state)) as file:
        file.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("ruin", "says"),
    [(corrupt, "cannot be used"), (of_a_newer_version, "newer version")],
)
@pytest.mark.parametrize("approval", ["host", "none"])
async def test_a_useless_state_file_refuses_every_edit_and_reading_goes_on_until_it_is_mended(
    door: FrontDoor, ruin: Callable[[Path], None], says: str, approval: str
) -> None:
    ruin(door.state)
    async with door.client(approval=approval) as client:
        shown = content_of(await client.call_tool("get_integration", {"integration_id": XERO_UK}))
        listed = content_of(await client.call_tool("list_integrations", {}))
        checked = content_of(await client.call_tool("check_integration", {"integration_id": XERO_UK}))
        refused = [
            await client.call_tool("update_mapping", EDIT),
            await client.call_tool("apply_mapping_plan", {"plan_id": "plan_1"}),
            await client.call_tool("list_changes", {}),
        ]
        door.state.unlink()
        mended = content_of(await client.call_tool("update_mapping", EDIT))

    assert shown["id"] == XERO_UK
    assert listed["integrations"]
    assert checked
    for result in refused:
        assert result.is_error
        assert text_of(result).startswith("PRODUCTIVE_STATE: ")
        assert says in text_of(result)
        assert str(door.state) not in text_of(result)
    assert mended["outcome"] == ("applied" if approval == "none" else "approval_required")


async def test_no_edit_is_made_on_an_altered_journal_and_the_sentence_says_where_it_is_altered(door: FrontDoor) -> None:
    async with door.client() as client:
        assert (await apply(client, await plan(client)))["outcome"] == "applied"
    with closing(sqlite3.connect(door.state)) as file, file:
        file.execute("DROP TRIGGER journal_is_never_changed")
        file.execute("UPDATE journal SET body = replace(body, '4030', '4031') WHERE seq = 1")
    async with door.client() as client:
        plan_id = await plan(client, set={DESIGN: "4040"})
        error = await error_of_applying(client, plan_id)
        shown = content_of(await client.call_tool("list_changes", {}))

    assert "the journal of changes was altered" in error
    assert "row 1 is not as it was written" in error
    assert "No edit was made." in error
    assert door.sent() == []
    assert len(shown["changes"]) == 1


@pytest.mark.parametrize("pragma", ["max_page_count = 1", "query_only = ON"])
async def test_a_disk_that_is_full_or_read_only_lets_no_edit_leave_and_the_plan_waits(
    door: FrontDoor, pragma: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[sqlite3.Connection] = []

    def opened(path: Path) -> sqlite3.Connection:
        files.append(open_file(path))
        return files[-1]

    open_file = sqlite.open_file
    monkeypatch.setattr(sqlite, "open_file", opened)
    for number in range(500):
        one = door.sandbox.add("service_types", name=f"Service {number:03}")
        door.stored(XERO_UK, ACCOUNTS)[one] = f"4{number % 10:03}"
    async with door.client() as client:
        plan_id = await plan(client)
        # Written down, the mapping needs pages of its own, and there are no more.
        files[-1].execute(f"PRAGMA {pragma}")
        error = await error_of_applying(client, plan_id)
        shown = content_of(await client.call_tool("get_integration", {"integration_id": XERO_UK}))
        sent = door.sent()
        files[-1].execute("PRAGMA query_only = OFF")
        files[-1].execute("PRAGMA max_page_count = 1000000")
        end = await apply(client, plan_id)

    assert error.startswith("PRODUCTIVE_STATE: ")
    assert sent == []
    assert shown["id"] == XERO_UK
    assert end["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"
