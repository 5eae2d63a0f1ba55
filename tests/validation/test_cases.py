import pytest

from productive_integrations.validation import RULES, judge
from rule_cases import proposal_of
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
