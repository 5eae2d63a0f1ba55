from typing import Any

import pytest

from front_door import XERO_NL, XERO_UK, FrontDoor
from productive_integrations.app.build import open_services
from productive_integrations.errors import NotFound
from productive_integrations.mappings.check import check_integrations, findings_of, stored_as_asked
from productive_integrations.sandbox import Sandbox
from productive_integrations.schemas.view import CheckResult
from productive_integrations.validation import Asked, Proposal
from rule_cases import proposal_of

ACCOUNTS, TAXES = "account_code_mapping", "tax_rate_mapping"


def stored(mapping: str = ACCOUNTS, **case: Any) -> Proposal:
    """A stored mapping of the little organization, not yet put to the rules."""
    return proposal_of({"mapping": mapping, **case})


def rules(*proposals: Proposal) -> list[str]:
    return [finding.rule for finding in findings_of(proposals)]


async def checked(door: FrontDoor, integration_id: str = "") -> tuple[CheckResult, list[tuple[int, str]]]:
    """A check with what was reported on its way."""
    heard: list[tuple[int, str]] = []

    async def report(done: int, name: str) -> None:
        heard.append((done, name))

    async with open_services(door.settings(), patience=door.patience) as services:
        return await check_integrations(services, integration_id, report), heard


def test_every_stored_entry_and_the_default_are_put_to_the_rules() -> None:
    asked = stored_as_asked(stored(stored={"11": "4010", "12": 4020})).asked

    assert asked == (
        Asked("account_code_mapping.11", "11", "key", "11"),
        Asked("account_code_mapping.11", "4010", "value", "4010"),
        Asked("account_code_mapping.12", "12", "key", "12"),
        Asked("account_code_mapping.12", "4020", "value", "4020"),
        Asked("account_code", "4000", "default", "4000"),
    )


@pytest.mark.parametrize("default", [None, ""])
def test_a_default_that_is_not_set_is_no_word(default: object) -> None:
    asked = stored_as_asked(stored(stored={"11": "4010"}, integration={"account_code": default})).asked

    assert [word.role for word in asked] == ["key", "value"]


def test_a_mapping_without_a_default_has_its_entries_alone() -> None:
    assert len(stored_as_asked(stored(TAXES, type="xero", stored={"21": "OUTPUT2"})).asked) == 2


def test_nothing_changes_in_a_check() -> None:
    proposal = stored_as_asked(stored())

    assert proposal.checking
    assert not proposal.change
    assert proposal.after == proposal.before


def test_a_sound_mapping_gives_no_finding() -> None:
    assert rules(stored(), stored(TAXES, stored={"21": "OUTPUT2", "22": "RROUTPUT"})) == []


def test_findings_name_the_mapping_and_the_entry() -> None:
    [finding] = findings_of([stored(stored={"11": "4010", "999": "4010"})])

    assert (finding.rule, finding.severity, finding.field) == ("MAP301", "block", "account_code_mapping.999")


def test_several_mappings_are_judged_each_on_its_own() -> None:
    proposals = [stored(stored={"13": "4010"}), stored(TAXES, stored={"21": "OUTPUT2"})]

    assert rules(*proposals) == ["MAP303", "MAP405"]


def test_a_finding_that_every_mapping_gives_is_said_once() -> None:
    off = {"deactivated_at": "2026-01-01"}
    taxes = {"21": "OUTPUT2", "22": "RROUTPUT"}

    assert rules(stored(integration=off), stored(TAXES, stored=taxes, integration=off)) == ["MAP002"]


def test_a_mapping_that_is_not_set_is_left_out_even_when_the_integration_is_off() -> None:
    assert rules(stored(stored=None, integration={"deactivated_at": "2026-01-01"})) == []


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_stored_value_of_nothing_is_found(value: object) -> None:
    assert rules(stored(stored={"11": "4010", "12": value})) == ["MAP103"]


@pytest.mark.parametrize("value", ["text", ["4010"], {"11": {"code": "4010"}}, {"11": True}, {"11": 4.5}])
def test_what_is_no_plain_hash_is_found_and_nothing_is_raised(value: object) -> None:
    assert "MAP203" in rules(stored(stored=value))


def test_a_stored_code_that_nobody_else_uses_is_not_suspected() -> None:
    assert rules(stored(stored={"11": "4999"}, others=[{"entries": {"11": "4010"}}])) == []


def test_a_chart_judges_what_is_stored() -> None:
    chart = ["account,4000,Sales,REVENUE,true", "account,4010,Design,REVENUE,false", "item,19,Hours,,true"]
    entries = {"11": "4010", "12": "19", "14": "4099", "15": "4000"}

    found = {finding.field: finding.rule for finding in findings_of([stored(chart=chart, stored=entries)])}

    assert found == {f"{ACCOUNTS}.11": "MAP504", f"{ACCOUNTS}.12": "MAP502", f"{ACCOUNTS}.14": "MAP501"}


def test_a_default_that_the_chart_does_not_hold_is_found_by_its_attribute() -> None:
    [finding] = findings_of([stored(chart=["account,4010,Design,REVENUE,true"], stored={"11": "4010"})])

    assert (finding.rule, finding.field) == ("MAP501", "account_code")


@pytest.mark.anyio
async def test_one_integration_is_read_by_itself_and_reported(door: FrontDoor) -> None:
    result, heard = await checked(door, XERO_UK)

    assert (result.checked, result.omitted) == (1, 0)
    assert [one.id for one in result.integrations] == [XERO_UK]
    assert heard == [(0, "Xero UK")]
    assert door.sandbox.requests[0].path.endswith(f"/{XERO_UK}")


@pytest.mark.anyio
async def test_all_are_read_with_one_list_and_reported_in_its_order(door: FrontDoor, sandbox: Sandbox) -> None:
    result, heard = await checked(door)

    assert result.checked == len(sandbox.integrations) == len(heard)
    assert [done for done, _ in heard] == list(range(len(heard)))
    assert not any(request.path.endswith((f"/{XERO_UK}", f"/{XERO_NL}")) for request in sandbox.requests)


@pytest.mark.anyio
async def test_an_unknown_integration_raises_and_nothing_is_reported(door: FrontDoor) -> None:
    with pytest.raises(NotFound):
        await checked(door, "999")


@pytest.mark.anyio
async def test_an_organization_without_integrations_is_checked_and_sound(door: FrontDoor, sandbox: Sandbox) -> None:
    sandbox.integrations.clear()

    assert await checked(door) == (CheckResult(checked=0, integrations=()), [])


@pytest.mark.anyio
@pytest.mark.parametrize("integration_id", [XERO_UK, ""], ids=["one", "all"])
async def test_findings_that_do_not_fit_are_counted(door: FrontDoor, sandbox: Sandbox, integration_id: str) -> None:
    before, _ = await checked(door, integration_id)
    gone = {str(990_000 + number): "4010" for number in range(600)}
    sandbox.integrations[XERO_UK].attributes[ACCOUNTS].update(gone)

    result, heard = await checked(door, integration_id)

    assert (before.omitted, result.checked) == (0, before.checked)
    assert len(heard) == result.checked
    assert result.omitted > 100
    assert told(result) + result.omitted == told(before) + len(gone)
    # Of an integration that fills an answer alone the first findings are shown.
    assert {finding.rule for one in result.integrations if one.id == XERO_UK for finding in one.findings} == {"MAP301"}


def told(result: CheckResult) -> int:
    return sum(len(one.findings) for one in result.integrations)
