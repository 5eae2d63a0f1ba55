import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.session import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, Generation, Person, content_of, text_of
from processes import ENVELOPE, started
from productive_integrations.mappings.question import MAX_ROWS
from productive_integrations.sandbox import Fault

GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
EDIT: dict[str, Any] = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}
ACCOUNTS = "account_code_mapping"
RECORD = rf"/integrations/{XERO_UK}$"

pytestmark = pytest.mark.anyio


@pytest.fixture(name="client")
async def _client(door: FrontDoor) -> AsyncIterator[Client]:
    """A client in mode `none`, where a call carries the edit out by itself."""
    async with door.client(approval="none") as client:
        yield client


async def update(client: Client, **changed: Any) -> dict[str, Any]:
    """The edit made; in mode `none`, what is to be confirmed is accepted once it was reported."""
    edit = EDIT | changed
    outcome = content_of(await client.call_tool("update_mapping", edit))
    rules = {finding["rule"] for finding in outcome["findings"] if finding["severity"] == "confirm"}
    if outcome["outcome"] == "blocked" and rules and "accept" not in edit:
        return content_of(await client.call_tool("update_mapping", edit | {"accept": sorted(rules)}))
    return outcome


def blocked_by(outcome: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The findings that block, by rule."""
    assert outcome["outcome"] == "blocked"
    return {finding["rule"]: finding for finding in outcome["findings"] if finding["severity"] == "block"}


@GENERATIONS
async def test_a_persons_yes_applies_one_entry_and_leaves_every_other_as_it_was(
    door: FrontDoor, generation: Generation
) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    person = Person()

    async with door.client(generation, person) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert outcome["outcome"] == "applied"
    assert '"Design" (600131): "4010" → "4030"' in person.questions[0]
    assert door.stored(XERO_UK, ACCOUNTS) == before | {DESIGN: "4030"}
    assert list(door.stored(XERO_UK, ACCOUNTS)) == list(before)
    assert door.of_record(XERO_UK)[-3:] == ["GET", "PATCH", "GET"]
    assert len(door.sent("PATCH")) == 1
    assert door.sent("PATCH")[0].body == {
        "data": {
            "type": "integrations",
            "id": XERO_UK,
            "attributes": {ACCOUNTS: before | {DESIGN: "4030"}},
        }
    }


@GENERATIONS
@pytest.mark.parametrize("answer", ["no", "dismiss", "untick"])
async def test_a_persons_no_sends_nothing(door: FrontDoor, generation: Generation, answer: str) -> None:
    people = {"no": Person("decline"), "dismiss": Person("cancel"), "untick": Person("accept", {"apply": False})}
    async with door.client(generation, people[answer]) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert outcome["outcome"] == "declined"
    assert len(people[answer].questions) == 1
    assert door.sent("PATCH") == []


@GENERATIONS
async def test_in_mode_none_one_read_one_write_and_one_read_back_are_sent(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation, approval="none") as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert outcome["outcome"] == "applied"
    assert door.of_record(XERO_UK) == ["GET", "PATCH", "GET"]


async def test_a_name_in_any_case_and_an_id_mean_the_same_key(door: FrontDoor, client: Client) -> None:
    assert (await update(client, set={" deSIGN ": "4030"}))["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"

    assert (await update(client, set={DESIGN: "4010"}))["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4010"


async def test_set_and_remove_and_a_new_entry_are_one_write(door: FrontDoor, client: Client) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    new = next(
        one.id
        for one in door.sandbox.records["service_types"].values()
        if one.id not in before and not one.attributes["archived_at"]
    )

    outcome = await update(client, set={"Design": "4030", new: "4020"}, remove=["UX design"])

    expected = {key: value for key, value in before.items() if key != "600137"} | {DESIGN: "4030", new: "4020"}
    assert outcome["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS) == expected
    assert list(door.stored(XERO_UK, ACCOUNTS)) == list(expected)
    assert len(door.sent("PATCH")) == 1
    assert {row["key"]: (row.get("before"), row.get("after")) for row in outcome["changes"]} == {
        DESIGN: ("4010", "4030"),
        "600137": ("4010", None),
        new: (None, "4020"),
    }
    assert outcome["untouched"] == 38


async def test_a_default_goes_in_the_same_write_as_the_entries(door: FrontDoor, client: Client) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))

    outcome = await update(client, default="4010")

    assert outcome["outcome"] == "applied"
    assert len(door.sent("PATCH")) == 1
    assert door.sent("PATCH")[0].body["data"]["attributes"] == {
        ACCOUNTS: before | {DESIGN: "4030"},
        "account_code": "4010",
    }
    assert door.stored(XERO_UK, "account_code") == "4010"
    assert outcome["falls_back"]["default"] == "4010"
    assert outcome["changes"][-1] == {
        "key": "account_code",
        "key_name": "default",
        "before": "4000",
        "after": "4010",
    }


async def test_a_default_alone_changes_no_entry(door: FrontDoor, client: Client) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))

    assert (await update(client, set={}, default="4010"))["outcome"] == "applied"

    assert door.stored(XERO_UK, ACCOUNTS) == before
    assert door.stored(XERO_UK, "account_code") == "4010"
    assert len(door.sent("PATCH")) == 1


async def test_a_default_that_the_mapping_does_not_have_is_one_error(door: FrontDoor, client: Client) -> None:
    arguments = EDIT | {"mapping": "tax_rate_mapping", "set": {"31102": "OUTPUT2"}, "default": "CANARY"}
    result = await client.call_tool("update_mapping", arguments)

    assert result.is_error
    assert text_of(result).startswith("default: ")
    assert "CANARY" not in text_of(result)
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("edit", [{"set": {"Design": "4010"}}, {"set": {DESIGN: "4010"}, "default": "4000"}])
async def test_what_is_so_already_is_unchanged_and_no_write_is_sent(
    door: FrontDoor, client: Client, edit: dict[str, Any]
) -> None:
    outcome = await update(client, **edit)

    assert outcome["outcome"] == "unchanged"
    assert outcome["changes"] == []
    assert "change_id" not in outcome
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("approval", ["human", "host"])
async def test_what_is_so_already_asks_nobody(door: FrontDoor, approval: str) -> None:
    person = Person()
    async with door.client("auto", person, approval=approval) as client:
        outcome = await update(client, set={"Design": "4010"})

    assert outcome["outcome"] == "unchanged"
    assert "plan_id" not in outcome
    assert person.questions == []


async def test_an_entry_that_is_as_expected_is_changed(door: FrontDoor, client: Client) -> None:
    assert (await update(client, expect={"Design": "4010", "600203": "4030"}))["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"


@pytest.mark.parametrize("approval", ["host", "none"])
@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        ({"Design": "4999"}, (DESIGN, "4999", "4010")),
        ({DESIGN: "4030"}, (DESIGN, "4030", "4010")),
        ({"600203": "1"}, ("600203", "1", "4030")),
        ({"410000": "1"}, ("410000", "1", None)),
    ],
    ids=["by name", "by id", "another entry", "no entry"],
)
async def test_an_entry_that_is_not_as_expected_is_a_conflict_and_nothing_is_sent(
    door: FrontDoor, approval: str, expect: dict[str, str], difference: tuple[str, str, str | None]
) -> None:
    person = Person()
    async with door.client("auto", person, approval=approval) as client:
        outcome = await update(client, expect=expect)

    assert outcome["outcome"] == "conflict"
    assert [(one["key"], one["planned_from"], one.get("now")) for one in outcome["differences"]] == [difference]
    assert person.questions == []
    assert door.sent("PATCH") == []


async def test_a_conflict_says_what_was_wanted_though_set_and_expect_name_the_key_differently(client: Client) -> None:
    outcome = await update(client, expect={DESIGN: "4999"})

    assert outcome["differences"] == [{"key": DESIGN, "planned_from": "4999", "now": "4010", "wanted": "4030"}]


async def test_a_name_of_two_records_is_blocked_with_both_as_candidates(door: FrontDoor, client: Client) -> None:
    outcome = await update(client, set={"Community management": "4050"})

    finding = blocked_by(outcome)["MAP302"]
    assert finding["field"] == "set.Community management"
    assert "614080" in finding["fix"]
    assert "629510" in finding["fix"]
    assert door.sent("PATCH") == []


async def test_a_value_of_two_records_is_blocked_with_both_as_candidates_and_their_pipelines(
    door: FrontDoor, client: Client
) -> None:
    edit = {"integration_id": "76650", "mapping": "hubspot_stages_mapping", "set": {"contractsent": "Negotiation"}}
    outcome = await update(client, **edit)

    fix = blocked_by(outcome)["MAP302"]["fix"]
    assert "204893" in fix
    assert "New business" in fix
    assert "219345" in fix
    assert "Partnerships" in fix
    assert door.sent("PATCH") == []


@pytest.mark.parametrize(
    ("integration_id", "edit", "rule"),
    [
        (XERO_UK, {"set": {"Desing": "4030"}}, "MAP301"),
        (XERO_UK, {"set": {"123456789": "4030"}}, "MAP301"),
        (XERO_UK, {"remove": ["no such service"], "set": {}}, "MAP301"),
        (XERO_UK, {"set": {"Design": "12345678901"}}, "MAP101"),
        (XERO_UK, {"set": {"Design": ""}}, "MAP103"),
        (XERO_UK, {"set": {"Design": "   "}}, "MAP103"),
        (XERO_UK, {"set": {"Design": "4030 "}}, "MAP104"),
        (XERO_UK, {"set": {"Design": "40\u200b30"}}, "MAP104"),
        (XERO_UK, {"set": {"Design": "4030", DESIGN: "4020"}}, "MAP601"),
        (XERO_UK, {"set": {"Design": "4030"}, "remove": [DESIGN]}, "MAP601"),
        (XERO_UK, {"mapping": "tax_rate_mapping", "set": {}, "remove": ["31109"]}, "MAP401"),
        (XERO_UK, {"mapping": "item_mapping"}, "MAP001"),
        ("61930", {"mapping": "item_mapping", "set": {"Design": "19"}}, "MAP002"),
        ("91077", {"mapping": "fortnox_account_mapping", "set": {"Design": "3040"}}, "MAP003"),
    ],
    ids=lambda cell: str(cell)[:40].encode("ascii", "replace").decode(),
)
@pytest.mark.parametrize("approval", ["human", "none"])
async def test_what_a_rule_forbids_is_blocked_asks_nobody_and_sends_nothing(
    door: FrontDoor, approval: str, integration_id: str, edit: dict[str, Any], rule: str
) -> None:
    person = Person()
    async with door.client("auto", person, approval=approval) as client:
        outcome = await update(client, integration_id=integration_id, **edit)
        assert rule in blocked_by(outcome)
        again = await update(client, integration_id=integration_id, **edit, accept=[rule])

    assert again["outcome"] == "blocked"
    assert "plan_id" not in outcome
    assert person.questions == []
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("form", ["text", "list", "nested"])
async def test_a_mapping_that_is_no_plain_hash_is_blocked(door: FrontDoor, client: Client, form: str) -> None:
    forms = {"text": '{"600131": "4010"}', "list": [["600131", "4010"]], "nested": {"600131": {"code": "4010"}}}
    door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS] = forms[form]

    outcome = await update(client)

    assert "MAP203" in blocked_by(outcome)
    assert door.sent("PATCH") == []
    assert door.stored(XERO_UK, ACCOUNTS) == forms[form]


async def test_whole_numbers_stay_whole_numbers(door: FrontDoor, client: Client) -> None:
    edit = {"integration_id": "80122", "mapping": "fortnox_account_mapping", "set": {"Design": "3040"}}
    stored = door.stored("80122", "fortnox_account_mapping")
    stored.pop("600125")
    before = dict(stored)
    assert all(isinstance(value, int) for value in before.values())

    outcome = await update(client, **edit)

    assert outcome["outcome"] == "applied"
    assert door.stored("80122", "fortnox_account_mapping") == before | {DESIGN: 3040}
    assert json.dumps(door.stored("80122", "fortnox_account_mapping")) == json.dumps(before | {DESIGN: 3040})
    row = outcome["changes"][0]
    assert (row["before"], row["after"]) == ("3041", "3040")


async def test_ids_stored_as_numbers_stay_numbers_on_the_value_side(door: FrontDoor, client: Client) -> None:
    edit = {
        "integration_id": "89915",
        "mapping": "salesforce_product_family_mapping",
        "set": {"Advisory": "Design"},
    }
    before = dict(door.stored("89915", "salesforce_product_family_mapping"))

    outcome = await update(client, **edit)

    assert outcome["outcome"] == "applied"
    assert json.dumps(door.stored("89915", "salesforce_product_family_mapping")) == json.dumps(
        before | {"Advisory": int(DESIGN)}
    )
    assert outcome["changes"][0]["after_name"] == "Design"


async def test_codes_with_a_leading_zero_stay_text(door: FrontDoor, client: Client) -> None:
    edit = {"mapping": "expense_account_code_mapping", "set": {"Travel": "0510"}}

    assert (await update(client, **edit))["outcome"] == "applied"

    assert door.stored(XERO_UK, "expense_account_code_mapping")["600402"] == "0510"


async def test_an_archived_key_that_is_stored_can_be_removed(door: FrontDoor, client: Client) -> None:
    orders = "purchase_order_account_code_mapping"

    assert (await update(client, mapping=orders, set={}, remove=["582330"]))["outcome"] == "applied"

    assert "582330" not in door.stored(XERO_UK, orders)


async def test_a_key_without_a_record_that_is_stored_can_be_removed(door: FrontDoor, client: Client) -> None:
    edit = {"integration_id": "79216", "mapping": "item_mapping", "set": {}, "remove": ["598710"]}

    assert (await update(client, **edit))["outcome"] == "applied"

    assert "598710" not in door.stored("79216", "item_mapping")


async def test_a_record_made_a_moment_ago_is_found_by_its_name(door: FrontDoor, client: Client) -> None:
    assert (await update(client, set={"Design": "4030"}))["outcome"] == "applied"
    new = door.sandbox.add("service_types", name="Podcasts")
    object.__setattr__(_services(client).directory, "_clock", lambda: 1e9)

    assert (await update(client, set={"Podcasts": "4020"}))["outcome"] == "applied"

    assert door.stored(XERO_UK, ACCOUNTS)[new] == "4020"


def _services(client: Client) -> Any:
    server: Any = client.server
    return server.services


# What Productive makes of a write.


async def test_a_200_that_stores_nothing_is_not_stored(door: FrontDoor, client: Client) -> None:
    before = dict(door.stored(XERO_UK, ACCOUNTS))
    door.sandbox.faults.append(Fault(kind="ignored", method="PATCH"))

    outcome = await update(client)

    assert outcome["outcome"] == "not_stored"
    assert outcome["change_id"]
    assert "as it was" in outcome["next"]
    assert outcome["differences"] == [{"key": DESIGN, "planned_from": "4010", "now": "4010", "wanted": "4030"}]
    assert door.stored(XERO_UK, ACCOUNTS) == before
    assert len(door.sent("PATCH")) == 1


async def test_an_attribute_that_is_not_accepted_is_not_stored(door: FrontDoor, client: Client) -> None:
    door.sandbox.switches.ignored_attributes = {ACCOUNTS}

    assert (await update(client))["outcome"] == "not_stored"
    assert len(door.sent("PATCH")) == 1


async def test_a_default_that_is_not_accepted_is_not_stored_although_the_entry_is(
    door: FrontDoor, client: Client
) -> None:
    door.sandbox.switches.ignored_attributes = {"account_code"}

    outcome = await update(client, default="4010")

    assert outcome["outcome"] == "not_stored"
    assert outcome["differences"] == [
        {"key": "account_code", "planned_from": "4000", "now": "4000", "wanted": "4010"},
    ]


async def test_a_merge_instead_of_a_replacement_is_not_stored_with_what_stayed(door: FrontDoor, client: Client) -> None:
    door.sandbox.switches.patch_mode = "merge"

    outcome = await update(client, set={"Design": "4030"}, remove=["UX design"])

    assert outcome["outcome"] == "not_stored"
    assert outcome["differences"] == [{"key": "600137", "planned_from": "4010", "now": "4010"}]
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"
    assert len(door.sent("PATCH")) == 1


async def test_a_merge_that_comes_to_the_same_is_applied(door: FrontDoor, client: Client) -> None:
    door.sandbox.switches.patch_mode = "merge"

    assert (await update(client))["outcome"] == "applied"


async def test_a_value_stored_in_another_form_is_not_stored(door: FrontDoor, client: Client) -> None:
    door.sandbox.switches.normalise = "strip_zeros"

    outcome = await update(client, mapping="expense_account_code_mapping", set={"Travel": "0510"})

    assert outcome["outcome"] == "not_stored"
    assert {"key": "600402", "planned_from": "7400", "now": "510", "wanted": "0510"} in outcome["differences"]


@GENERATIONS
@pytest.mark.parametrize("status", [401, 403, 404, 405, 422])
async def test_a_write_that_productive_refuses_is_refused_with_the_steps_by_hand(
    door: FrontDoor, generation: Generation, status: Any
) -> None:
    door.sandbox.switches.patch_refusal = status
    before = dict(door.stored(XERO_UK, ACCOUNTS))

    async with door.client(generation, approval="none") as client:
        outcome = await update(client)

    assert outcome["outcome"] == "refused"
    assert outcome["change_id"]
    steps = " ".join(outcome["manual_steps"])
    assert "Settings > App marketplace > Xero" in steps
    assert f'"Xero UK" (id {XERO_UK})' in steps
    assert f'Set "Design" ({DESIGN}) to "4030".' in outcome["manual_steps"]
    assert door.stored(XERO_UK, ACCOUNTS) == before
    assert len(door.sent("PATCH")) == 1


async def test_the_steps_by_hand_name_removals_and_the_default(door: FrontDoor, client: Client) -> None:
    door.sandbox.switches.patch_refusal = 405

    outcome = await update(client, set={}, remove=["UX design"], default="4010")

    assert outcome["outcome"] == "refused"
    assert 'Remove "UX design" (600137).' in outcome["manual_steps"]
    assert 'Set "default" (account_code) to "4010".' in outcome["manual_steps"]


async def test_somebody_elses_change_of_another_entry_just_before_the_read_is_kept(
    door: FrontDoor, client: Client
) -> None:
    door.sandbox.faults.append(
        Fault(kind="foreign_edit_before", method="GET", path=RECORD, edit={ACCOUNTS: {"600203": "4999"}})
    )

    assert (await update(client))["outcome"] == "applied"

    assert door.stored(XERO_UK, ACCOUNTS)["600203"] == "4999"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"


async def test_somebody_elses_change_between_write_and_read_back_is_not_called_applied(
    door: FrontDoor, client: Client
) -> None:
    door.sandbox.faults.append(
        Fault(kind="foreign_edit_after", method="PATCH", path=RECORD, edit={ACCOUNTS: {"600203": "4999"}})
    )

    outcome = await update(client)

    assert outcome["outcome"] == "not_stored"
    assert outcome["differences"] == [{"key": "600203", "planned_from": "4030", "now": "4999", "wanted": "4030"}]
    assert "Your entries are stored" in outcome["next"]
    assert len(door.sent("PATCH")) == 1


async def test_an_entry_changed_while_the_person_thought_is_a_conflict(door: FrontDoor) -> None:
    class Slow(Person):
        async def answer(self, *question: Any) -> Any:
            door.stored(XERO_UK, ACCOUNTS)[DESIGN] = "4999"
            return await super().answer(*question)

    for generation in ("auto", "legacy"):
        door.stored(XERO_UK, ACCOUNTS)[DESIGN] = "4010"
        async with door.client(generation, Slow()) as client:
            outcome = await update(client)
        assert outcome["outcome"] == "conflict"
        assert outcome["differences"][0]["now"] == "4999"
        assert door.sent("PATCH") == []


async def test_a_value_that_changed_while_the_person_thought_is_asked_about_anew_though_another_plan_has_it(
    door: FrontDoor,
) -> None:
    others = [key for key, code in door.stored(XERO_UK, ACCOUNTS).items() if code != "4030"]
    entries = dict.fromkeys(others[: MAX_ROWS + 5], "4030")
    last = list(entries)[-1]

    class Slow(Person):
        async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
            if not self.questions:
                door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS][last] = "4050"
                async with door.client() as other:
                    await other.call_tool("update_mapping", EDIT | {"set": entries})
            return await super().answer(context, params)

    person = Slow()
    async with door.client("auto", person) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT | {"set": entries}))

    assert [last in question for question in person.questions] == [False, False]
    assert outcome["outcome"] == "applied"
    assert {row["key"]: row["before"] for row in outcome["changes"]}[last] == "4050"


def test_an_answer_that_is_sent_again_gives_the_receipt_and_never_a_second_write(
    door: FrontDoor, tmp_path: Path
) -> None:
    meta = {"_meta": ENVELOPE | {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}}}}
    call = {"name": "update_mapping", "arguments": EDIT} | meta
    with started(tmp_path / "errors", **door.named_settings(approval="human")) as wire:
        asked = wire.ask("tools/call", **call)["result"]
        yes = {name: {"action": "accept", "content": {"apply": True}} for name in asked["inputRequests"]}
        answered = call | {"requestState": asked["requestState"], "inputResponses": yes}
        first = wire.ask("tools/call", **answered)["result"]["structuredContent"]
        at_once = wire.ask("tools/call", **answered)["result"]["structuredContent"]
        door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS][DESIGN] = "4010"
        after_somebody_set_it_back = wire.ask("tools/call", **answered)["result"]["structuredContent"]

    assert first["outcome"] == "applied"
    assert at_once == after_somebody_set_it_back == first
    assert len(door.sent()) == 1
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4010"


async def test_an_integration_switched_off_while_the_person_thought_is_left_alone(door: FrontDoor) -> None:
    class Slow(Person):
        async def answer(self, *question: Any) -> Any:
            door.sandbox.integrations[XERO_UK].attributes["deactivated_at"] = "2026-10-02T00:00:00.000+00:00"
            return await super().answer(*question)

    for generation in ("auto", "legacy"):
        door.sandbox.integrations[XERO_UK].attributes["deactivated_at"] = None
        async with door.client(generation, Slow()) as client:
            outcome = await update(client)
        assert "MAP002" in blocked_by(outcome)
        assert door.sent("PATCH") == []


async def test_the_other_integration_of_the_type_is_not_touched(door: FrontDoor, client: Client) -> None:
    before = json.dumps(door.sandbox.integrations[XERO_NL].attributes)

    assert (await update(client))["outcome"] == "applied"

    assert json.dumps(door.sandbox.integrations[XERO_NL].attributes) == before


# Arguments.

WRONG_IDS: tuple[object, ...] = (
    "../people",
    "12\n",
    "\uff11\uff12",
    "",
    "0",
    "007",
    " 12",
    "12/sync",
    "1" * 20,
    True,
    1.0,
    0,
    -4,
    None,
    ["1"],
    {},
)


@pytest.mark.parametrize("approval", ["host", "none"])
async def test_an_id_that_is_no_id_is_one_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, approval: str
) -> None:
    async with door.client(approval=approval) as client:
        for value in WRONG_IDS:
            result = await client.call_tool("update_mapping", EDIT | {"integration_id": value})

            assert result.is_error, value
            assert text_of(result).startswith("integration_id: ")
            assert text_of(result).count("integration_id:") == 1
            assert "people" not in text_of(result)
            assert "\uff11\uff12" not in text_of(result)
    assert door.sandbox.requests == []


async def test_an_id_may_be_an_integer(door: FrontDoor, client: Client) -> None:
    assert (await update(client, integration_id=int(XERO_UK)))["outcome"] == "applied"
    assert len(door.sent("PATCH")) == 1


WRONG: list[tuple[str, object]] = [
    ("mapping", "CANARY"),
    ("mapping", "account_code"),
    ("mapping", ""),
    ("mapping", 77312),
    ("mapping", "C" * 201),
    ("set", "CANARY"),
    ("set", ["CANARY"]),
    ("set", {"Design": 77312}),
    ("set", {"Design": None}),
    ("set", {"Design": ["CANARY"]}),
    ("set", {"Design": "C" * 1001}),
    ("set", {"C" * 201: "4030"}),
    ("set", {str(number): "77312" for number in range(501)}),
    ("set", {}),
    ("remove", "CANARY"),
    ("remove", [77312]),
    ("remove", ["C" * 201]),
    ("remove", {"CANARY": 1}),
    ("expect", "CANARY"),
    ("expect", {"Design": 77312}),
    ("default", 77312),
    ("default", ["CANARY"]),
    ("default", "C" * 1001),
    ("reason", 77312),
    ("reason", "C" * 501),
]


@pytest.mark.parametrize("approval", ["host", "none"])
async def test_a_wrong_value_is_one_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, approval: str
) -> None:
    async with door.client(approval=approval) as client:
        for argument, value in WRONG:
            result = await client.call_tool("update_mapping", EDIT | {argument: value})

            assert result.is_error, argument
            assert text_of(result).startswith(argument)
            assert len(text_of(result)) < 400
            for echo in ("CANARY", "77312", "CCCCCCCCCC" * 5):
                assert echo not in text_of(result)
    assert door.sandbox.requests == []


@pytest.mark.parametrize("missing", ["integration_id", "mapping"])
async def test_without_a_required_argument_the_error_names_it(door: FrontDoor, client: Client, missing: str) -> None:
    result = await client.call_tool("update_mapping", {name: EDIT[name] for name in EDIT if name != missing})

    assert result.is_error
    assert text_of(result) == f"{missing}: it is required."
    assert door.sandbox.requests == []


async def test_a_misspelt_mapping_is_answered_with_the_one_meant(door: FrontDoor, client: Client) -> None:
    result = await client.call_tool("update_mapping", EDIT | {"mapping": "acount_code_mapping"})

    assert result.is_error
    assert "account_code_mapping" in text_of(result)
    assert "acount_code" not in text_of(result)
    assert door.sandbox.requests == []


async def test_an_unknown_integration_is_an_error_and_nothing_is_sent(door: FrontDoor, client: Client) -> None:
    result = await client.call_tool("update_mapping", EDIT | {"integration_id": "99999"})

    assert result.is_error
    assert "list_integrations" in text_of(result)
    assert door.sent("PATCH") == []


async def test_500_entries_are_one_write(door: FrontDoor, client: Client) -> None:
    ids = [door.sandbox.add("service_types", name=f"Service {number:03}") for number in range(500)]
    before = dict(door.stored(XERO_UK, ACCOUNTS))

    outcome = await update(client, set=dict.fromkeys(ids, "4010"))

    assert outcome["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS) == before | dict.fromkeys(ids, "4010")
    assert len(door.sent("PATCH")) == 1


async def test_an_expected_value_may_be_named(door: FrontDoor, client: Client) -> None:
    edit = {"integration_id": "76650", "mapping": "hubspot_stages_mapping"}
    stages = door.stored("76650", "hubspot_stages_mapping")
    key, stored = next(iter(stages.items()))
    name = door.sandbox.records["deal_statuses"][stored].attributes["name"]

    outcome = await update(client, **edit, set={key: stored}, expect={key: name})

    assert outcome["outcome"] == "unchanged"
    outcome = await update(client, **edit, set={key: stored}, expect={key: "Nobody calls it so"})
    assert outcome["outcome"] == "conflict"


async def test_a_removal_by_a_name_that_two_have_means_the_one_with_an_entry(door: FrontDoor, client: Client) -> None:
    archived = "582330"
    name = door.sandbox.records["service_types"][archived].attributes["name"]
    door.sandbox.add("service_types", name=name)
    door.stored(XERO_UK, ACCOUNTS)[archived] = "4010"

    outcome = await update(client, set={}, remove=[name])

    assert outcome["outcome"] == "applied"
    assert archived not in door.stored(XERO_UK, ACCOUNTS)


async def test_a_name_is_known_however_its_accent_is_written(door: FrontDoor, client: Client) -> None:
    key = door.sandbox.add("service_types", name="Cafe\u0301")

    outcome = await update(client, set={"Caf\u00e9": "4030"})

    assert [row["key"] for row in outcome["changes"]] == [key]


async def test_a_person_is_shown_the_names_of_codes_of_fields_and_of_a_default(door: FrontDoor, tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    rows = [f"{XERO_UK},account,{code},{name},REVENUE,true" for code, name in (("4030", "Build"), ("4020", "Fees"))]
    chart = "\n".join(["integration_id,kind,code,name,class,active", *rows])
    (tmp_path / "charts" / "uk.csv").write_text(chart, encoding="utf-8")
    person = Person("decline")
    async with door.client("auto", person, charts=str(tmp_path / "charts")) as client:
        await client.call_tool("update_mapping", EDIT | {"default": "4020"})

    (question,) = person.questions
    assert '"Design" (600131): "4010" → "4030" ("Build")' in question
    assert '"default" (account_code): "4000" → "4020" ("Fees")' in question


async def test_who_closes_the_question_is_not_told_to_have_said_no(door: FrontDoor) -> None:
    async with door.client("auto", Person("cancel")) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert outcome["outcome"] == "declined"
    assert "closed the question without an answer" in outcome["next"]
    assert door.sent() == []


async def test_accepting_a_rule_passes_no_finding_of_it_that_was_not_told(door: FrontDoor, client: Client) -> None:
    archived, live = "600137", "600144"
    services = door.sandbox.records["service_types"]
    services[archived].attributes["archived_at"] = "2026-01-01T00:00:00.000+00:00"
    edit = EDIT | {"set": {archived: "4020", live: "4020"}}
    first = content_of(await client.call_tool("update_mapping", edit))
    services[live].attributes["archived_at"] = "2026-01-01T00:00:00.000+00:00"
    async with door.client(approval="none") as restarted:
        second = content_of(await restarted.call_tool("update_mapping", edit | {"accept": ["MAP303"]}))
        third = content_of(await restarted.call_tool("update_mapping", edit | {"accept": ["MAP303"]}))

    assert [finding["field"] for finding in first["findings"]] == [f"set.{archived}"]
    assert (second["outcome"], third["outcome"]) == ("blocked", "applied")
    assert len(door.sent()) == 1


async def test_an_id_to_remove_is_never_taken_for_the_name_of_another(door: FrontDoor, client: Client) -> None:
    unmapped = door.sandbox.add("service_types", name="A new one")
    called_like_it = door.sandbox.add("service_types", name=unmapped)
    door.stored(XERO_UK, ACCOUNTS)[called_like_it] = "4010"

    outcome = await update(client, set={}, remove=[unmapped])

    assert outcome["outcome"] == "unchanged"
    assert door.stored(XERO_UK, ACCOUNTS)[called_like_it] == "4010"
