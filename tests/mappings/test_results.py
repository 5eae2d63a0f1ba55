import pytest

from mappings.workbench import ACCOUNTS, xero
from productive_integrations.mappings.results import (
    MAX_STEPS,
    blocking,
    described,
    falls_back,
    manual_steps,
    not_as_planned,
    rows,
    rule_ids,
    unpassed,
)
from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Change, DefaultChange, EntryChange
from productive_integrations.schemas.finding import Finding, Severity
from productive_integrations.schemas.outcome import ChangeRow, Difference, FallsBack
from productive_integrations.validation import Proposal

NAMES = ("Design", "Events", "Media", "Print", "Audit")
DIRECTORY = Directory(
    [Listing(Noun.SERVICE_TYPE, tuple(Entry(str(number), name) for number, name in enumerate(NAMES, 1)))]
)
DEFAULT = DefaultChange(attribute="account_code", before="4000", after="4050")


def proposal(*entries: EntryChange, default: DefaultChange | None = None) -> Proposal:
    integration = xero(**{ACCOUNTS: {"1": "4010"}, "account_code": "4000"})
    return Proposal(integration, ACCOUNTS, change=Change(entries=entries, default=default), directory=DIRECTORY)


def finding(rule: str, severity: Severity) -> Finding:
    return Finding(rule=rule, severity=severity, field="set.1", message="m")


def test_rows_show_values_as_text_and_the_default_last() -> None:
    change = Change(entries=(EntryChange(key="1", before=4010, after=None, key_name="Design"),), default=DEFAULT)

    assert rows(change) == (
        ChangeRow(key="1", key_name="Design", before="4010", after=None),
        ChangeRow(key="account_code", key_name="default", before="4000", after="4050"),
    )


def test_what_falls_back_is_counted_as_it_will_be() -> None:
    assert falls_back(proposal()) == FallsBack(count=4, names=("Events", "Media", "Print"), default="4000")
    set_one = proposal(EntryChange(key="2", after="4010"), default=DEFAULT)
    assert falls_back(set_one, 1) == FallsBack(count=3, names=("Media",), default="4050")
    assert falls_back(proposal(EntryChange(key="1", before="4010"))).count == 5


def test_untouched_entries_are_those_that_nobody_changes() -> None:
    assert described(proposal()).untouched == 1
    assert described(proposal(EntryChange(key="1", before="4010", after="4020"))).untouched == 0
    assert described(proposal(EntryChange(key="2", after="4020"))).untouched == 1


def test_findings_are_passed_by_their_rule_and_blocks_never() -> None:
    findings = [finding("MAP503", "confirm"), finding("MAP101", "block"), finding("MAP605", "inform")]

    assert [one.rule for one in unpassed(findings, ())] == ["MAP503"]
    assert unpassed(findings, ("MAP503",)) == []
    assert [one.rule for one in blocking(findings)] == ["MAP101"]
    assert rule_ids([*findings, *findings]) == "MAP503, MAP101, MAP605"


@pytest.mark.parametrize(("count", "words"), [(1, "1 entry is not"), (2, "2 entries are not")])
def test_a_conflict_counts_in_words(count: int, words: str) -> None:
    assert not_as_planned((Difference(key="1"),) * count).startswith(words)


def test_the_manual_steps_say_where_what_and_save() -> None:
    steps = manual_steps(
        proposal(
            EntryChange(key="1", before="4010", key_name="Design"), EntryChange(key="2", after="4020"), default=DEFAULT
        )
    )

    assert "Settings > App marketplace > Xero" in steps[0]
    assert '"Xero UK" (id 74211)' in steps[1]
    assert steps[2:] == (
        'Remove "Design" (1).',
        'Set "2" to "4020".',
        'Set "default" (account_code) to "4050".',
        "Save.",
    )


def test_many_manual_steps_are_cut_and_the_rest_is_pointed_to() -> None:
    steps = manual_steps(proposal(*(EntryChange(key=str(number), after="4020") for number in range(MAX_STEPS + 5))))

    assert len(steps) == 2 + MAX_STEPS + 2
    assert steps[-2] == "Do the same for the other 5 entries of changes."
