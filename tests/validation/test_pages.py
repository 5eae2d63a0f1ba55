from pathlib import Path
from typing import Any

import pytest

from productive_integrations.validation import RULES, Rule, judge
from productive_integrations.validation.pages import rules_page
from rule_cases import proposal_of

RULES_PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def examples(kind: Any) -> list[Any]:
    return [
        pytest.param(rule, case, id=f"{rule.id}-{number}")
        for rule in RULES
        for number, case in enumerate(rule.examples(kind))
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_page_with_a_bad_and_a_good_example_and_its_source(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert rule.examples("Bad")
    assert rule.examples("Good")
    assert "\nSource: " in rule.page


@pytest.mark.parametrize(("rule", "case"), examples("Bad"))
def test_the_bad_example_is_found_by_its_rule(rule: Rule, case: dict[str, Any]) -> None:
    assert rule.id in [finding.rule for finding in judge(proposal_of(case))]


@pytest.mark.parametrize(("rule", "case"), examples("Good"))
def test_the_good_example_passes_every_rule(rule: Rule, case: dict[str, Any]) -> None:
    assert [(finding.rule, finding.message) for finding in judge(proposal_of(case))] == []


def test_rules_are_ordered_by_id_and_none_is_used_twice() -> None:
    ids, names = [rule.id for rule in RULES], [rule.name for rule in RULES]

    assert ids == sorted(set(ids))
    assert len(set(names)) == len(names)


def test_the_rules_page_is_what_the_rules_say_now() -> None:
    assert RULES_PAGE.read_text(encoding="utf-8") == rules_page(RULES)
