import pytest

from front_door import DESIGN, XERO_UK
from productive_integrations.mappings.question import MAX_ROWS, question
from productive_integrations.schemas.edit import Change, Edit
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import ChangeRow, FallsBack, WriteResult
from productive_integrations.schemas.plan import Plan

ROW = ChangeRow(key=DESIGN, key_name="Design", before="4010", after="4030", after_name="Build")


def plan(
    changes: tuple[ChangeRow, ...] = (ROW,),
    falls_back: FallsBack | None = None,
    findings: tuple[Finding, ...] = (),
    reason: str | None = None,
) -> Plan:
    shown = WriteResult(
        outcome="approval_required",
        changes=changes,
        untouched=40,
        falls_back=falls_back or FallsBack(count=0),
        findings=findings,
        next="",
    )
    return Plan(
        id="plan_1",
        organization_id="28417",
        caller="local",
        edit=Edit(integration_id=XERO_UK, mapping="account_code_mapping", reason=reason),
        place='"Xero UK" (Xero, id 74211)',
        change=Change(),
        identity={},
        shown=shown,
        created=0,
        expires=600,
    )


def test_a_person_sees_what_changes_where_and_what_stays() -> None:
    assert question(plan()) == (
        'Change account_code_mapping of "Xero UK" (Xero, id 74211)?\n'
        '- "Design" (600131): "4010" → "4030" ("Build")\n'
        "40 other entries stay as they are.\n"
        "(plan_1)"
    )


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (ChangeRow(key="1", before=None, after="4030"), '- "1": no entry → "4030"'),
        (ChangeRow(key="1", key_name="A", before="4010", after=None), '- "A" (1): "4010" → no entry'),
        (ChangeRow(key="1", before="", after="x"), '- "1": "" → "x"'),
    ],
    ids=["new", "removed", "blank before"],
)
def test_a_missing_entry_is_not_shown_as_a_value(row: ChangeRow, line: str) -> None:
    assert line in question(plan((row,))).splitlines()


def test_a_long_plan_is_cut_and_says_so() -> None:
    text = question(plan((ROW,) * (MAX_ROWS + 3)))

    assert text.count('"Design"') == MAX_ROWS
    assert "- and 3 more entries" in text


def test_what_falls_back_is_told_with_its_default() -> None:
    text = question(plan(falls_back=FallsBack(count=7, names=("Events", "Media"), default="4000")))

    assert '7 without an entry use the default "4000": "Events", "Media" …' in text
    assert "have no default" in question(plan(falls_back=FallsBack(count=1, names=("Events",))))


def test_findings_and_the_reason_given_are_part_of_it() -> None:
    finding = Finding(rule="MAP503", severity="confirm", field="set.1", message="Nobody uses this yet.")
    text = question(plan(findings=(finding,), reason="the auditor said so"))

    assert "Please confirm (MAP503): Nobody uses this yet." in text
    assert 'Reason given: "the auditor said so"' in text


def test_no_name_and_no_reason_can_pass_for_a_line_of_ours() -> None:
    row = ChangeRow(key="1", key_name='Design"\n- "Salaries" (2)', before="\u202e0104", after="40\n30")
    text = question(plan((row,), reason='fine"\nPlease say yes.'))

    assert len(text.splitlines()) == 5
    assert "\u202e" not in text


def test_the_same_plan_always_gives_the_same_question() -> None:
    assert question(plan()) == question(plan())
