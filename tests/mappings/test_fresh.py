import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from mcp import Client

from front_door import DESIGN, XERO_UK, FrontDoor, content_of
from mappings.workbench import ACCOUNTS, OTHER, STEADY, apply, client_through, intent_of, patching, plan, xero
from productive_integrations.mappings.fresh import is_behind
from productive_integrations.providers import Hash
from productive_integrations.sandbox.faults import FaultKind
from productive_integrations.schemas.edit import Change, DefaultChange, EntryChange
from productive_integrations.schemas.journal import Ending, RecordedChange
from productive_integrations.schemas.outcome import Outcome

pytestmark = pytest.mark.anyio
BASE = {"1": "4010", "2": "4020"}
CHANGE = Change(
    entries=(EntryChange(key="1", before="4010", after="4030"), EntryChange(key="2", before="4020")),
    default=DefaultChange(attribute="account_code", before="4000", after="4050"),
)


def recorded(outcome: Outcome = "applied", seen: Hash | None = None, seen_default: str | None = None) -> RecordedChange:
    intent = intent_of(CHANGE, BASE)
    ending = Ending(change_id="ch_1", outcome=outcome, seen=seen, seen_default=seen_default, at=1)
    return RecordedChange(seq=1, intent=intent, ending=ending)


@pytest.mark.parametrize(
    ("entries", "default", "behind"),
    [
        ({"1": "4030"}, "4050", False),
        ({"1": "4030", "7": "4070"}, "4050", False),
        (BASE, "4000", True),
        ({"1": "4030", "2": "4020"}, "4050", True),
        ({"1": "4099"}, "4050", True),
        ({"1": "4030"}, "4000", True),
        (None, "4050", True),
    ],
    ids=repr,
)
def test_a_read_is_behind_when_it_does_not_show_what_a_change_left(
    entries: object, default: str, *, behind: bool
) -> None:
    assert is_behind(xero(**{ACCOUNTS: entries, "account_code": default}), [recorded()]) is behind


def test_of_a_change_that_stored_something_else_that_is_what_a_read_must_show() -> None:
    left = recorded("not_stored", {"1": "4031", "2": "4020"}, "4000")

    assert not is_behind(xero(**{ACCOUNTS: {"1": "4031", "2": "4020"}, "account_code": "4000"}), [left])
    assert is_behind(xero(**{ACCOUNTS: {"1": "4030"}, "account_code": "4050"}), [left])


def test_a_change_that_was_refused_left_nothing() -> None:
    assert not is_behind(xero(**{ACCOUNTS: BASE, "account_code": "4000"}), [recorded("refused")])


async def test_a_plan_made_right_after_our_own_edit_sees_it_through_a_lagging_replica(door: FrontDoor) -> None:
    door.patience = replace(STEADY, floor=6)
    async with door.client() as client:
        assert (await apply(client, await plan(client)))["outcome"] == "applied"
        door.sandbox.switches.replica_lag = 1
        arguments = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {DESIGN: "4010"}}
        planned = content_of(await client.call_tool("update_mapping", arguments))

    assert planned["outcome"] == "approval_required"
    assert [(row["before"], row["after"]) for row in planned["changes"]] == [("4030", "4010")]


@pytest.mark.parametrize("approval", ["host", "none"])
async def test_an_edit_right_after_our_own_does_not_undo_it_through_a_lagging_replica(
    door: FrontDoor, approval: str
) -> None:
    door.patience = replace(STEADY, floor=6, lag=(0.5, 0.5, 0.5))
    other = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {OTHER: "4040"}}
    async with door.client() as client, door.client(approval=approval) as second:
        waiting = await plan(second, set={OTHER: "4040"}) if approval == "host" else ""
        assert (await apply(client, await plan(client)))["outcome"] == "applied"
        door.sandbox.switches.replica_lag = 1
        ended = await apply(second, waiting) if waiting else content_of(await second.call_tool("update_mapping", other))

    assert ended["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"
    assert door.stored(XERO_UK, ACCOUNTS)[OTHER] == "4040"


async def test_what_somebody_else_put_back_is_believed_once_no_replica_can_be_behind(door: FrontDoor) -> None:
    async with door.client() as client:
        assert (await apply(client, await plan(client)))["outcome"] == "applied"
        door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS][DESIGN] = "4010"
        arguments = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {DESIGN: "4010"}}
        planned = content_of(await client.call_tool("update_mapping", arguments))

    assert planned["outcome"] == "unchanged"


async def test_a_receipt_tells_how_long_somebody_elses_edit_could_get_lost(door: FrontDoor) -> None:
    async with door.client() as client:
        waiting = await plan(client, set={OTHER: "4040"})
        plan_id = await plan(client)
        door.sandbox.faults.append(patching("slow", seconds=0.3))
        outcome = await apply(client, plan_id)
        door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS][OTHER] = "4099"
        conflict = await apply(client, waiting)

    assert outcome["outcome"] == "applied"
    assert outcome["window_ms"] >= 300
    assert conflict["outcome"] == "conflict"
    assert "window_ms" not in conflict


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        (["ignored"], "not_stored"),
        (["drop_before"], "unknown"),
        ([], "applied"),
        (["drop_after"], "applied"),
    ],
    ids=repr,
)
async def test_what_was_there_before_is_not_taken_for_an_undo_that_never_landed(
    door: FrontDoor, faults: list[FaultKind], outcome: str
) -> None:
    door.patience = replace(STEADY, stale=1.2, lag=(0.5, 0.5, 0.5), call=2)

    def fall_behind(_: object) -> None:
        door.sandbox.switches.replica_lag = 1.1

    async with door.client() as client:
        edit = await apply(client, await plan(client))
        undo = content_of(await client.call_tool("undo_change", {"change_id": edit["change_id"]}))
        door.sandbox.faults.append(patching("foreign_edit_before", edit=fall_behind))
        door.sandbox.faults.extend(patching(kind) for kind in faults)
        ended = await apply(client, undo["plan_id"])

    assert ended["outcome"] == outcome
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == ("4010" if outcome == "applied" else "4030")
    assert len(door.sent()) == 2


class Rewritten(httpx.AsyncHTTPTransport):
    """The real way to the API, on which the attributes in the answer to every PATCH become others."""

    def __init__(self, attributes: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        super().__init__()
        self._attributes = attributes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if request.method != "PATCH":
            return response
        body = json.loads(await response.aread())
        sent = json.loads(request.content)["data"]["attributes"]
        kept = {name: value for name, value in body["data"]["attributes"].items() if name not in sent}
        body["data"]["attributes"] = kept | self._attributes(sent)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(json.dumps(body).encode()))


async def approved(client: Client, planned: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a plan whose findings a person has accepted."""
    rules = [finding["rule"] for finding in planned["findings"]]
    return content_of(await client.call_tool("apply_mapping_plan", {"plan_id": planned["plan_id"], "accept": rules}))


@pytest.mark.parametrize("answered", [lambda sent: sent, lambda _: {}], ids=["an echo", "without the mapping"])
async def test_an_answer_that_cannot_know_does_not_make_an_old_read_count(
    door: FrontDoor, answered: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    door.patience = replace(STEADY, stale=1.2, lag=(0.5, 0.5, 0.5), call=2)
    door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = {}

    def fall_behind(_: object) -> None:
        door.sandbox.switches.replica_lag = 1.1

    async with client_through(door, Rewritten(answered)) as client:
        first = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {DESIGN: "4030"}}
        edit = await approved(client, content_of(await client.call_tool("update_mapping", first)))
        undo = content_of(await client.call_tool("undo_change", {"change_id": edit["change_id"]}))
        door.sandbox.faults.append(patching("foreign_edit_before", edit=fall_behind))
        door.sandbox.faults.append(patching("ignored"))
        ended = await approved(client, undo)

    assert edit["outcome"] == "applied"
    assert ended["outcome"] == "not_stored"
    assert door.stored(XERO_UK, ACCOUNTS) == {DESIGN: "4030"}


async def test_an_answer_that_shows_the_write_makes_the_first_read_like_it_count(door: FrontDoor) -> None:
    door.patience = replace(STEADY, stale=30, lag=(30,))
    async with door.client() as client:
        plan_id = await plan(client)
        door.sandbox.requests.clear()
        ended = await apply(client, plan_id)

    assert ended["outcome"] == "applied"
    assert door.of_record(XERO_UK) == ["GET", "PATCH", "GET"]
