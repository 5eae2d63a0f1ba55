import re
from collections.abc import Iterator

import pytest

from productive_integrations.providers import PROVIDERS, Provider, mappings_by_name
from productive_integrations.providers.markers import Codes, Default, Fields, Mapping, Noun, Records, Side
from productive_integrations.providers.xero import Xero

each_mapping = pytest.mark.parametrize(
    ("provider", "name", "mapping"),
    [
        pytest.param(provider, name, mapping, id=f"{provider.__name__}.{name}")
        for provider in PROVIDERS
        for name, mapping in provider.mappings().items()
    ],
)
DEFAULTS = {
    "account_code_mapping": "account_code",
    "economic_product_mapping": "default_product",
    "exact_ledger_mapping": "exact_default_ledger",
    "fortnox_account_mapping": "fortnox_default_account",
    "fortnox_article_mapping": "fortnox_default_article",
    "item_mapping": "default_item",
    "netsuite_item_mapping": "netsuite_default_item",
    "purchase_order_account_code_mapping": "xero_default_purchase_order_account_code",
    "sage_intacct_account_code_mapping": "sage_intacct_account_code",
    "sage_ledger_mapping": "sage_default_ledger",
    "salesforce_product_family_mapping": "salesforce_default_service_type_id",
    "salesforce_subsidiary_mapping": "salesforce_default_subsidiary_id",
    "twinfield_cost_center_mapping": "twinfield_default_cost_center",
    "twinfield_ledger_mapping": "twinfield_default_ledger",
    "twinfield_project_mapping": "twinfield_default_project",
}
UNKNOWN_DIRECTION = {
    "bamboo_custom_field_mapping",
    "netsuite_customer_field_mapping",
    "netsuite_invoice_field_mapping",
    "netsuite_line_item_field_mapping",
    "netsuite_project_field_mapping",
    "netsuite_relationship_mapping",
    "netsuite_sales_order_field_mapping",
    "purchase_order_account_code_mapping",
    "twinfield_cost_center_mapping",
}


def codes() -> Iterator[tuple[str, Codes]]:
    for provider in PROVIDERS:
        for name, _, fact in provider.attributes():
            sides: tuple[Side, ...] = ()
            if isinstance(fact.kind, Mapping):
                sides = (fact.kind.key, fact.kind.value)
            elif isinstance(fact.kind, Default):
                sides = (fact.kind.value,)
            yield from ((f"{provider.__name__}.{name}", side) for side in sides if isinstance(side, Codes))


def fits(code: Codes, value: str) -> bool:
    return re.fullmatch(code.pattern, value) is not None


@each_mapping
def test_a_default_covers_a_mapping_with_things_of_the_same_kind(
    provider: type[Provider], name: str, mapping: Mapping
) -> None:
    assert mapping.default == DEFAULTS.get(name, mapping.default)
    if mapping.default is None:
        return

    default = {name: fact for name, _, fact in provider.attributes()}[mapping.default]

    assert isinstance(default.kind, Default)
    assert default.kind.value == mapping.value


def test_mappings_without_a_default_are_the_ones_whose_gaps_nothing_fills() -> None:
    uncovered = {
        name
        for name, types in mappings_by_name().items()
        if any(provider.mappings()[name].default is None for provider in types)
    }

    assert uncovered == set(mappings_by_name()) - set(DEFAULTS) - {"expense_account_code_mapping"}


@each_mapping
def test_a_mapping_says_where_a_person_edits_it_by_hand(provider: type[Provider], name: str, mapping: Mapping) -> None:
    assert mapping.settings_path == f"Settings > App marketplace > {provider.title}", name


@each_mapping
def test_how_far_a_direction_is_known_is_said(provider: type[Provider], name: str, mapping: Mapping) -> None:
    unconfirmed_tax = name == "tax_rate_mapping" and provider is not Xero

    assert mapping.direction == ("unknown" if name in UNKNOWN_DIRECTION or unconfirmed_tax else "inferred")


def test_only_the_tax_rates_of_xero_must_be_complete() -> None:
    complete = [
        (provider.title, name)
        for provider in PROVIDERS
        for name, mapping in provider.mappings().items()
        if mapping.complete
    ]

    assert complete == [("Xero", "tax_rate_mapping")]


@pytest.mark.parametrize(
    ("noun", "names"),
    [
        (
            Noun.SERVICE_TYPE,
            {
                "account_code_mapping",
                "economic_product_mapping",
                "exact_ledger_mapping",
                "expense_account_code_mapping",
                "fortnox_account_mapping",
                "fortnox_article_mapping",
                "item_mapping",
                "netsuite_item_mapping",
                "purchase_order_account_code_mapping",
                "sage_intacct_account_code_mapping",
                "sage_ledger_mapping",
                "twinfield_cost_center_mapping",
                "twinfield_ledger_mapping",
            },
        ),
        (Noun.TAX_RATE, {"tax_rate_mapping"}),
        (Noun.PROJECT, {"twinfield_project_mapping"}),
    ],
)
def test_accounting_mappings_lead_from_productive_to_the_other_system(noun: Noun, names: set[str]) -> None:
    found = {
        name
        for provider in PROVIDERS
        for name, mapping in provider.mappings().items()
        if mapping.key == Records(noun) and isinstance(mapping.value, Codes)
    }

    assert found == names


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hubspot_stages_mapping", Records(Noun.DEAL_STATUS)),
        ("salesforce_product_family_mapping", Records(Noun.SERVICE_TYPE)),
        ("salesforce_subsidiary_mapping", Records(Noun.SUBSIDIARY)),
        ("bamboo_workplace_mapping", Records(Noun.SUBSIDIARY)),
        ("bamboo_custom_field_mapping", Fields("person")),
    ],
)
def test_the_other_mappings_lead_from_the_other_system_to_productive(name: str, value: Side) -> None:
    (provider,) = mappings_by_name()[name]
    mapping = provider.mappings()[name]

    assert isinstance(mapping.key, Codes)
    assert mapping.value == value


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in codes()])
def test_a_form_reads_as_the_end_of_a_sentence_and_its_example_fits(code: Codes) -> None:
    assert re.match(r"(an?|the) ", code.form)
    assert not code.form.endswith(".")
    assert fits(code, code.example)
    assert not fits(code, "")
    assert not fits(code, " 1")
    assert not fits(code, "1\n")


def test_only_forms_with_a_source_block() -> None:
    strict = {code.form for _, code in codes() if code.strict}

    assert strict == {
        "a Xero account code of 1 to 10 characters",
        "an e-conomic product number of 1 to 25 characters",
        "a Fortnox article number of 1 to 50 letters, digits and the signs + / . _ -",
        "the internal id of a NetSuite item, digits only",
    }


@pytest.mark.parametrize(
    ("name", "side", "good", "bad"),
    [
        ("account_code_mapping", "value", ["0010", "SALES", "A B", "1234567890"], ["12345678901"]),
        ("economic_product_mapping", "value", ["1", "a" * 25], ["a" * 26]),
        ("fortnox_account_mapping", "value", ["1000", "9999"], ["999", "0100", "30411", "\uff13041"]),
        ("fortnox_article_mapping", "value", ["a+/._-9", "x" * 50], ["a b", "x" * 51, "å"]),
        ("item_mapping", "value", ["1", "0019"], ["1a", "-1", "\u0663"]),
        ("netsuite_item_mapping", "value", ["149"], ["item", "1.0"]),
        ("sage_ledger_mapping", "value", ["0" * 32], ["4000", "F" * 32]),
        ("exact_ledger_mapping", "value", ["8000", "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"], ["a-b"]),
        ("sage_intacct_account_code_mapping", "value", ["40100", "4000-10"], ["Sales account"]),
        ("hubspot_stages_mapping", "key", ["1234912", "closedwon"], ["Contract sent"]),
        ("bamboo_custom_field_mapping", "key", ["4398", "4398.0", "jobTitle"], ["Job title"]),
        ("netsuite_customer_field_mapping", "key", ["email", "custentity_a"], ["custbody_a", "custcol_a"]),
        ("netsuite_project_field_mapping", "key", ["custentity_a"], ["custbody_a", "custentity"]),
        ("netsuite_invoice_field_mapping", "key", ["memo", "custbody_a"], ["custcol_a", "custentity_a"]),
        ("netsuite_sales_order_field_mapping", "key", ["custbody_a"], ["custcol_a", "1"]),
        ("netsuite_line_item_field_mapping", "key", ["department", "custcol_a"], ["custbody_a"]),
        ("netsuite_line_item_fixed_value_mapping", "key", ["class"], ["custbody_a"]),
    ],
)
def test_a_pattern_takes_good_codes_and_refuses_bad_ones(name: str, side: str, good: list[str], bad: list[str]) -> None:
    (provider,) = mappings_by_name()[name]
    code = getattr(provider.mappings()[name], side)

    assert [value for value in good if not fits(code, value)] == []
    assert [value for value in bad if fits(code, value)] == []
