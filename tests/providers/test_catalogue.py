from pathlib import Path

import pytest

from productive_integrations.providers import (
    PROVIDERS,
    ListFilters,
    attribute_names,
    mappings_by_name,
    provider_of,
    type_named,
)
from productive_integrations.providers.common import Common
from productive_integrations.providers.markers import Filter

SEED = [line.split("\t") for line in (Path(__file__).parents[1] / "data/seed_attributes.txt").read_text().splitlines()]
NAMES = [name for name, _, _ in SEED]
ENUM = [
    "CPP",
    "Quickbooks",
    "Xero",
    "Exact",
    "Zapier",
    "Webhook",
    "Jira",
    "Single sign on",
    "Google Calendar",
    "Harvest",
    "Slack",
    "Microsoft",
    "Economic",
    "Slack Bot",
    "Fortnox",
    "Personio",
    "Merge Dev",
    "Hubspot",
    "Twinfield",
    "Breathehr",
    "Sage Accounting",
    "Rippling",
    "Bamboo",
    "Apideck",
    "Gmail",
    "Netsuite",
    "Sage Intacct",
    "Outlook Mail",
    "Datev",
    "Teams Bot",
    "Salesforce",
]
SEVERAL_HOMES = {
    "all_folders": {7, 11},
    "calendar_write_options": {9, 12},
    "calendar_write_status": {9, 12},
    "calendars": {9, 12},
    "client_id": {26, 27},
    "expense_account_code_mapping": {2, 3},
    "export_attachment": {2, 3, 4, 13, 15, 19, 21, 26, 27},
    "export_expense_attachment": {2, 3},
    "export_number": {2, 3, 4, 13, 15, 19, 21, 26, 27},
    "folders": {7, 11},
    "import_attachment": {2, 3, 4, 13, 15, 21},
    "import_number": {2, 3, 4, 13, 15, 21, 26, 27},
    "payments_import": {2, 3, 4, 13, 15, 21, 26},
    "realm_id": {2, 3, 4},
    "slack_options": {11, 14},
    "tax_rate_mapping": {2, 3, 15, 26, 27},
    "use_companies_export": {2, 3, 4, 13, 15, 19, 21, 26, 27},
    "use_expense_sync": {2, 3},
}


def homes(name: str) -> set[int]:
    return {provider.type_id for provider in PROVIDERS if name in provider.model_fields}


def test_the_seed_names_143_attributes() -> None:
    assert len(SEED) == len(set(NAMES)) == 143


def test_every_attribute_of_the_seed_is_declared_and_no_other() -> None:
    assert attribute_names() == set(NAMES)


@pytest.mark.parametrize(("name", "flags"), [(name, flags) for name, _, flags in SEED])
def test_an_attribute_has_the_homes_that_its_flags_ask_for(name: str, flags: str) -> None:
    if "Response" not in flags:
        assert homes(name) == set()
    elif name in Common.model_fields:
        assert homes(name) == set(range(1, 32))
    elif name in SEVERAL_HOMES:
        assert homes(name) == SEVERAL_HOMES[name]
    else:
        assert len(homes(name)) == 1

    assert ("Parameter" in flags) == (name in ListFilters.model_fields)


@pytest.mark.parametrize(("name", "flags"), [(name, flags) for name, _, flags in SEED if "Parameter" in flags])
def test_a_list_is_narrowed_or_ordered_as_the_flags_say(name: str, flags: str) -> None:
    fact = ListFilters.model_fields[name].metadata[0]

    assert fact.kind == Filter(sort="sort" in flags)
    assert fact.change == "none"


def test_there_are_31_types_in_the_order_of_their_numbers() -> None:
    assert [provider.type_id for provider in PROVIDERS] == list(range(1, 32))
    assert len({provider.title for provider in PROVIDERS}) == 31


@pytest.mark.parametrize("number", range(1, 32))
def test_a_type_is_found_by_number_title_alias_and_the_spelling_of_the_api(number: int) -> None:
    provider = provider_of(number)

    enum = ENUM[number - 1]
    for text in (str(number), f" {number} ", provider.title, provider.title.upper(), enum, *provider.aliases):
        assert type_named(text) is provider


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("quickbooks online", 2),
        ("exact", 4),
        ("sso", 8),
        ("Single Sign-On", 8),
        ("e-conomic", 13),
        ("slack-bot", 14),
        ("bamboo", 23),
        ("google_calendar", 9),
    ],
)
def test_usual_spellings_are_understood(text: str, number: int) -> None:
    assert type_named(text) is provider_of(number)


@pytest.mark.parametrize("text", ["", " ", "-", "0", "32", "03", "-3", "3.0", "xer", "xero 3", "\u0663"])
def test_a_text_that_names_no_type_finds_none(text: str) -> None:
    assert type_named(text) is None


def test_no_two_types_share_a_spelling() -> None:
    spellings = [
        "".join(filter(str.isalnum, text.casefold()))
        for provider in PROVIDERS
        for text in (provider.title, *provider.aliases)
    ]

    assert len(spellings) == len(set(spellings))
    assert not any(text.isdigit() for text in spellings)


@pytest.mark.parametrize("number", [0, -1, 32])
def test_an_unknown_number_is_a_lookup_error(number: int) -> None:
    with pytest.raises(LookupError, match=str(number)):
        provider_of(number)


def test_there_are_29_mappings_each_with_the_types_that_have_it() -> None:
    mappings = mappings_by_name()

    assert set(mappings) == {name for name in NAMES if name.endswith("_mapping")}
    assert len(mappings) == 29
    assert {name: {provider.type_id for provider in types} for name, types in mappings.items()} == {
        name: homes(name) for name in mappings
    }
