from pathlib import Path

import pytest

from productive_integrations.providers import mappings_by_name
from productive_integrations.validation import RULES, Rule, judge
from rule_cases import proposal_of
from validation import case_table
from validation.case_table import Row, rows

ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_an_edit_gives_exactly_the_findings_of_its_row(row: Row) -> None:
    findings = [(finding.rule, finding.severity, finding.field) for finding in judge(proposal_of(row.case))]

    assert findings == row.findings


def test_the_table_has_hundreds_of_rows_and_many_of_them_are_harmless() -> None:
    assert len(ROWS) >= 250
    assert sum(row.findings == [] for row in ROWS) >= 60
    assert len({row.what for row in ROWS}) == len(ROWS)


def test_every_mapping_has_rows_that_pass_and_rows_that_do_not() -> None:
    of = {(bool(row.findings), row.case["mapping"]) for row in ROWS}
    homes = {name for found, name in of if found} & {name for found, name in of if not found}

    assert set(mappings_by_name()) - homes - {"netsuite_relationship_mapping"} == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_several_rows(rule: Rule) -> None:
    assert sum(any(found[0] == rule.id for found in row.findings) for row in ROWS) >= 3


@pytest.mark.parametrize(
    "line",
    [
        "| a row | - | - | sett Design to 1 | - | none |",
        "| a row | - | - | - | switched of | none |",
        "| a row | - | - | - | - | MAP301 blocks set.Design |",
        "| a row | - | - | - | none |",
        "| a row | no_mapping | x | - | - | nothing |",
    ],
)
def test_a_word_that_the_table_does_not_know_is_an_error_with_its_line(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "cases.md"
    table.write_text(f"## xero\n\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(case_table, "TABLE", table)

    with pytest.raises(ValueError, match=r"^cases\.md:3: "):
        rows()


def test_every_rule_is_missed_by_a_row_when_it_is_taken_out() -> None:
    judged = [(row, proposal_of(row.case)) for row in ROWS]
    missed = {}
    for rule in RULES:
        others = [other for other in RULES if other is not rule]
        missed[rule.id] = [
            row.what
            for row, proposal in judged
            if any(found[0] == rule.id for found in row.findings) and len(judge(proposal, others)) != len(row.findings)
        ]

    assert [rule for rule, rows in missed.items() if not rows] == []
