"""Which entries of a mapping have a counterpart in another integration, looked at through the use case."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor
from productive_integrations.app.build import open_services
from productive_integrations.errors import InvalidArgument, NotFound
from productive_integrations.mappings.copy import copy_mapping
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.update import Prepared
from productive_integrations.sandbox import Sandbox

pytestmark = pytest.mark.anyio
ACCOUNTS, TAXES = "account_code_mapping", "tax_rate_mapping"
AMSTERDAM = "11871"
NETSUITE, HUBSPOT, BAMBOO, FORTNOX = "82905", "76650", "85036", "80122"


@pytest.fixture(name="services")
async def _services(door: FrontDoor) -> AsyncIterator[Services]:
    async with open_services(door.settings(), patience=door.patience) as services:
        yield services


async def copied(
    services: Services, mapping: str = ACCOUNTS, source: str = XERO_UK, target: str = XERO_NL, caller: str = "local"
) -> Prepared:
    return await copy_mapping(services, source, target, mapping, caller, ())


def twin(sandbox: Sandbox, integration_id: str, **attributes: Any) -> str:
    """Another connected integration of the same type and subsidiary, with these mappings alone."""
    record = sandbox.integrations[integration_id]
    link = record.relationships["subsidiary"]
    names = ("integration_type_id", "xero_organization_id")
    shared = {name: record.attributes[name] for name in names}
    return sandbox.add(
        "integrations",
        **shared,
        name="Twin",
        connected_at="2024-01-01T00:00:00.000+00:00",
        subsidiary=link["id"] if link else None,
        **attributes,
    )


def carried(prepared: Prepared) -> dict[str, Any]:
    return {row.key: row.after for row in prepared.result.changes}


def left(prepared: Prepared) -> dict[str, str]:
    """What was left behind, with the sentence about it."""
    return {
        finding.field.removeprefix("from."): finding.message
        for finding in prepared.result.findings
        if finding.rule == "MAP608"
    }


def rate(sandbox: Sandbox, name: str, percent: float | None, subsidiary: str | None = AMSTERDAM) -> str:
    return sandbox.add("tax_rates", name=name, primary_component_value=percent, subsidiary=subsidiary)


async def test_the_plan_is_an_edit_of_the_target_that_names_the_source(services: Services, sandbox: Sandbox) -> None:
    plan = (await copied(services)).plan

    assert plan is not None
    assert plan.edit.integration_id == XERO_NL
    assert plan.edit.mapping == ACCOUNTS
    assert plan.edit.set == sandbox.integrations[XERO_UK].attributes[ACCOUNTS]
    assert (plan.edit.remove, plan.edit.default) == ((), None)
    assert plan.edit.reason == f"copied from integration {XERO_UK}"


async def test_entries_that_are_alike_are_neither_changed_nor_left_behind(services: Services, sandbox: Sandbox) -> None:
    ours = sandbox.integrations[XERO_UK].attributes[ACCOUNTS]
    sandbox.integrations[XERO_NL].attributes[ACCOUNTS] = {**ours, DESIGN: "8010"}

    prepared = await copied(services)

    assert carried(prepared) == {DESIGN: ours[DESIGN]}
    assert left(prepared) == {}


async def test_between_integrations_of_one_subsidiary_tax_rates_keep_their_ids(
    services: Services, sandbox: Sandbox
) -> None:
    target = twin(sandbox, XERO_UK, tax_rate_mapping={"31102": "OUTPUT"})

    prepared = await copied(services, TAXES, target=target)

    live = dict(sandbox.integrations[XERO_UK].attributes[TAXES])
    del live["30871"]
    assert carried(prepared) == live
    assert left(prepared).keys() == {"UK VAT 17.5%"}


async def test_a_target_without_a_subsidiary_gets_the_same_rates(services: Services, sandbox: Sandbox) -> None:
    sandbox.integrations[XERO_NL].relationships["subsidiary"] = None

    assert carried(await copied(services, TAXES))["31109"] == "RROUTPUT"


async def test_a_rate_of_no_subsidiary_is_every_ones(services: Services, sandbox: Sandbox) -> None:
    everywhere = rate(sandbox, "No tax", 0.0, None)
    sandbox.integrations[XERO_UK].attributes[TAXES] = {everywhere: "NONE"}

    assert carried(await copied(services, TAXES)) == {everywhere: "NONE"}


@pytest.mark.parametrize(
    ("name", "percent", "matches"),
    [
        ("UK VAT 20%", 20.0, True),
        ("uk vat  20% ", 20, True),
        ("UK VAT 20%", 20.5, False),
        ("UK VAT 20%", 0.0, False),
        ("UK VAT 20%", None, False),
        ("UK VAT 20", 20.0, False),
    ],
)
async def test_a_rate_is_the_same_by_name_and_percentage_together(
    services: Services, sandbox: Sandbox, name: str, percent: float | None, *, matches: bool
) -> None:
    alike = rate(sandbox, name, percent)
    sandbox.integrations[XERO_UK].attributes[TAXES] = {"31102": "OUTPUT2"}

    prepared = await copied(services, TAXES)

    assert carried(prepared) == ({alike: "OUTPUT2"} if matches else {})
    assert left(prepared).keys() == (set() if matches else {"UK VAT 20%"})


async def test_a_left_rate_is_said_with_its_reason(services: Services) -> None:
    prepared = await copied(services, TAXES)

    assert "of that name and percentage" in left(prepared)["UK VAT 20%"]


async def test_stages_and_fields_are_carried_over_as_they_are(services: Services, sandbox: Sandbox) -> None:
    for source, mapping in (
        (HUBSPOT, "hubspot_stages_mapping"),
        (BAMBOO, "bamboo_custom_field_mapping"),
        (NETSUITE, "netsuite_invoice_field_mapping"),
    ):
        entries = dict(sandbox.integrations[source].attributes[mapping])
        kept = next(iter(entries.items()))
        target = twin(sandbox, source, **{mapping: dict([kept])})

        prepared = await copied(services, mapping, source, target)

        assert carried(prepared) == {key: value for key, value in entries.items() if key != kept[0]}, mapping
        assert left(prepared) == {}


async def test_numbers_are_copied_in_the_form_that_the_target_has(services: Services, sandbox: Sandbox) -> None:
    sandbox.integrations[FORTNOX].attributes["fortnox_account_mapping"] = {DESIGN: 3041, "600203": 3042}
    as_numbers = twin(sandbox, FORTNOX, fortnox_account_mapping={"600112": 3040})
    as_text = twin(sandbox, FORTNOX, fortnox_account_mapping={"600112": "3040"})

    for target, form in ((as_numbers, int), (as_text, str)):
        prepared = await copied(services, "fortnox_account_mapping", FORTNOX, target)

        assert prepared.plan is not None
        after = [entry.after for entry in prepared.plan.change.entries]
        assert after == [form(3041), form(3042)]


async def test_what_has_no_match_stays_with_the_plan(services: Services, sandbox: Sandbox) -> None:
    sandbox.integrations[XERO_UK].attributes[ACCOUNTS]["598710"] = "4000"

    prepared = await copied(services)

    assert prepared.plan is not None
    assert left(prepared).keys() == {"598710"}
    assert [finding.field for finding in prepared.plan.shown.findings if finding.rule == "MAP608"] == ["from.598710"]


async def test_a_plan_belongs_to_the_one_who_made_it(services: Services) -> None:
    plan = (await copied(services, caller="somebody")).plan

    assert plan is not None
    assert plan.caller == "somebody"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"target": XERO_UK}, "to_integration_id"),
        ({"target": "79216"}, "to_integration_id"),
        ({"mapping": "item_mapping"}, "mapping"),
        ({"mapping": "nothing"}, "mapping"),
    ],
    ids=["itself", "another type", "a mapping of another type", "no mapping"],
)
async def test_what_cannot_be_copied_names_the_field(services: Services, words: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        await copied(services, **words)

    assert caught.value.field == field


async def test_a_refused_mapping_comes_with_those_that_the_type_has(services: Services) -> None:
    with pytest.raises(InvalidArgument, match="account_code_mapping"):
        await copied(services, "item_mapping")


@pytest.mark.parametrize("words", [{"source": "999"}, {"target": "999"}])
async def test_an_unknown_integration_raises(services: Services, words: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        await copied(services, **words)


async def test_both_integrations_are_read_afresh_and_nothing_is_written(services: Services, sandbox: Sandbox) -> None:
    await copied(services)
    sandbox.requests.clear()

    await copied(services)

    read = [request.path.rpartition("/")[2] for request in sandbox.requests]
    assert {XERO_UK, XERO_NL} <= set(read)
    assert {request.method for request in sandbox.requests} == {"GET"}
