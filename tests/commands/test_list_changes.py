import re

import pytest

from commands.speaking import Say, plan_id
from front_door import XERO_NL, XERO_UK, FrontDoor
from mappings.workbench import patching
from processes import shown_at_a_terminal
from productive_integrations.commands import apply_plan

MAPPING = "account_code_mapping"


def changed(say: Say, file: str, *more: str, of: str = XERO_NL, mapping: str = MAPPING) -> str:
    """The id of a change that was applied."""
    receipt = say("apply", plan_id(say.plan(file, *more, of=of, mapping=mapping)), "--yes", "--json").data
    assert receipt["outcome"] == "applied"
    return str(receipt["change_id"])


def test_it_lists_the_newest_first_with_before_and_after(say: Say) -> None:
    first = changed(say, "key,value\nDesign,8020\n", "--reason", "new chart")
    second = changed(say, "key,value\nDesign,4030\n", of=XERO_UK)

    said = say("changes")

    assert said.status == 0
    assert said.out.index(second) < said.out.index(first)
    older = said.out[said.out.index(first) :]
    assert "account_code_mapping of 78804" in older
    assert "600131 Design: 8010 → 8020" in older
    assert "applied" in older
    assert "by local" in older
    assert "reason: new chart" in older


def test_on_a_terminal_of_80_columns_ids_and_times_stay_whole(say: Say, door: FrontDoor) -> None:
    change_id = changed(say, "key,value\nDesign,8020\n", "--reason", "new chart of accounts")

    shown = shown_at_a_terminal(80, "changes", **door.named_settings())

    assert change_id in shown
    assert "account_code_mapping" in shown
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown)


def test_it_can_be_narrowed_and_limited(say: Say) -> None:
    ids = [changed(say, f"key,value\nDesign,{code}\n") for code in ("8020", "8030", "8010")]
    other = changed(say, "key,value\nDesign,4030\n", of=XERO_UK)

    def listed(*words: str) -> list[str]:
        return [one["change_id"] for one in say("changes", "--json", *words).data["changes"]]

    assert listed() == [other, *reversed(ids)]
    assert listed("--integration", XERO_NL) == list(reversed(ids))
    assert listed("--limit", "2") == [other, ids[2]]


def test_a_change_too_big_for_an_answer_to_a_model_is_whole_for_programs_and_short_for_people(say: Say) -> None:
    keys = [f"custbody_{number}_{'x' * 90}" for number in range(300)]
    file = "key,value\n" + "".join(f"{key},a\n" for key in keys)
    change_id = changed(say, file, of="82905", mapping="netsuite_invoice_fixed_value_mapping")

    [whole] = say("changes", "--json").data["changes"]
    short = say("changes").out

    assert whole["change_id"] == change_id
    assert [entry["key"] for entry in whole["entries"]] == keys
    assert "and 297 more" in short


def test_without_changes_it_says_so(say: Say) -> None:
    assert (say("changes").out, say("changes", "--json").data) == ("no changes\n", {"changes": []})


@pytest.mark.parametrize(("words", "named"), [(("--limit", "0"), "--limit"), (("--integration", "x"), "--integration")])
def test_what_cannot_be_asked_is_refused_by_its_name(say: Say, words: tuple[str, str], named: str) -> None:
    said = say("changes", *words)

    assert said.status == 2
    assert named in said.err


def test_a_state_that_cannot_be_used_is_said_and_not_taken_for_no_changes(say: Say, door: FrontDoor) -> None:
    door.state.write_bytes(b"not a database" * 500)

    said = say("changes")

    assert (said.status, said.out) == (2, "")
    assert "PRODUCTIVE_STATE" in said.err


def test_a_write_whose_end_was_not_known_is_settled_before_it_is_listed(
    say: Say, door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def left(*_: object) -> bool:
        return False

    monkeypatch.setattr(apply_plan, "until_settled", left)
    waiting = plan_id(say.plan("key,value\nDesign,4030\n", of=XERO_UK))
    door.sandbox.faults.append(patching("drop_before"))
    unknown = say("apply", waiting, "--yes", "--json")

    listed = say("changes", "--json")

    assert (unknown.status, unknown.data["outcome"]) == (4, "unknown")
    assert [one["outcome"] for one in listed.data["changes"]] == ["not_stored"]
    assert "Reading until it is known" in listed.err
