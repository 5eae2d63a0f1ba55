import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from commands.speaking import Say, plan_id
from front_door import DESIGN, XERO_NL, FrontDoor
from productive_integrations.sandbox import Fault

MAPPING = "account_code_mapping"


def exported(say: Say, **wanted: str | None) -> str:
    """The mapping as a file, with other values for some keys."""
    rows = say("export", XERO_NL, MAPPING, "--json").data
    for row in rows:
        row["value"] = wanted.get(f"_{row['key']}", row["value"])
    return json.dumps(rows)


def test_a_row_of_names_becomes_a_plan_and_nothing_is_sent(say: Say, door: FrontDoor) -> None:
    planned = say.plan("key,value\nDesign,8020\n")

    assert planned.data["changes"] == [{"key": DESIGN, "key_name": "Design", "before": "8010", "after": "8020"}]
    assert f"productive-integrations-mcp apply {plan_id(planned)}" in planned.data["next"]
    assert {request.method for request in door.sandbox.requests} == {"GET"}


def test_a_person_sees_the_changes_what_stays_and_what_falls_back(say: Say) -> None:
    said = say("plan", XERO_NL, MAPPING, "-", piped=b"key,value\nDesign,8020\n")

    lines = said.out.splitlines()
    assert lines[0] == 'account_code_mapping of "Xero NL" (Xero, id 78804)'
    assert ["600131", "Design", "8010", "8020"] in [line.split() for line in lines]
    assert "7 other entries stay as they are." in lines
    assert any(line.startswith("39 without an entry use the default 8000: ") for line in lines)
    assert lines[-1].startswith("approval_required: ")


def test_changed_filled_and_cleared_cells_are_the_edit(say: Say) -> None:
    planned = say.plan(exported(say, _600131="8020", _633770="8030", _600327=None))

    assert [(row["key"], row["before"], row["after"]) for row in planned.data["changes"]] == [
        ("600131", "8010", "8020"),
        ("633770", None, "8030"),
        ("600327", "8030", None),
    ]


def test_what_others_changed_meanwhile_and_the_file_does_not_is_left_alone(say: Say, door: FrontDoor) -> None:
    file = exported(say, _600131="8020")
    door.sandbox.integrations[XERO_NL].attributes[MAPPING]["600203"] = "8050"

    planned = say.plan(file)

    assert [row["key"] for row in planned.data["changes"]] == [DESIGN]


@pytest.mark.parametrize(("key", "wanted"), [("600131", "8020"), ("600131", None), ("633770", "8030")])
def test_an_entry_that_somebody_changed_after_the_export_is_a_conflict(
    say: Say, door: FrontDoor, key: str, wanted: str | None
) -> None:
    file = exported(say, **{f"_{key}": wanted})
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][key] = "8050"

    planned = say.plan(file)

    assert planned.status == 3
    assert planned.data["outcome"] == "conflict"
    assert "plan_id" not in planned.data
    [difference] = planned.data["differences"]
    assert (difference["key"], difference["now"], difference.get("wanted")) == (key, "8050", wanted)


def test_nothing_that_can_be_applied_is_left_of_a_conflict(say: Say, door: FrontDoor) -> None:
    file = exported(say, _600131="8020")
    change = {MAPPING: {DESIGN: "8050"}}
    path = f"/integrations/{XERO_NL}"
    door.sandbox.faults.append(Fault(kind="foreign_edit_before", method="GET", path=path, skip=1, edit=change))
    say.plan(file)

    with closing(sqlite3.connect(door.state)) as state:
        left = state.execute("SELECT status FROM plans").fetchall()

    assert left == [("declined",)]


def test_the_same_file_twice_is_unchanged_the_second_time(say: Say, door: FrontDoor) -> None:
    file = exported(say, _600131="8020", _600327=None)
    applied = say("apply", plan_id(say.plan(file)), "--yes", "--json")

    again = say.plan(file)

    assert applied.data["outcome"] == "applied"
    assert (again.status, again.data["outcome"]) == (0, "unchanged")


def test_what_is_left_of_a_file_that_was_applied_in_part_is_planned(say: Say, door: FrontDoor) -> None:
    file = exported(say, _600131="8020", _600203="8030")
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][DESIGN] = "8020"

    planned = say.plan(file)

    assert [row["key"] for row in planned.data["changes"]] == ["600203"]


def test_the_default_keys_to_remove_and_a_reason_come_as_arguments(say: Say) -> None:
    planned = say.plan("key,value\n", "--default", "8010", "--remove", "Consulting", "--reason", "new chart")

    changes = {row["key"]: (row["before"], row["after"]) for row in planned.data["changes"]}
    assert changes == {"600327": ("8030", None), "account_code": ("8000", "8010")}


def test_a_rule_that_forbids_makes_status_three_and_no_plan(say: Say) -> None:
    planned = say.plan("key,value\nDesign,80100000000\n")

    assert planned.status == 3
    assert planned.data["outcome"] == "blocked"
    assert "plan_id" not in planned.data


@pytest.mark.parametrize(
    ("file", "more", "says"),
    [
        ("nonsense", (), "FILE: "),
        ("key,value\nDesign,\n", (), "FILE: line 2"),
        ("key,value\nDesign,8020\n", ("--reason", "x" * 501), "--reason"),
        ("key,value\nDesign,8020\n", ("--remove", "x" * 201), "--remove"),
        ("key,value\nDesign,8020\n", ("--default", "x" * 1001), "--default"),
        ("key,value\nDesign,8020\n", ("--remove", "\udcff"), "--remove"),
        ("key,value\n" + "".join(f"{number},8020\n" for number in range(501)), (), "it changes 501 entries"),
    ],
)
def test_what_cannot_be_a_plan_is_refused_before_any_request(
    say: Say, door: FrontDoor, file: str, more: tuple[str, ...], says: str
) -> None:
    said = say.plan(file, *more)

    assert (said.status, said.out, door.sandbox.requests) == (2, "", [])
    assert says in said.err


def test_in_read_only_mode_no_plan_is_made(say: Say, door: FrontDoor) -> None:
    for words in (("plan", XERO_NL, MAPPING, "-"), ("apply", "plan_x"), ("undo", "ch_x")):
        said = say(*words, piped=b"key,value\nDesign,8020\n", read_only="true")

        assert (said.status, said.out, door.sandbox.requests) == (2, "", [])
        assert "PRODUCTIVE_READ_ONLY" in said.err


def test_a_demo_plans_and_says_that_it_forgets(say: Say) -> None:
    said = say("plan", "--demo", XERO_NL, MAPPING, "-", piped=b"key,value\nDesign,8020\n")

    assert said.status == 0
    assert "forgets" in said.out
    assert "plan_" not in said.out


@pytest.mark.parametrize("mapping", ["nothing_mapping", "item_mapping"])
def test_a_mapping_that_is_not_there_is_refused_even_for_a_file_without_edits(say: Say, mapping: str) -> None:
    said = say.plan("key,value\n", mapping=mapping)

    assert (said.status, said.out) == (2, "")
    assert "MAPPING: " in said.err


@pytest.mark.parametrize("was", ["", ",8010"])
def test_a_word_without_meaning_is_reported_and_never_taken_for_done(say: Say, was: str) -> None:
    planned = say.plan(f"key,value{',was' if was else ''}\nDesing,8020{was}\nConsulting,8020{',8030' if was else ''}\n")

    assert (planned.status, planned.data["outcome"]) == (3, "blocked")
    assert [one["rule"] for one in planned.data["findings"]] == ["MAP301"]


def test_names_in_a_file_are_compared_as_ids_are(say: Say, door: FrontDoor) -> None:
    file = "key,value,was\n design ,8020,8010\nAI prototyping,8030,\n"
    say("apply", plan_id(say.plan(file)), "--yes")
    again = say.plan(file)
    door.sandbox.integrations[XERO_NL].attributes[MAPPING] |= {DESIGN: "8050", "633770": "8060"}
    moved = say.plan(file)

    assert (again.status, again.data["outcome"]) == (0, "unchanged")
    assert moved.data["outcome"] == "conflict"
    assert [(one["key"], one["now"]) for one in moved.data["differences"]] == [(DESIGN, "8050"), ("633770", "8060")]


def test_a_key_to_remove_is_compared_with_what_its_row_says_it_was(say: Say, door: FrontDoor) -> None:
    file = exported(say)
    removed = say.plan(file, "--remove", "Design")
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][DESIGN] = "8050"
    moved = say.plan(file, "--remove", "Design")

    assert [(row["key"], row["after"]) for row in removed.data["changes"]] == [(DESIGN, None)]
    assert moved.data["outcome"] == "conflict"


@pytest.mark.parametrize(
    ("file", "more"),
    [
        ("key,value\nDesign,8020\n600131,8030\n", ()),
        ("key,value\nDesign,8020\n", ("--remove", "600131")),
        ("key,value,was\nDesign,8020,8010\n", ("--remove", "600131")),
        ("key,value\n", ("--remove", "Design", "--remove", "600131")),
    ],
)
def test_two_words_for_one_key_are_refused(say: Say, file: str, more: tuple[str, ...]) -> None:
    said = say.plan(file, *more)

    assert (said.status, said.out) == (2, "")
    assert "are one key" in said.err


def test_an_entry_with_a_hidden_character_is_mended_through_a_file(say: Say, door: FrontDoor) -> None:
    stored = door.sandbox.integrations[XERO_NL].attributes[MAPPING]
    stored[DESIGN] = "8010\u200b"
    file = exported(say, _600131="8010")

    planned = say.plan(file)

    assert "8010\\\\u{200b}" in file
    assert [(row["key"], row["after"]) for row in planned.data["changes"]] == [(DESIGN, "8010")]


def test_a_key_with_a_hidden_character_is_unmapped_through_a_file(say: Say, door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_NL].attributes[MAPPING]["600131\u200b"] = "8010"
    rows = say("export", XERO_NL, MAPPING, "--json").data
    for row in rows:
        row["value"] = row["value"] if "{" not in row["key"] else None

    receipt = say("apply", plan_id(say.plan(json.dumps(rows))), "--yes", "--json").data

    assert receipt["outcome"] == "applied"
    assert "600131\u200b" not in door.stored(XERO_NL, MAPPING)
    assert door.stored(XERO_NL, MAPPING)[DESIGN] == "8010"


def test_a_character_that_is_only_shown_is_never_written(say: Say, door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][DESIGN] = "8010\u200b"
    shown = next(row["value"] for row in say("export", XERO_NL, MAPPING, "--json").data if row["key"] == DESIGN)

    value = say.plan(f"key,value\nConsulting,{shown}\n")
    key = say.plan("key,value\nA\\u{200b},8010\n")

    assert (value.status, key.status, value.out, key.out) == (2, 2, "", "")
    assert "cannot be seen" in value.err
    assert "only shown" in key.err


def test_a_value_too_long_to_be_written_can_be_replaced(say: Say, door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][DESIGN] = "x" * 1500

    planned = say.plan(exported(say, _600131="8010"))

    assert [(row["key"], row["after"]) for row in planned.data["changes"]] == [(DESIGN, "8010")]


def test_an_entry_that_changes_between_the_compare_and_the_plan_is_a_conflict(say: Say, door: FrontDoor) -> None:
    file = exported(say, _600131="8020")
    change = {MAPPING: {DESIGN: "8050"}}
    path = f"/integrations/{XERO_NL}"
    door.sandbox.faults.append(Fault(kind="foreign_edit_before", method="GET", path=path, skip=1, edit=change))

    planned = say.plan(file)

    assert planned.data["outcome"] == "conflict"
    assert [(one["planned_from"], one["now"]) for one in planned.data["differences"]] == [("8010", "8050")]


@pytest.mark.parametrize(("of", "mapping"), [("74211", MAPPING), (XERO_NL, "expense_account_code_mapping")])
def test_a_file_of_another_mapping_is_refused(say: Say, of: str, mapping: str) -> None:
    said = say.plan(exported(say, _633770="8020"), of=of, mapping=mapping)

    assert (said.status, said.out) == (2, "")
    assert "seems to be of another one" in said.err


def test_a_name_that_is_that_of_another_key_is_refused(say: Say) -> None:
    said = say.plan("key,name,value,was\n600137,Design,8050,8010\n")

    assert (said.status, said.out) == (2, "")
    assert '"UX design" and not "Design"' in said.err


def test_an_entry_whose_row_was_taken_out_stays_and_is_told(say: Say) -> None:
    rows = [row for row in json.loads(exported(say, _600131="8020")) if row["key"] != "600203"]

    planned = say.plan(json.dumps(rows))

    assert [row["key"] for row in planned.data["changes"]] == [DESIGN]
    assert "1 entry without a row in the file" in planned.err


def test_a_conflict_tells_what_is_stored_and_what_to_do(say: Say, door: FrontDoor) -> None:
    file = exported(say, _600131="8020")
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][DESIGN] = "8050"

    said = say("plan", XERO_NL, MAPPING, "-", piped=file.encode())
    planned = say.plan(file)

    assert said.out.startswith('account_code_mapping of "Xero NL"')
    assert (planned.data["untouched"], planned.data["falls_back"]["count"]) == (8, 39)
    assert "Export the mapping again" in planned.data["next"]


def test_the_next_command_names_the_rules_that_a_script_has_to_accept(say: Say) -> None:
    planned = say.plan("key,value\nDesign,8999\n")

    assert planned.data["next"].endswith("--yes --accept MAP503)")


def test_where_only_a_person_may_approve_no_flag_is_recommended(say: Say) -> None:
    said = say("plan", XERO_NL, MAPPING, "-", "--json", piped=b"key,value\nDesign,8999\n", approval="human")

    assert f"apply {plan_id(said)}" in said.data["next"]
    assert "--yes" not in said.data["next"]


@pytest.mark.parametrize("file", ["key,name,value,was\n", "[]"])
def test_a_file_without_rows_leaves_every_entry_alone_and_says_so(say: Say, door: FrontDoor, file: str) -> None:
    planned = say.plan(file)

    assert planned.data["outcome"] == "unchanged"
    number = len(door.stored(XERO_NL, MAPPING))
    assert f"{number} entries without a row in the file left alone" in planned.err


def test_a_new_name_beside_the_old_value_is_told_to_be_unread(say: Say) -> None:
    hubspot, stages = "76650", "hubspot_stages_mapping"
    rows = say("export", hubspot, stages, "--json").data
    rows[0]["value_name"] = "Another"

    planned = say.plan(json.dumps(rows), of=hubspot, mapping=stages)

    assert planned.data["outcome"] == "unchanged"
    assert "1 row with another value_name: it is not read" in planned.err


def test_what_a_demo_recommends_is_of_the_demo(say: Say, tmp_path: Path) -> None:
    said = say("export", XERO_NL, MAPPING, "-o", str(tmp_path / "nl.csv"), "--demo")

    assert f"plan {XERO_NL} {MAPPING} FILE --demo" in said.err
