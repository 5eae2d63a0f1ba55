from collections.abc import Callable

from commands.speaking import Say
from front_door import XERO_NL, XERO_UK, FrontDoor
from processes import shown_at_a_terminal
from productive_integrations.commands.check_integrations import status_of
from productive_integrations.sandbox import Fault
from productive_integrations.schemas.view import CheckResult

SAGE_INTACCT = "88142"


def test_findings_that_forbid_or_ask_make_the_status_three(say: Say) -> None:
    said = say("check", XERO_NL)

    assert said.status == 3
    assert "MAP101" in said.out
    assert said.out.splitlines()[-1].startswith("1 integration checked, ")


def test_without_findings_the_status_is_zero(say: Say, door: FrontDoor) -> None:
    said = say("check", "64418")

    assert said.status == 0
    assert said.out == "1 integration checked, 0 findings in 0 of them\n"


def test_what_is_only_to_be_known_is_no_reason_for_status_three(say: Say) -> None:
    said = say("check", SAGE_INTACCT, "--json")

    severities = {finding["severity"] for one in said.data["integrations"] for finding in one["findings"]}
    assert (said.status, severities) == (0, {"inform"})


def test_a_check_of_all_has_all_findings_and_each_integration_once(say: Say, door: FrontDoor) -> None:
    gone = {str(990_000 + number): "19" for number in range(50)}
    added = [
        door.sandbox.add(
            "integrations",
            integration_type_id=2,
            name="Books",
            connected_at="2024-01-01T00:00:00.000+00:00",
            item_mapping=dict(gone),
            default_item="19",
        )
        for _ in range(20)
    ]
    door.sandbox.switches.rate_limit = False

    found = say("check", "--json").data

    assert found["checked"] == len(door.sandbox.integrations)
    assert "omitted" not in found
    findings = {one["id"]: len(one["findings"]) for one in found["integrations"]}
    assert len(findings) == len(found["integrations"])
    assert {findings[one] for one in added} == {50}


def test_no_fix_names_a_tool(say: Say) -> None:
    said = say("check")

    assert "Look up which tax code it has in Xero, and map it." in said.out
    assert not [name for name in ("update_mapping", "get_integration", "list_integrations") if name in said.out]


def test_nothing_is_written(say: Say, door: FrontDoor) -> None:
    say("check")

    assert {request.method for request in door.sandbox.requests} == {"GET"}


def test_on_a_narrow_terminal_words_are_broken_and_none_is_cut() -> None:
    shown = shown_at_a_terminal(60, "check", SAGE_INTACCT, "--demo")

    assert all(part in shown for part in ("sage_intac", "ct_project", "_category"))
    assert "…" not in shown


def test_an_integration_that_is_taken_away_meanwhile_does_not_end_the_check(say: Say, door: FrontDoor) -> None:
    door.sandbox.faults.append(Fault(kind="foreign_edit_before", path=f"/integrations/{XERO_UK}", edit=_gone(door)))

    found = say("check", "--json").data

    assert found["checked"] == len(door.sandbox.integrations)
    assert XERO_UK not in {one["id"] for one in found["integrations"]}


def _gone(door: FrontDoor) -> Callable[[object], object]:
    return lambda _: door.sandbox.integrations.pop(XERO_UK)


def test_findings_that_had_no_room_are_told_and_no_reason_for_status_zero(say: Say, door: FrontDoor) -> None:
    gone = {str(990_000 + number): "19" for number in range(2_000)}
    door.sandbox.integrations["79216"].attributes["item_mapping"] = gone

    said = say("check", "79216")

    assert "more had no room" in said.out
    assert status_of(CheckResult(checked=1, integrations=(), omitted=1)) == said.status == 3
