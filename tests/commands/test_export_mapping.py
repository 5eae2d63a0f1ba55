import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from commands.speaking import Say
from front_door import XERO_NL, XERO_UK, FrontDoor

MAPPING = "account_code_mapping"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_has_every_entry_and_every_record_without_one(say: Say, door: FrontDoor) -> None:
    said = say("export", XERO_NL, MAPPING)

    stored = door.stored(XERO_NL, MAPPING)
    rows = rows_of(said.out)
    assert (said.status, said.err) == (0, "")
    assert {row["key"]: row["value"] for row in rows if row["value"]} == stored
    assert all(row["was"] == row["value"] for row in rows)
    assert {"key": "600131", "name": "Design", "value": "8010", "was": "8010"} in rows
    assert {"key": "633770", "name": "AI prototyping", "value": "", "was": ""} in rows
    assert len(rows) == len(stored) + 39


def test_records_on_both_sides_have_their_names(say: Say) -> None:
    rows = rows_of(say("export", "76650", "hubspot_stages_mapping").out)

    assert rows[0].keys() == {"key", "value", "value_name", "was"}
    assert all(row["value_name"] for row in rows)


def test_for_programs_it_is_json_of_the_same_rows(say: Say) -> None:
    rows = say("export", XERO_NL, MAPPING, "--json").data

    assert rows[0] == {"key": "600131", "name": "Design", "value": "8010", "was": "8010"}
    assert rows[-1]["value"] is None


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize(
    ("integration_id", "mapping"),
    [
        (XERO_UK, "tax_rate_mapping"),
        (XERO_NL, MAPPING),
        ("76650", "hubspot_stages_mapping"),
        ("79216", "item_mapping"),
        ("82905", "netsuite_line_item_field_mapping"),
        ("82905", "netsuite_relationship_mapping"),
        ("85036", "bamboo_custom_field_mapping"),
        ("89915", "salesforce_subsidiary_mapping"),
    ],
)
def test_what_was_exported_and_not_changed_is_no_edit(
    say: Say, integration_id: str, mapping: str, form: tuple[str, ...]
) -> None:
    file = say("export", integration_id, mapping, *form).out

    planned = say.plan(file, of=integration_id, mapping=mapping)

    assert planned.status == 0, planned.err
    assert planned.data["outcome"] == "unchanged"


def test_a_file_is_made_for_spreadsheets_and_never_over_another(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "nl.csv"
    made = say("export", XERO_NL, MAPPING, "-o", str(file))
    file.write_bytes(file.read_bytes() + b"mine")
    again = say("export", XERO_NL, MAPPING, "-o", str(file))

    assert (made.status, made.out) == (0, "")
    assert f"plan {XERO_NL} {MAPPING}" in made.err
    assert file.read_bytes().startswith(b"\xef\xbb\xbfkey,name,")
    assert (again.status, again.out) == (2, "")
    assert "--output" in again.err
    assert file.read_bytes().endswith(b"mine")


def test_a_file_that_cannot_be_made_is_said_so(say: Say, tmp_path: Path) -> None:
    said = say("export", XERO_NL, MAPPING, "-o", str(tmp_path / "nowhere" / "nl.csv"))

    assert said.status == 2
    assert "--output: it cannot be written" in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((XERO_NL, "item_mapping"), "Xero has no such mapping; it has: account_code_mapping"),
        ((XERO_NL, "acount_code_mapping"), "`show`"),
        (("58210", "item_mapping"), "it has: none"),
        (("1", MAPPING), "`list`"),
    ],
)
def test_a_mapping_that_is_not_there_is_refused(say: Say, words: tuple[str, str], says: str) -> None:
    said = say("export", *words)

    assert (said.status, said.out) == (2, "")
    assert says in said.err


def test_a_mapping_that_no_type_has_is_refused_before_any_request(say: Say, door: FrontDoor) -> None:
    say("export", XERO_NL, "nothing_mapping")

    assert door.sandbox.requests == []


@pytest.mark.parametrize("odd", [7, True, ["a"], {"b": None}, None, "", "=1+1", "x" * 1500, "a\nb", "\u202e"])
def test_a_value_of_any_form_is_exported_and_left_alone(say: Say, door: FrontDoor, odd: Any) -> None:
    before = door.stored(XERO_NL, MAPPING) | {"600137": odd}
    door.sandbox.integrations[XERO_NL].attributes[MAPPING] = before
    rows = say("export", XERO_NL, MAPPING, "--json").data
    rows[0]["value"] = "8020"

    planned = say.plan(json.dumps(rows), "--remove", "600298", "--remove", "600144")

    assert [row["key"] for row in planned.data["changes"]] == ["600131", "600298", "600144"]


@pytest.mark.parametrize("stored", [["8010"], "8010", 8010])
def test_what_is_no_list_of_entries_is_not_taken_for_an_empty_one(say: Say, door: FrontDoor, stored: Any) -> None:
    door.sandbox.integrations[XERO_NL].attributes[MAPPING] = stored

    said = say("export", XERO_NL, MAPPING)

    assert (said.status, said.out) == (2, "")
    assert "MAPPING: " in said.err
