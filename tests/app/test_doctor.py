import json
import os
from pathlib import Path
from typing import Any

import pytest

from front_door import DESIGN, XERO_UK, FrontDoor, content_of
from issuer import issuing
from mappings.workbench import HASTY, patching, plan
from postgres import empty_database
from processes import ran, run
from productive_integrations.sandbox import Sandbox

pytestmark = pytest.mark.anyio


def examined(*arguments: str, **given: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = run("doctor", "--json", *arguments, **given)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert "Traceback" not in done.stderr
    for secret in ("sandbox-token", "CANARY"):
        assert secret not in done.stdout + done.stderr
    return done.returncode, {checked["what"]: checked for checked in found}


def test_where_everything_works_it_says_so_line_by_line_and_ends_well() -> None:
    done = run("doctor", "--demo")

    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", "settings"],
        ["ok", "state"],
        ["ok", "charts"],
        ["ok", "Productive"],
    ]
    assert f"{len(Sandbox().integrations)} integrations" in lines[3]
    assert "edits approved by: host" in lines[0]


async def test_it_shows_the_two_ends_of_the_journal_that_a_receipt_shows_too(door: FrontDoor) -> None:
    async with door.client(approval="none") as client:
        edit = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {DESIGN: "4030"}}
        receipt = content_of(await client.call_tool("update_mapping", edit | {"accept": []}))

    status, found = examined(**door.named_settings())

    assert receipt["outcome"] == "applied"
    assert status == 0
    assert f"a journal of 2 rows, whole from first to last ({receipt['journal']})" in found["state"]["says"]


async def test_a_write_that_is_not_settled_is_named(door: FrontDoor) -> None:
    door.patience = HASTY
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("drop_before"))
        unknown = content_of(await client.call_tool("apply_mapping_plan", {"plan_id": plan_id}))
        status, found = examined(**door.named_settings())

    assert status == 1
    assert unknown["change_id"] in found["changes"]["says"]


@pytest.mark.parametrize(
    ("changed", "failing", "says"),
    [
        ({"api_token": "CANARY"}, "Productive", "PRODUCTIVE_API_TOKEN"),
        ({"organization_id": "99"}, "Productive", "PRODUCTIVE_ORGANIZATION_ID"),
        ({"base_url": "http://127.0.0.1:1/"}, "Productive", "PRODUCTIVE_BASE_URL"),
        ({"state": "postgresql://u:CANARY@127.0.0.1:1/db"}, "state", "PRODUCTIVE_STATE"),
        ({"charts": "/nowhere"}, "charts", "PRODUCTIVE_CHARTS"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_does_not_work_is_said_with_the_setting_to_change_and_the_rest_is_looked_at(
    door: FrontDoor, changed: dict[str, str], failing: str, says: str
) -> None:
    status, found = examined(**door.named_settings(**changed))

    assert status == 1
    assert {what for what, checked in found.items() if not checked["works"]} == {failing}
    assert says in found[failing]["says"]
    assert found.keys() == {"settings", "state", "charts", "Productive"}


def test_a_state_that_can_be_nowhere_is_said_and_the_rest_is_looked_at(door: FrontDoor, tmp_path: Path) -> None:
    status, found = examined(**door.named_settings(state=str(tmp_path)))

    assert status == 1
    assert not found["state"]["works"]
    assert "PRODUCTIVE_STATE" in found["state"]["says"]
    assert found["Productive"]["works"]


def test_a_state_in_postgresql_is_named_without_its_password(door: FrontDoor, postgres: str) -> None:
    status, found = examined(**door.named_settings(state=empty_database(postgres)))

    assert status == 0
    assert found["state"]["says"].startswith("the PostgreSQL database state,")


def test_reading_only_it_says_nothing_of_edits(door: FrontDoor, tmp_path: Path) -> None:
    status, found = examined(**door.named_settings(read_only="true"))

    assert status == 0
    assert "read only" in found["settings"]["says"]
    assert "edit" not in found["Productive"]["says"]


@pytest.mark.parametrize(("status", "works"), [(200, True), (503, False)])
async def test_it_says_whether_bearer_tokens_can_be_judged(door: FrontDoor, status: int, *, works: bool) -> None:
    with issuing("https://mcp.example.com/mcp") as issuer:
        issuer.status = status
        ended, found = examined(**door.named_settings(), **issuer.settings)

    assert found["issuer"]["works"] is works
    assert ended == (0 if works else 1)
    assert found["Productive"]["works"]


def test_what_it_cannot_write_out_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = ran(["doctor", "--demo"], {}, stdout=full)

    assert ended.returncode == 1
    assert ended.stderr.decode() == (
        "productive-integrations-mcp: Standard output cannot be written (No space left on device).\n"
    )


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_it_ends_in_good_order_when_the_reader_has_enough(form: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = ran(["doctor", "--demo", *form], {}, stdout=closed)

    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_path_of_any_letters_is_written_whatever_the_systems_habit(
    door: FrontDoor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    ended = ran(["doctor"], door.named_settings(state=str(tmp_path / "état.sqlite")))

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert "état.sqlite" in ended.stdout.decode("utf-8")
