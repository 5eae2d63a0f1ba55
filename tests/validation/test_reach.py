from typing import Any

import pytest

from productive_integrations.providers import PROVIDERS, type_named
from productive_integrations.validation import RULES, Rule
from validation.case_table import rows

HOMES = [(provider, name) for provider in PROVIDERS for name in provider.mappings()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_concerns_every_mapping_that_it_finds_something_about(rule: Rule) -> None:
    found = {
        (row.case["type"], row.case["mapping"]) for row in rows() if any(one[0] == rule.id for one in row.findings)
    }
    for title, mapping in found:
        provider = type_named(title)
        assert provider is not None
        assert mapping not in provider.mappings() or rule.concerns(provider, mapping), (title, mapping)


def concerned(rule_id: str) -> set[tuple[str, str]]:
    (rule,) = (rule for rule in RULES if rule.id == rule_id)
    return {(provider.title, name) for provider, name in HOMES if rule.concerns(provider, name)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_concerns_some_mapping(rule: Rule) -> None:
    assert concerned(rule.id)


@pytest.mark.parametrize(
    ("rule_id", "mappings"),
    [
        ("MAP306", {("HubSpot", "hubspot_stages_mapping")}),
        ("MAP308", {("BambooHR", "bamboo_custom_field_mapping")}),
        ("MAP401", {("Xero", "tax_rate_mapping")}),
        ("MAP406", {("Sage Intacct", "sage_intacct_account_code_mapping"), ("Sage Intacct", "tax_rate_mapping")}),
        ("MAP509", {("Xero", "account_code_mapping"), ("Xero", "tax_rate_mapping")}),
        ("MAP606", {("Exact Online", "exact_ledger_mapping")}),
    ],
)
def test_a_rule_about_one_thing_concerns_nothing_else(rule_id: str, mappings: set[Any]) -> None:
    assert concerned(rule_id) == mappings


def test_what_is_wrong_with_any_mapping_concerns_all() -> None:
    assert concerned("MAP301") == {(provider.title, name) for provider, name in HOMES}
