"""Who may say yes, in every mode, for every kind of client."""

from typing import Any

import pytest

from front_door import DESIGN, XERO_UK, FrontDoor, Generation, Person, content_of, text_of
from productive_integrations.tools.base import Approval

pytestmark = pytest.mark.anyio
EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}

TABLE: list[tuple[Approval, bool, str, str | None, int]] = [
    # mode, the client can ask, update_mapping says, then apply_mapping_plan says, PATCHes in all
    ("human", True, "applied", None, 1),
    ("human", False, "approval_required", "approval_required", 0),
    ("host", True, "applied", None, 1),
    ("host", False, "approval_required", "applied", 1),
    ("none", True, "applied", None, 1),
    ("none", False, "applied", None, 1),
]


@pytest.mark.parametrize("generation", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("approval", "asks", "said", "then_said", "patches"), TABLE, ids=lambda cell: str(cell).replace("_", "-")
)
async def test_an_edit_is_applied_only_with_the_approval_that_its_mode_asks_for(
    door: FrontDoor,
    generation: Generation,
    approval: Approval,
    said: str,
    then_said: str | None,
    patches: int,
    *,
    asks: bool,
) -> None:
    person = Person() if asks else None
    before = dict(door.stored(XERO_UK, "account_code_mapping"))

    async with door.client(generation, person, approval=approval) as client:
        first = content_of(await client.call_tool("update_mapping", EDIT))
        assert first["outcome"] == said
        assert ("change_id" in first) is (said == "applied")
        if then_said:
            plan = {"plan_id": first["plan_id"]}
            assert content_of(await client.call_tool("apply_mapping_plan", plan))["outcome"] == then_said

    assert len(door.sent("PATCH")) == patches
    assert door.stored(XERO_UK, "account_code_mapping") == before | ({DESIGN: "4030"} if patches else {})
    assert len(person.questions if person else []) == (asks and approval != "none")


@pytest.mark.parametrize("generation", ["auto", "legacy"])
@pytest.mark.parametrize("approval", ["human", "host"])
async def test_a_no_applies_nothing_in_any_mode_that_asks_and_kills_the_plan(
    door: FrontDoor, generation: Generation, approval: Approval
) -> None:
    async with door.client(generation, Person("decline"), approval=approval) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert outcome["outcome"] == "declined"
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("generation", ["auto", "legacy"])
async def test_an_answer_that_is_neither_yes_nor_no_applies_nothing_and_says_so(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation, Person(content={"apply": "maybe"})) as client:
        answer = await client.call_tool("update_mapping", EDIT)

    assert answer.is_error
    assert text_of(answer) == "The answer to the question was neither a yes nor a no, so nothing was sent. Call again."
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("generation", ["auto", "legacy"])
@pytest.mark.parametrize("said", ["yes", "no", "untick"])
async def test_in_mode_human_a_plan_called_for_is_put_to_the_person(
    door: FrontDoor, generation: Generation, said: str
) -> None:
    yes = said == "yes"
    answer = Person("decline") if said == "no" else Person("accept", {"apply": yes})
    async with door.client(generation, approval="human") as client:
        plan = {"plan_id": content_of(await client.call_tool("update_mapping", EDIT))["plan_id"]}

    async with door.client(generation, answer, approval="human") as client:
        outcome = content_of(await client.call_tool("apply_mapping_plan", plan))

    assert outcome["outcome"] == ("applied" if yes else "declined")
    assert len(answer.questions) == 1
    assert '"4010" → "4030"' in answer.questions[0]
    assert len(door.sent("PATCH")) == yes


@pytest.mark.parametrize("generation", ["auto", "legacy"])
async def test_a_client_that_cannot_ask_never_applies_in_mode_human_however_often_it_calls(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation, approval="human") as client:
        plan_ids = [content_of(await client.call_tool("update_mapping", EDIT))["plan_id"] for _ in range(2)]
        for plan_id in (*plan_ids, *plan_ids):
            outcome = content_of(await client.call_tool("apply_mapping_plan", {"plan_id": plan_id}))
            assert outcome["outcome"] == "approval_required"
        accepted = await client.call_tool("update_mapping", EDIT | {"accept": ["MAP303"]})
        assert content_of(accepted)["outcome"] == "approval_required"

    assert door.sent("PATCH") == []


async def test_the_question_shows_the_difference_what_stays_and_what_falls_back_and_the_reason(door: FrontDoor) -> None:
    person = Person()
    entries = len(door.stored(XERO_UK, "account_code_mapping"))
    edit = EDIT | {"set": {"Design": "4030"}, "remove": ["UX design"], "reason": "moved to \u202ecreative"}

    async with door.client("auto", person) as client:
        await client.call_tool("update_mapping", edit)

    question = person.questions[0]
    for part in (
        "Change account_code_mapping of",
        '"Xero UK" (Xero, id 74211)',
        f'"Design" ({DESIGN}): "4010" → "4030"',
        '"UX design" (600137): "4010" → no entry',
        f"{entries - 2} other entries stay as they are.",
        'without an entry use the default "4000"',
    ):
        assert part in question
    assert "creative" in question
    assert "\u202e" not in question


async def test_the_question_shows_what_is_to_be_confirmed(door: FrontDoor) -> None:
    person = Person("decline")

    async with door.client("auto", person) as client:
        await client.call_tool("update_mapping", EDIT | {"set": {"582330": "4020"}})

    assert "Please confirm (MAP303)" in person.questions[0]


CONFIRM: dict[str, Any] = {
    "integration_id": XERO_UK,
    "mapping": "account_code_mapping",
    "set": {"582330": "4020"},
}
"""Print design is archived, so a person has to confirm (MAP303)."""


def confirmed(outcome: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in outcome["findings"] if finding["severity"] == "confirm"}


async def test_in_mode_none_what_asks_to_be_confirmed_is_blocked_until_it_is_accepted(door: FrontDoor) -> None:
    async with door.client(approval="none") as client:
        blocked = content_of(await client.call_tool("update_mapping", CONFIRM))
        assert blocked["outcome"] == "blocked"
        assert "MAP303" in confirmed(blocked)
        assert "MAP303" in blocked["next"]
        assert door.sent("PATCH") == []

        rules = sorted(confirmed(blocked))
        applied = content_of(await client.call_tool("update_mapping", CONFIRM | {"accept": rules}))

    assert applied["outcome"] == "applied"
    assert len(door.sent("PATCH")) == 1
    assert door.stored(XERO_UK, "account_code_mapping")["582330"] == "4020"


async def test_in_mode_none_naming_a_rule_on_the_first_call_passes_nothing(door: FrontDoor) -> None:
    edit = CONFIRM | {"accept": ["MAP303"]}
    async with door.client(approval="none") as client:
        assert content_of(await client.call_tool("update_mapping", edit))["outcome"] == "blocked"
        assert door.sent("PATCH") == []
        again = content_of(await client.call_tool("update_mapping", edit))

    assert again["outcome"] == "applied"


@pytest.mark.parametrize(
    "other",
    [
        {"set": {"582330": "4030"}},
        {"set": {"582330": "4020", DESIGN: "4020"}},
        {"integration_id": "78804"},
        {"default": "4010"},
        {"remove": [DESIGN]},
    ],
    ids=["value", "one more", "integration", "default", "removal"],
)
async def test_in_mode_none_what_was_reported_for_another_edit_passes_nothing(
    door: FrontDoor, other: dict[str, Any]
) -> None:
    async with door.client(approval="none") as client:
        assert content_of(await client.call_tool("update_mapping", CONFIRM))["outcome"] == "blocked"
        outcome = content_of(await client.call_tool("update_mapping", CONFIRM | other | {"accept": ["MAP303"]}))

    assert outcome["outcome"] == "blocked"
    assert door.sent("PATCH") == []


async def test_in_mode_none_accepting_one_of_two_rules_passes_nothing(door: FrontDoor) -> None:
    edit = CONFIRM | {"default": "4010"}
    async with door.client(approval="none") as client:
        blocked = content_of(await client.call_tool("update_mapping", edit))
        assert {"MAP303", "MAP403"} <= confirmed(blocked)
        outcome = content_of(await client.call_tool("update_mapping", edit | {"accept": ["MAP303"]}))

    assert outcome["outcome"] == "blocked"
    assert "MAP403" in outcome["next"]
    assert "MAP303" not in outcome["next"]
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("generation", ["auto", "legacy"])
@pytest.mark.parametrize("approval", ["human", "host"])
async def test_a_persons_yes_passes_what_asks_to_be_confirmed(
    door: FrontDoor, generation: Generation, approval: Approval
) -> None:
    async with door.client(generation, Person(), approval=approval) as client:
        outcome = content_of(await client.call_tool("update_mapping", CONFIRM))

    assert outcome["outcome"] == "applied"
    assert "MAP303" in confirmed(outcome)
    assert len(door.sent("PATCH")) == 1


async def test_in_mode_host_a_plan_that_asks_to_be_confirmed_is_applied_by_accept_alone(door: FrontDoor) -> None:
    async with door.client() as client:
        planned = content_of(await client.call_tool("update_mapping", CONFIRM))
        assert planned["outcome"] == "approval_required"
        plan = {"plan_id": planned["plan_id"]}

        blocked = content_of(await client.call_tool("apply_mapping_plan", plan))
        assert blocked["outcome"] == "blocked"
        assert "MAP303" in blocked["next"]
        assert door.sent("PATCH") == []

        rules = sorted(confirmed(planned))
        applied = content_of(await client.call_tool("apply_mapping_plan", plan | {"accept": rules}))

    assert applied["outcome"] == "applied"
    assert len(door.sent("PATCH")) == 1


async def test_in_mode_host_a_rule_named_at_the_first_call_is_not_accepted_by_the_plan(door: FrontDoor) -> None:
    async with door.client() as client:
        planned = content_of(await client.call_tool("update_mapping", CONFIRM | {"accept": ["MAP303"]}))
        assert planned["outcome"] == "approval_required"
        applied = await client.call_tool("apply_mapping_plan", {"plan_id": planned["plan_id"]})

    assert content_of(applied)["outcome"] == "blocked"
    assert door.sent("PATCH") == []


@pytest.mark.parametrize("approval", ["human", "host", "none"])
async def test_an_id_of_no_rule_is_one_error_that_names_the_field_and_sends_nothing(
    door: FrontDoor, approval: Approval
) -> None:
    async with door.client(approval=approval) as client:
        for accept in ("CANARY", "MAP999", "map303", "MAP303\n", ""):
            for tool, arguments in (("update_mapping", CONFIRM), ("apply_mapping_plan", {"plan_id": "plan_0"})):
                result = await client.call_tool(tool, arguments | {"accept": [accept]})
                assert result.is_error, accept
                assert text_of(result) == "accept: it may name ids of rules that were reported, such as MAP303."
    assert door.sandbox.requests == []


async def test_a_rule_that_was_not_reported_for_a_plan_is_refused_by_the_field(door: FrontDoor) -> None:
    async with door.client() as client:
        planned = content_of(await client.call_tool("update_mapping", CONFIRM))
        door.sandbox.requests.clear()
        plan = {"plan_id": planned["plan_id"], "accept": ["MAP303", "MAP602"]}
        result = await client.call_tool("apply_mapping_plan", plan)

    assert result.is_error
    assert text_of(result).startswith("accept: MAP602 was not reported")
    assert door.sandbox.requests == []
