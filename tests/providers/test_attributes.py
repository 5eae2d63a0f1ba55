import re
from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from productive_integrations.providers import PROVIDERS, Hash, ListFilters, Provider
from productive_integrations.providers.common import Common
from productive_integrations.providers.markers import (
    Attribute,
    Credential,
    Default,
    Filter,
    Mapping,
    Relationship,
    Setting,
    State,
    Toggle,
)

each_type = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.__name__)
SECRET = {
    "client_id",
    "options",
    "redirect_uri",
    "request_token",
    "request_uri",
    "slack_options",
    "sso_metadata",
    "sso_metadata_url",
    "sso_target_url",
    "sso_url",
}
NOT_OUR_WORDS = re.compile(
    r"^(the \w+ \w+ id|.*\bwhen true\b|whether to |.*\bused when\b|a mapping of|mapping of)", re.IGNORECASE
)


def facts() -> Iterator[tuple[type[BaseModel], str, FieldInfo, Attribute]]:
    """Every attribute of every type, and every filter: (owner, name, field, fact)."""
    for provider in PROVIDERS:
        for name, field, fact in provider.attributes():
            yield provider, name, field, fact
    for name, field in ListFilters.model_fields.items():
        yield ListFilters, name, field, field.metadata[0]


@each_type
def test_a_type_says_what_it_is_for(provider: type[Provider]) -> None:
    assert (provider.__doc__ or "").endswith(".")
    assert provider.title == provider.title.strip() != ""
    assert issubclass(provider, Common)


@each_type
def test_an_attribute_is_described_in_a_sentence_or_two(provider: type[Provider]) -> None:
    for name, field, _ in provider.attributes():
        text = field.description or ""
        assert text.endswith("."), name
        assert text[0].isupper(), name
        assert len(text) <= 130, name
        assert len(re.findall(r"[.!?](?= |$)", text)) <= 2, name
        assert "_" not in text, name
        assert not NOT_OUR_WORDS.match(text), name


def test_two_attributes_never_share_a_description() -> None:
    texts: dict[str, set[tuple[object, str]]] = {}
    for owner, name, field, _ in facts():
        of = "filters" if owner is ListFilters else name
        texts.setdefault((field.description or "").casefold(), set()).add((of, name))

    assert [names for names in texts.values() if len(names) > 1] == []


@each_type
def test_no_attribute_is_required_and_each_starts_empty(provider: type[Provider]) -> None:
    assert set(provider.read({}).model_dump().values()) == {None}


@each_type
def test_the_kind_of_an_attribute_decides_who_may_change_it(provider: type[Provider]) -> None:
    allowed = {
        Mapping: {"checked"},
        Default: {"confirm", "never"},
        Setting: {"confirm", "never"},
        Toggle: {"confirm", "never"},
        State: {"never"},
        Credential: {"never"},
        Relationship: {"never"},
    }
    for name, _, fact in provider.attributes():
        assert fact.change in allowed[type(fact.kind)], name
        if getattr(fact.kind, "parent", False):
            assert fact.change == "never", name


@each_type
def test_a_mapping_is_named_one_and_holds_a_hash(provider: type[Provider]) -> None:
    for name, field, fact in provider.attributes():
        assert isinstance(fact.kind, Mapping) == name.endswith("_mapping"), name
        if isinstance(fact.kind, Mapping):
            assert field.annotation == Hash | None, name
        if isinstance(fact.kind, Toggle):
            assert bool in get_args(field.annotation), name


def test_what_may_leave_the_server_is_marked() -> None:
    by_sensitivity: dict[str, set[str]] = {}
    for _, name, _, fact in facts():
        by_sensitivity.setdefault(fact.sensitivity, set()).add(name)

    assert by_sensitivity["secret"] == SECRET
    assert by_sensitivity["internal"] == {"realm_id", "xero_organization_id", "xero_organizations"}
    assert by_sensitivity["personal"] == {"calendars", "creator", "hubspot_default_deal_owner_id"}
    assert all(fact.sensitivity == "secret" for *_, fact in facts() if isinstance(fact.kind, Credential))


@each_type
def test_a_secret_is_not_in_the_text_of_a_record(provider: type[Provider]) -> None:
    secrets = SECRET & set(provider.model_fields)

    record = provider.read(dict.fromkeys(secrets, "canary"))

    assert "canary" not in repr(record) + str(record)


def test_what_decides_the_catalogue_of_the_codes_is_marked() -> None:
    parents = {name for _, name, _, fact in facts() if getattr(fact.kind, "parent", False)}

    assert parents == {
        "bamboo_workplace_field",
        "exact_division",
        "exact_division_id",
        "netsuite_default_subsidiary_id",
        "realm_id",
        "salesforce_subsidiary_field",
        "xero_organization_id",
    }


def test_relationships_are_the_five_of_the_seed() -> None:
    found = {name: fact.kind.resource for _, name, _, fact in facts() if isinstance(fact.kind, Relationship)}

    assert found == {
        "creator": "people",
        "deal": "deals",
        "organization": "organizations",
        "project": "projects",
        "subsidiary": "subsidiaries",
    }


def test_filters_are_no_attributes_of_a_record() -> None:
    assert {owner for owner, _, _, fact in facts() if isinstance(fact.kind, Filter)} == {ListFilters}


def test_where_nothing_names_the_type_the_class_says_so() -> None:
    unknown = {name for _, name, _, fact in facts() if fact.confidence == "unknown"}

    assert unknown >= {"folders", "all_folders", "use_companies_export", "salesforce_stage_id", "client_id"}
