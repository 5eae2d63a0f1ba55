"""One set, one remove and one rejected edit for each mapping that Productive has."""

import json
from typing import Any

import pytest

from front_door import FrontDoor, content_of
from productive_integrations.providers import mappings_by_name
from productive_integrations.providers.markers import Records
from productive_integrations.sandbox import Sandbox
from productive_integrations.text import compact

pytestmark = pytest.mark.anyio

# Where a mapping's first two integrations have nothing in it, and where a planted mistake stands in the way.
FILLED: dict[str, tuple[str, dict[str, Any]]] = {
    # A text among whole numbers (WS-01) makes the hash mixed; a mixed one is a case of its own.
    "fortnox_account_mapping": ("80122", {"600112": 3040, "600131": 3041, "600203": 3042}),
    # A single entry cannot show that the others stay.
    "netsuite_relationship_mapping": ("82905", {"parent_company": "parent", "company": "customer"}),
}


def place_of(sandbox: Sandbox, mapping: str) -> tuple[str, dict[str, Any]]:
    """A connected, active integration with at least two entries in a mapping, and the live hash."""
    if mapping in FILLED:
        integration_id, entries = FILLED[mapping]
        sandbox.integrations[integration_id].attributes[mapping] = dict(entries)
    types = {home.type_id for home in mappings_by_name()[mapping]}
    candidates = [
        (record.id, record.attributes[mapping])
        for record in sandbox.integrations.values()
        if record.attributes["integration_type_id"] in types
        and record.attributes["connected_at"]
        and not record.attributes["deactivated_at"]
    ]
    best = max(candidates, key=lambda candidate: len(candidate[1] or ()))
    assert len(best[1]) > 1
    return best


def two_entries(entries: dict[str, Any]) -> tuple[str, str]:
    """A key to change, and one whose different value it is to get."""
    for key, value in entries.items():
        for other, another in entries.items():
            if str(value) != str(another) and str(another).strip() == str(another) != "":
                return key, other
    raise AssertionError("no two entries differ")


async def update(door: FrontDoor, integration_id: str, mapping: str, *edits: dict[str, Any]) -> list[dict[str, Any]]:
    """The edits in mode `none`, one after the other; what is to be confirmed is accepted once it was reported."""
    outcomes = []
    async with door.client(approval="none") as client:
        for edit in edits:
            sent, arguments = len(door.sent("PATCH")), {"integration_id": integration_id, "mapping": mapping} | edit
            outcome = content_of(await client.call_tool("update_mapping", arguments))
            rules = sorted({one["rule"] for one in outcome["findings"] if one["severity"] == "confirm"})
            if outcome["outcome"] == "blocked" and rules:
                assert len(door.sent("PATCH")) == sent
                outcome = content_of(await client.call_tool("update_mapping", arguments | {"accept": rules}))
            outcomes.append(outcome)
    return outcomes


EVERY = pytest.mark.parametrize("mapping", list(mappings_by_name()))


def test_there_are_29_mappings() -> None:
    assert len(mappings_by_name()) == 29


@EVERY
async def test_one_set_changes_that_entry_and_every_other_byte_stays(door: FrontDoor, mapping: str) -> None:
    integration_id, entries = place_of(door.sandbox, mapping)
    key, other = two_entries(entries)
    expected = compact({**entries, key: entries[other]})
    rest = json.dumps({**door.sandbox.integrations[integration_id].attributes, mapping: None})

    [outcome] = await update(door, integration_id, mapping, {"set": {key: str(entries[other])}})

    assert outcome["outcome"] == "applied", outcome
    assert compact(door.stored(integration_id, mapping)) == expected
    assert json.dumps({**door.sandbox.integrations[integration_id].attributes, mapping: None}) == rest
    assert len(door.sent("PATCH")) == 1
    assert door.sent("PATCH")[0].body["data"]["attributes"].keys() == {mapping}
    assert outcome["untouched"] == len(entries) - 1
    assert [row["key"] for row in outcome["changes"]] == [key]


@EVERY
async def test_one_remove_takes_that_entry_and_every_other_byte_stays(door: FrontDoor, mapping: str) -> None:
    integration_id, entries = place_of(door.sandbox, mapping)
    key = "30871" if mapping == "tax_rate_mapping" else next(iter(entries))
    expected = compact({name: value for name, value in entries.items() if name != key})

    [outcome] = await update(door, integration_id, mapping, {"remove": [key]})

    assert outcome["outcome"] == "applied", outcome
    assert compact(door.stored(integration_id, mapping)) == expected
    assert len(door.sent("PATCH")) == 1
    assert outcome["changes"][0]["after"] is None


@EVERY
async def test_a_rejected_edit_sends_nothing_and_changes_nothing(door: FrontDoor, mapping: str) -> None:
    integration_id, entries = place_of(door.sandbox, mapping)
    before, (key, value) = compact(entries), next(iter(entries.items()))
    facts = mappings_by_name()[mapping][0].mappings()[mapping]
    edits = {"MAP103": {"set": {key: " "}}}
    if isinstance(facts.key, Records):
        edits["MAP301"] = {"set": {"987654321": str(value)}}
    elif isinstance(facts.value, Records):
        edits["MAP301"] = {"set": {key: "987654321"}}

    outcomes = await update(door, integration_id, mapping, *edits.values())

    for rule, outcome in zip(edits, outcomes, strict=True):
        assert outcome["outcome"] == "blocked", outcome
        assert rule in {one["rule"] for one in outcome["findings"] if one["severity"] == "block"}
    assert door.sent("PATCH") == []
    assert compact(door.stored(integration_id, mapping)) == before
