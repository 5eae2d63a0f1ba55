from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from productive_integrations.sandbox import Record, Sandbox

SEED = Path(__file__).parents[1] / "data/seed_attributes.txt"
ROWS = [line.split("\t") for line in SEED.read_text(encoding="utf-8").splitlines()]
RELATIONSHIPS = {"creator", "deal", "organization", "project", "subsidiary"}
SHOWN = {name for name, _, flags in ROWS if "Response" in flags} - RELATIONSHIPS
MAPPINGS = {name for name in SHOWN if name.endswith("_mapping")}
WORLD = Sandbox()
INTEGRATIONS = list(WORLD.integrations.values())


def named(resource: str) -> Counter[str]:
    return Counter(row.attributes["name"] for row in WORLD.records[resource].values() if not row.archived)


def alive(record: Record) -> bool:
    return bool(record.attributes["connected_at"]) and not record.attributes["deactivated_at"]


def test_every_type_is_there_and_two_xeros_are_active() -> None:
    active = Counter(row.attributes["integration_type_id"] for row in INTEGRATIONS if alive(row))
    assert set(active) == set(range(1, 32))
    assert active[3] == 2
    assert len(INTEGRATIONS) >= 33


def test_every_integration_carries_every_attribute_of_the_seed() -> None:
    assert len(SHOWN) == 132
    for row in INTEGRATIONS:
        assert set(row.attributes) == SHOWN
        assert set(row.relationships) == RELATIONSHIPS


@pytest.mark.parametrize("mapping", sorted(MAPPINGS))
def test_every_mapping_is_in_use_somewhere_alive(mapping: str) -> None:
    assert len(MAPPINGS) == 29
    assert any(alive(row) and row.attributes[mapping] for row in INTEGRATIONS)


def test_one_is_switched_off_and_one_never_was_connected() -> None:
    off = [row.id for row in INTEGRATIONS if row.attributes["deactivated_at"]]
    never = [row.id for row in INTEGRATIONS if not row.attributes["connected_at"]]
    assert (off, never) == (["61930"], ["91077"])


def test_every_secret_holds_a_canary() -> None:
    plain = {1, 5, 6}
    for row in INTEGRATIONS:
        values: dict[str, Any] = row.attributes
        assert values["options"]["access_token"] == f"CANARY-options-{row.id}"
        kind = values["integration_type_id"]
        if kind == 8:
            wanted = {"sso_metadata", "sso_metadata_url", "sso_target_url", "sso_url"}
        else:
            wanted = set() if kind in plain else {"request_token", "request_uri", "redirect_uri"}
        wanted |= {"realm_id"} if kind in {2, 3, 4} else set()
        wanted |= {"client_id"} if kind in {26, 27} else set()
        wanted |= {"slack_options"} if kind in {11, 14} else set()
        assert {name for name, value in values.items() if str(value).startswith("CANARY-")} == wanted


def test_the_organization_has_the_size_that_was_asked_for() -> None:
    live = {name: sum(named(name).values()) for name in ("service_types", "tax_rates", "subsidiaries")}
    assert live["service_types"] >= 40
    assert live["tax_rates"] >= 15
    assert live["subsidiaries"] == 3
    for resource, least in (("projects", 8), ("people", 12), ("companies", 8), ("custom_fields", 10)):
        assert len(WORLD.records[resource]) >= least
        assert any(row.archived for row in WORLD.records[resource].values())


def test_names_are_unique_but_for_the_planned_ones() -> None:
    assert [name for name, count in named("service_types").items() if count > 1] == ["Community management"]
    statuses = named("deal_statuses")
    assert [name for name, count in statuses.items() if count > 1] == ["Negotiation"]


@pytest.mark.parametrize(
    "name",
    [
        "Design",
        "Development",
        "Consulting",
        "Workshop",
        "Strategy",
        "Media buying",
        "Retainer",
        "Project management",
    ],
)
def test_a_name_people_ask_for_is_there_once(name: str) -> None:
    assert named("service_types")[name] == 1


def test_ids_of_different_resources_are_never_the_same() -> None:
    ids = Counter(record_id for rows in WORLD.records.values() for record_id in rows)
    assert max(ids.values()) == 1


def test_every_link_leads_to_a_record() -> None:
    for rows in WORLD.records.values():
        for row in rows.values():
            for link in row.relationships.values():
                assert link is None or link["id"] in WORLD.records[link["type"]]


def test_the_british_xero_is_rich_and_nearly_clean() -> None:
    row = WORLD.integrations["74211"].attributes
    accounts, types = row["account_code_mapping"], WORLD.records["service_types"]
    assert len(accounts) >= 35
    assert accounts["600131"] == "4010"
    assert not [key for key in accounts if types[key].archived]
    assert [key for key in row["purchase_order_account_code_mapping"] if types[key].archived] == ["582330"]
    assert all(code == code.strip() and len(code) <= 10 for code in accounts.values())
    british = {key for key, rate in WORLD.records["tax_rates"].items() if rate.related("subsidiary") == "11204"}
    assert british - set(row["tax_rate_mapping"]) == {"31952"}
    assert set(row["tax_rate_mapping"]) <= british


def test_planted_mistakes_are_where_the_page_says() -> None:
    values = {row.id: row.attributes for row in INTEGRATIONS}
    assert values["78804"]["tax_rate_mapping"]["31102"] == "OUTPUT"
    assert {"8010", "8010 "} <= set(values["78804"]["account_code_mapping"].values())
    assert "598710" not in WORLD.records["service_types"]
    assert "598710" in values["79216"]["item_mapping"]
    assert values["76650"]["hubspot_stages_mapping"]["closedlost"] == "204901"
    assert values["82905"]["netsuite_invoice_field_mapping"].keys() & (
        values["82905"]["netsuite_invoice_fixed_value_mapping"].keys()
    ) == {"custbody_region"}
    assert values["81047"]["economic_product_mapping"]["600372"] == ""
    assert values["83790"]["sage_default_ledger"] is None
    assert WORLD.records["projects"]["304206"].archived
