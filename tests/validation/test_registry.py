from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productive_integrations.mappings.check import stored_as_asked
from productive_integrations.providers import PROVIDERS
from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.chart import CHART_KINDS
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.validation import judge
from productive_integrations.validation.registry import rule
from rule_cases import DIRECTORY, chart_of, proposal_of
from validation.case_table import Row, rows

WORDS = st.one_of(
    st.sampled_from(
        ["Design", "Support", "Print design", "11", "13", "999", "4000", "Won", "closedlost", "payRate", ""]
    ),
    st.text(max_size=12),
    st.text(st.characters(), max_size=3).map(lambda text: text * 60),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**4000), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=8,
)
MAPPED = [(provider, name) for provider in PROVIDERS for name in provider.mappings()]
CHART_LINES = st.tuples(
    st.sampled_from(sorted(CHART_KINDS)),
    st.sampled_from(["4000", "4010", "19", "OUTPUT2"]),
    st.sampled_from(["Fees", "Design", "5% VAT", ""]),
    st.sampled_from(["REVENUE", "BANK", "EXPENSE|REVENUE", ""]),
    st.sampled_from(["true", "false"]),
).map(",".join)


ENTRIES = st.builds(
    Entry,
    id=WORDS,
    name=WORDS,
    archived=st.booleans(),
    group=st.one_of(st.none(), WORDS),
    group_name=st.one_of(st.none(), WORDS),
    percent=st.one_of(st.none(), st.floats()),
    phase=st.sampled_from([None, "open", "won", "lost"]),
)
HARMLESS = [row for row in rows() if not row.findings and row.case.get("set") and not row.case.get("remove")]


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Any edit of any mapping over any stored JSON, with any chart and any other attributes."""
    provider, mapping = draw(st.sampled_from(MAPPED))
    attributes = draw(st.dictionaries(st.sampled_from(sorted(provider.model_fields)), JSON, max_size=4))
    attributes.pop("integration_type_id", None)
    return {
        "type": provider.title,
        "mapping": mapping,
        "stored": draw(st.one_of(JSON, st.dictionaries(WORDS, JSON, max_size=5))),
        "set": draw(st.dictionaries(WORDS, WORDS, max_size=3)),
        "remove": draw(st.lists(WORDS, max_size=2)),
        "default": draw(st.one_of(st.none(), WORDS)) if provider.mappings()[mapping].default else None,
        "integration": {name: value for name, value in attributes.items() if name != "subsidiary"},
        "chart": draw(st.lists(CHART_LINES, max_size=4)),
        "others": [{"subsidiary": "1", "entries": draw(st.dictionaries(WORDS, WORDS, max_size=3))}],
        "planned": draw(st.dictionaries(st.sampled_from(["subsidiary", "realm_id"]), JSON, max_size=2)),
    }


@given(cases())
def test_no_rule_ever_raises_and_each_answer_comes_again_in_the_same_order(case: dict[str, Any]) -> None:
    proposal = proposal_of(case)

    assert judge(proposal) == judge(replace(proposal))


@given(cases())
def test_a_check_of_any_stored_json_never_raises(case: dict[str, Any]) -> None:
    proposal = proposal_of(case | {"set": {}, "remove": [], "default": None})

    assert judge(stored_as_asked(proposal)) == judge(stored_as_asked(replace(proposal)))


@given(cases(), st.lists(ENTRIES, max_size=6), st.sampled_from(list(Noun)))
def test_no_rule_raises_whatever_records_there_are(case: dict[str, Any], entries: list[Entry], noun: Noun) -> None:
    listing = Listing(noun, tuple({entry.id: entry for entry in entries}.values()))
    proposal = replace(proposal_of(case), directory=Directory([*(DIRECTORY.values()), listing]))

    assert judge(proposal) == judge(replace(proposal))
    assert judge(stored_as_asked(proposal)) == judge(stored_as_asked(replace(proposal)))


@given(cases(), cases())
def test_rules_do_not_remember_what_they_judged_before(case: dict[str, Any], other: dict[str, Any]) -> None:
    before = judge(proposal_of(case))

    judge(proposal_of(other))

    assert judge(proposal_of(case)) == before


@given(st.sampled_from(HARMLESS))
def test_an_edit_without_findings_has_none_when_it_is_asked_for_again_after_it_was_made(row: Row) -> None:
    proposal = proposal_of(row.case)
    assert judge(proposal) == ()

    made = dict(row.case) | {"stored": proposal.after}

    assert judge(proposal_of(made)) == ()


@given(st.text(max_size=200), st.text(max_size=200))
def test_two_judgements_of_any_text_agree(key: str, value: str) -> None:
    case = {"set": {key: value}, "remove": [value]}

    assert judge(proposal_of(case)) == judge(proposal_of(case))


@pytest.mark.parametrize(
    ("rule_id", "name"),
    [("MAP1", "a-name"), ("MAP1234", "a-name"), ("XYZ101", "a-name"), ("MAP101", "A-Name"), ("MAP101", "a_name")],
)
def test_a_rule_with_another_kind_of_id_or_name_is_refused(rule_id: str, name: str) -> None:
    with pytest.raises(ValueError, match="a rule is MAP and three digits"):
        rule(rule_id, name, "block")


def test_the_little_organization_has_a_listing_for_every_side_of_records() -> None:
    nouns = {
        side.noun
        for provider, name in MAPPED
        for side in (provider.mappings()[name].key, provider.mappings()[name].value)
        if hasattr(side, "noun")
    }

    assert nouns <= DIRECTORY.keys()
    assert chart_of(["account,1,,,true"]).rows
