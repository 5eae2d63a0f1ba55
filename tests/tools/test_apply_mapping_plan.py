"""What becomes of a plan that waits."""

import contextlib
import functools
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from mcp import Client

from front_door import DESIGN, XERO_UK, FrontDoor, Person, content_of, text_of
from productive_integrations.app.server import Server
from productive_integrations.productive.directory import DirectoryReader
from productive_integrations.sandbox import Fault
from productive_integrations.schemas.plan import PLAN_SECONDS, Plan
from productive_integrations.tools import apply_mapping_plan

pytestmark = pytest.mark.anyio
EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}
RECORD = rf"/integrations/{XERO_UK}$"


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    async with door.client() as client:
        yield client


async def planned(client: Client, **changed: Any) -> str:
    content = content_of(await client.call_tool("update_mapping", EDIT | changed))
    assert content["outcome"] == "approval_required"
    return str(content["plan_id"])


async def applied(client: Client, plan_id: str, **arguments: Any) -> dict[str, Any]:
    return content_of(await client.call_tool("apply_mapping_plan", {"plan_id": plan_id} | arguments))


def rows(door: FrontDoor, query: str, *values: Any) -> list[Any]:
    """What the state file answers to SQL, as somebody with the file would see it."""
    with contextlib.closing(sqlite3.connect(door.state)) as database, database:
        return database.execute(query, values).fetchall()


def late(client: Client, seconds: float) -> None:
    """Let the clock of a client's server show a later time."""
    server = client.server
    assert isinstance(server, Server)
    assert server.services is not None
    object.__setattr__(server.services, "clock", lambda: time.time() + seconds)


async def test_a_plan_waits_and_then_applies_exactly_what_it_showed(door: FrontDoor, client: Client) -> None:
    before = dict(door.stored(XERO_UK, "account_code_mapping"))
    plan_id = await planned(client)
    assert door.sent("PATCH") == []
    door.sandbox.requests.clear()

    outcome = await applied(client, plan_id)

    assert re.fullmatch(r"plan_[0-9a-f]{32}", plan_id)
    assert outcome["outcome"] == "applied"
    assert outcome["changes"] == [{"key": DESIGN, "key_name": "Design", "before": "4010", "after": "4030"}]
    assert outcome["untouched"] == len(before) - 1
    assert outcome["change_id"]
    assert "plan_id" not in outcome
    assert door.of_record(XERO_UK) == ["GET", "PATCH", "GET"]
    assert door.stored(XERO_UK, "account_code_mapping") == before | {DESIGN: "4030"}


async def test_a_plan_used_again_gives_the_same_receipt_and_sends_nothing(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    first = await applied(client, plan_id)
    door.sandbox.requests.clear()

    again = [await applied(client, plan_id), await applied(client, plan_id, accept=[])]

    assert again == [first, first]
    assert door.sandbox.requests == []


async def test_a_plan_used_again_by_a_server_started_anew_gives_the_same_receipt(
    door: FrontDoor, client: Client
) -> None:
    plan_id = await planned(client)
    first = await applied(client, plan_id)

    async with door.client(approval="human") as restarted:
        assert await applied(restarted, plan_id) == first

    assert door.sandbox.requests == []


async def test_a_plan_outlives_the_server_that_made_it(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)

    async with door.client() as restarted:
        assert (await applied(restarted, plan_id))["outcome"] == "applied"

    assert len(door.sent("PATCH")) == 1


async def test_a_declined_plan_is_dead(door: FrontDoor) -> None:
    async with door.client("auto", Person("decline")) as client:
        assert content_of(await client.call_tool("update_mapping", EDIT))["outcome"] == "declined"
    [(plan_id, status)] = rows(door, "SELECT id, status FROM plans")
    assert status == "declined"

    for person in (None, Person()):
        async with door.client("auto", person) as client:
            outcome = await applied(client, plan_id)
            assert outcome["outcome"] == "declined"
            assert door.sandbox.requests == []
        assert person is None or person.questions == []


async def test_a_plan_waits_ten_minutes_and_not_longer(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    [(body,)] = rows(door, "SELECT body FROM plans")
    plan = json.loads(body)
    assert plan["expires"] - plan["created"] == PLAN_SECONDS == 600
    door.sandbox.requests.clear()

    for approval in ("human", "host", "none"):
        person = Person()
        async with door.client("auto", person, approval=approval) as another:
            late(another, 601)
            result = await another.call_tool("apply_mapping_plan", {"plan_id": plan_id})
            assert result.is_error
            assert text_of(result) == "plan_id: this plan has expired. Call update_mapping again for a new one."
            assert door.sandbox.requests == []


async def test_a_plan_nearly_ten_minutes_old_is_applied(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)

    async with door.client() as another:
        late(another, 590)
        assert (await applied(another, plan_id))["outcome"] == "applied"


async def test_a_receipt_is_still_given_after_the_ten_minutes(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    first = await applied(client, plan_id)

    async with door.client() as another:
        late(another, 3600)
        assert await applied(another, plan_id) == first


@pytest.mark.parametrize("plan_id", ["plan_0", "", "../plan", "plan_" + "0" * 32, "ch_0", "é" * 80])
async def test_a_plan_that_is_not_there_is_one_error_that_does_not_repeat_its_name(
    door: FrontDoor, client: Client, plan_id: str
) -> None:
    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})

    assert result.is_error
    assert text_of(result).startswith("plan_id: there is no such plan.")
    assert not plan_id or plan_id not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize("plan_id", [7, True, None, ["plan_0"], "p" * 81], ids=lambda value: repr(value)[:20])
async def test_a_plan_id_of_a_wrong_form_is_one_error_that_names_the_field(
    door: FrontDoor, client: Client, plan_id: object
) -> None:
    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})

    assert result.is_error
    assert text_of(result).startswith("plan_id: ")
    assert text_of(result).count("plan_id:") == 1
    assert "pppp" not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize("accept", ["MAP303", [303], {"MAP303": True}, None, 1], ids=repr)
async def test_accept_of_a_wrong_form_is_one_error_that_names_the_field(
    door: FrontDoor, client: Client, accept: object
) -> None:
    for tool, arguments in (("apply_mapping_plan", {"plan_id": "plan_0"}), ("update_mapping", EDIT)):
        result = await client.call_tool(tool, arguments | {"accept": accept})
        assert result.is_error
        assert text_of(result).startswith("accept")
        assert "303" not in text_of(result)
    assert door.sandbox.requests == []


async def test_a_plan_of_another_organization_is_no_plan(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)

    async with door.client(organization_id="99999") as foreign:
        result = await foreign.call_tool("apply_mapping_plan", {"plan_id": plan_id})

    assert result.is_error
    assert text_of(result).startswith("plan_id: there is no such plan.")
    assert door.sandbox.requests == []


async def test_a_plan_of_another_caller_is_no_plan(
    door: FrontDoor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = await planned(client)
    door.sandbox.requests.clear()
    monkeypatch.setattr(apply_mapping_plan, "caller_of", lambda _: "somebody else")

    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})

    assert result.is_error
    assert text_of(result).startswith("plan_id: there is no such plan.")
    assert door.sandbox.requests == []


def another_value(plan: dict[str, Any]) -> None:
    plan["change"]["entries"][0]["after"] = "6666"


def another_integration(plan: dict[str, Any]) -> None:
    plan["edit"]["integration_id"] = "78804"


def a_later_end(plan: dict[str, Any]) -> None:
    plan["expires"] += 9999


def another_caller(plan: dict[str, Any]) -> None:
    plan["caller"] = "somebody else"


def an_accepted_rule(plan: dict[str, Any]) -> None:
    plan["accepted"] = ["MAP303"]


@pytest.mark.parametrize("alter", [another_value, another_integration, a_later_end, another_caller, an_accepted_rule])
async def test_an_altered_plan_is_no_plan(
    door: FrontDoor, client: Client, alter: Callable[[dict[str, Any]], None]
) -> None:
    plan_id = await planned(client)
    [(body,)] = rows(door, "SELECT body FROM plans WHERE id = ?", plan_id)
    plan = json.loads(body)
    alter(plan)
    Plan.model_validate(plan)
    rows(door, "UPDATE plans SET body = ? WHERE id = ?", json.dumps(plan, separators=(",", ":")), plan_id)
    door.sandbox.requests.clear()

    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})

    assert result.is_error
    assert text_of(result).startswith("plan_id: there is no such plan.")
    assert door.sandbox.requests == []


async def test_a_plan_renamed_in_the_state_file_is_no_plan(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    rows(door, "UPDATE plans SET id = 'plan_mine' WHERE id = ?", plan_id)
    door.sandbox.requests.clear()

    result = await client.call_tool("apply_mapping_plan", {"plan_id": "plan_mine"})

    assert result.is_error
    assert door.sandbox.requests == []


async def test_a_body_that_is_no_plan_is_no_plan(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    rows(door, "UPDATE plans SET body = '{}' WHERE id = ?", plan_id)

    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})

    assert text_of(result).startswith("plan_id: there is no such plan.")
    assert door.sent("PATCH") == []


async def test_an_entry_that_somebody_changed_since_the_plan_is_a_conflict_with_all_three_values(
    door: FrontDoor, client: Client
) -> None:
    plan_id = await planned(client)
    door.stored(XERO_UK, "account_code_mapping")[DESIGN] = "4999"

    outcome = await applied(client, plan_id)

    assert outcome["outcome"] == "conflict"
    assert outcome["differences"] == [{"key": DESIGN, "planned_from": "4010", "now": "4999", "wanted": "4030"}]
    assert "change_id" not in outcome
    assert door.sent("PATCH") == []
    assert await applied(client, plan_id) == outcome


async def test_an_entry_that_somebody_removed_since_the_plan_is_a_conflict(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    del door.stored(XERO_UK, "account_code_mapping")[DESIGN]

    outcome = await applied(client, plan_id)

    assert outcome["outcome"] == "conflict"
    assert outcome["differences"] == [{"key": DESIGN, "planned_from": "4010", "wanted": "4030"}]
    assert door.sent("PATCH") == []


async def test_what_somebody_changed_in_other_entries_since_the_plan_is_kept(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    stored = door.stored(XERO_UK, "account_code_mapping")
    stored["600203"] = "4999"
    stored["600402"] = "7400"
    del stored["600112"]
    expected = stored | {DESIGN: "4030"}

    outcome = await applied(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert door.stored(XERO_UK, "account_code_mapping") == expected
    assert door.sent("PATCH")[0].body["data"]["attributes"] == {"account_code_mapping": expected}


async def test_a_change_that_somebody_made_already_is_unchanged(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client)
    door.stored(XERO_UK, "account_code_mapping")[DESIGN] = "4030"

    outcome = await applied(client, plan_id)

    assert outcome["outcome"] == "unchanged"
    assert door.sent("PATCH") == []


async def test_half_of_a_plan_that_somebody_made_already_leaves_the_other_half(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client, set={"Design": "4030", "UX design": "4020"})
    door.stored(XERO_UK, "account_code_mapping")[DESIGN] = "4030"

    outcome = await applied(client, plan_id)

    assert outcome["outcome"] == "applied"
    assert door.stored(XERO_UK, "account_code_mapping")["600137"] == "4020"
    assert len(door.sent("PATCH")) == 1


async def test_a_default_that_somebody_changed_since_the_plan_is_a_conflict(door: FrontDoor, client: Client) -> None:
    plan_id = await planned(client, default="4010")
    door.sandbox.integrations[XERO_UK].attributes["account_code"] = "4090"

    outcome = await applied(client, plan_id, accept=["MAP403"])

    assert outcome["outcome"] == "conflict"
    assert {"key": "account_code", "planned_from": "4000", "now": "4090", "wanted": "4010"} in outcome["differences"]
    assert door.sent("PATCH") == []


def switch_off(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes["deactivated_at"] = "2026-10-02T00:00:00.000+00:00"


def disconnect(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes["connected_at"] = None


def other_organisation(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes["xero_organization_id"] = "another"


def other_company_file(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes["realm_id"] = "another"


def other_subsidiary(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].relationships["subsidiary"] = {"type": "subsidiaries", "id": "11871"}


def other_type(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes["integration_type_id"] = 2


@pytest.mark.parametrize(
    "change", [switch_off, disconnect, other_organisation, other_company_file, other_subsidiary, other_type]
)
async def test_nothing_is_sent_when_the_integration_is_no_longer_what_it_was(
    door: FrontDoor, client: Client, change: Callable[[FrontDoor], None]
) -> None:
    plan_id = await planned(client)
    change(door)

    outcome = await applied(client, plan_id)

    assert outcome["outcome"] == "blocked"
    assert [finding["rule"] for finding in outcome["findings"] if finding["severity"] == "block"]
    assert "change_id" not in outcome
    assert door.sent("PATCH") == []


async def test_an_integration_deleted_since_the_plan_is_an_error_and_nothing_is_sent(
    door: FrontDoor, client: Client
) -> None:
    plan_id = await planned(client)
    door.sandbox.delete("integrations", XERO_UK)

    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})

    assert result.is_error
    assert "list_integrations" in text_of(result)
    assert door.sent("PATCH") == []


async def test_a_key_archived_since_the_plan_is_not_passed_without_a_person(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=1000.0)
    started = functools.partialmethod(DirectoryReader.__init__, clock=lambda: clock.now)
    monkeypatch.setattr(DirectoryReader, "__init__", started)
    async with door.client() as client:
        plan_id = await planned(client)
        door.sandbox.archive("service_types", DESIGN)
        clock.now += 61

        outcome = await applied(client, plan_id)

    assert outcome["outcome"] == "blocked"
    assert "MAP303" in {finding["rule"] for finding in outcome["findings"]}
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("fault", ["status_500_before", "html", "wrong_record", "redirect", "not_json"])
async def test_a_read_that_fails_before_the_write_sends_nothing_and_the_plan_still_waits(
    door: FrontDoor, client: Client, fault: Any
) -> None:
    plan_id = await planned(client)
    door.sandbox.faults.append(Fault(kind=fault, method="GET", path=RECORD, times=3))

    result = await client.call_tool("apply_mapping_plan", {"plan_id": plan_id})
    assert result.is_error
    assert door.sent("PATCH") == []

    door.sandbox.faults.clear()
    assert (await applied(client, plan_id))["outcome"] == "applied"
    assert len(door.sent("PATCH")) == 1
