"""What may complete an argument that somebody is typing, for prompts and templates alike."""

import pytest
from mcp import Client, MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, Completion, PromptReference, ResourceTemplateReference

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, Generation, content_of
from productive_integrations.providers import PROVIDERS, mappings_by_name, provider_of
from productive_integrations.resources import RESOURCES
from productive_integrations.validation import RULES

pytestmark = pytest.mark.anyio
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
REVIEW = PromptReference(name="review_integration")
MAP = PromptReference(name="map_unmapped")
EXPLAIN = PromptReference(name="explain_integration_type")
XERO_MAPPINGS = list(provider_of(3).mappings())


def template(name: str) -> ResourceTemplateReference:
    """The template of a resource, by the resource's name."""
    return ResourceTemplateReference(uri=next(one.uri for one in RESOURCES if one.name == name))


async def completed(
    client: Client, ref: PromptReference | ResourceTemplateReference, name: str, typed: str, **given: str
) -> Completion:
    argument = {"name": name, "value": typed}
    completion = (await client.complete(ref, argument, given or None)).completion
    assert len(completion.values) <= 100
    return completion


@GENERATIONS
@pytest.mark.parametrize(
    ("ref", "name"), [(REVIEW, "integration"), (MAP, "integration"), (template("integration"), "id")]
)
@pytest.mark.parametrize(("typed", "ids"), [("xero n", [XERO_NL]), ("788", [XERO_NL]), ("XERO", [XERO_UK, XERO_NL])])
async def test_an_integration_is_found_by_name_and_by_id_and_given_as_its_id(
    door: FrontDoor,
    generation: Generation,
    ref: PromptReference | ResourceTemplateReference,
    name: str,
    typed: str,
    ids: list[str],
) -> None:
    async with door.client(generation) as client:
        completion = await completed(client, ref, name, typed)

    assert completion.values == ids
    assert (completion.total, completion.has_more) == (len(ids), False)


async def test_what_is_typed_letter_by_letter_costs_one_listing(door: FrontDoor) -> None:
    async with door.client() as client:
        for typed in ("", "x", "xe", "xer", "xero"):
            await completed(client, REVIEW, "integration", typed)

    assert len(door.sandbox.requests) == 1


async def test_at_most_a_hundred_are_given_and_the_rest_is_counted(door: FrontDoor) -> None:
    for number in range(150):
        door.sandbox.add("integrations", name=f"Many {number}", integration_type_id=5)

    async with door.client() as client:
        completion = await completed(client, REVIEW, "integration", "many")

    assert (len(completion.values), completion.total, completion.has_more) == (100, 150, True)


@GENERATIONS
async def test_mappings_are_those_of_the_integration_that_is_given(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation) as client:
        of_id = await completed(client, MAP, "mapping", "", integration=XERO_UK)
        of_name = await completed(client, MAP, "mapping", "", integration="Xero UK")
        in_template = await completed(client, template("mapping"), "mapping", "tax", id=XERO_UK)
        of_all = await completed(client, MAP, "mapping", "")
        of_nobody = await completed(client, MAP, "mapping", "hubspot", integration="nobody")

    assert of_id.values == of_name.values == XERO_MAPPINGS
    assert in_template.values == ["tax_rate_mapping"]
    assert of_all.values == list(mappings_by_name())
    assert of_nobody.values == ["hubspot_stages_mapping"]


@GENERATIONS
async def test_keys_are_found_by_name_those_without_an_entry_first(door: FrontDoor, generation: Generation) -> None:
    given = {"integration": XERO_UK, "mapping": "account_code_mapping"}
    async with door.client(generation) as client:
        named = await completed(client, MAP, "key", "design", **given)
        every = await completed(client, MAP, "key", "", **given)
        without = await completed(client, MAP, "key", "", integration=XERO_UK)
        foreign = await completed(client, MAP, "key", "", integration=XERO_UK, mapping="item_mapping")

    assert DESIGN in named.values
    stored = door.stored(XERO_UK, "account_code_mapping")
    assert not set(every.values[:7]) & stored.keys()
    assert set(every.values[7:]) == stored.keys()
    assert without.values == foreign.values == []


@GENERATIONS
@pytest.mark.parametrize(("ref", "name"), [(EXPLAIN, "type"), (template("integration_type"), "type")])
async def test_types_are_found_by_name_number_and_alias(
    door: FrontDoor, generation: Generation, ref: PromptReference | ResourceTemplateReference, name: str
) -> None:
    async with door.client(generation) as client:
        every = await completed(client, ref, name, "")
        by_name = await completed(client, ref, name, "QUICK")
        by_number = await completed(client, ref, name, "26")
        by_alias = await completed(client, ref, name, "sso")

    assert every.values == [provider.title for provider in PROVIDERS]
    assert (by_name.values, by_number.values, by_alias.values) == (["QuickBooks"], ["NetSuite"], ["Single sign-on"])
    assert door.sandbox.requests == []


async def test_rules_schemas_and_changes_are_found_too(door: FrontDoor) -> None:
    edit = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {DESIGN: "4020"}}
    async with door.client(approval="none") as client:
        change_id = content_of(await client.call_tool("update_mapping", edit))["change_id"]
        rules = await completed(client, template("rule"), "id", "map3")
        named = await completed(client, template("rule"), "id", "archived")
        schemas = await completed(client, template("schema"), "name", "integ")
        changes = await completed(client, template("change"), "id", "ch_")
        changes_of = await completed(client, template("change"), "id", XERO_UK)
        other = await completed(client, template("change"), "id", XERO_NL)

    assert rules.values == [rule.id for rule in RULES if rule.id.startswith("MAP3")]
    assert named.values == ["MAP303"]
    assert schemas.values == ["integration", "integrations"]
    assert changes.values == changes_of.values == [change_id]
    assert other.values == []


async def test_every_argument_and_variable_has_completions(door: FrontDoor) -> None:
    edit = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {DESIGN: "4020"}}
    given = {"integration": XERO_UK, "mapping": "account_code_mapping"}
    asked: list[tuple[PromptReference | ResourceTemplateReference, str]] = []
    async with door.client(approval="none") as client:
        content_of(await client.call_tool("update_mapping", edit))
        for one in (await client.list_prompts()).prompts:
            asked += [(PromptReference(name=one.name), argument.name) for argument in one.arguments or ()]
        for resource in RESOURCES:
            asked += [(ResourceTemplateReference(uri=resource.uri), name) for name in resource.variables]
        empty = [(ref, name) for ref, name in asked if not (await completed(client, ref, name, "", **given)).values]

    assert len(asked) > 8
    assert empty == []


@GENERATIONS
@pytest.mark.parametrize(
    ("ref", "name", "said"),
    [
        (PromptReference(name="nothing"), "integration", 'Unknown prompt: "nothing"'),
        (REVIEW, "nothing", 'Unknown argument: "nothing"'),
        (ResourceTemplateReference(uri="productive://x/{y}"), "y", "Unknown resource template: "),
        (template("rule"), "cursor", 'Unknown argument: "cursor"'),
    ],
)
async def test_what_cannot_be_completed_is_the_callers_error(
    door: FrontDoor,
    generation: Generation,
    ref: PromptReference | ResourceTemplateReference,
    name: str,
    said: str,
) -> None:
    async with door.client(generation) as client:
        with pytest.raises(MCPError) as refused:
            await completed(client, ref, name, "")

    assert refused.value.code == INVALID_PARAMS
    assert refused.value.message.startswith(said)


@GENERATIONS
async def test_a_token_that_is_refused_is_said_in_our_words_with_nothing_secret(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation, api_token="CANARY-token") as client:
        with pytest.raises(MCPError) as refused:
            await completed(client, REVIEW, "integration", "x")

    assert refused.value.code == INTERNAL_ERROR
    assert "PRODUCTIVE_API_TOKEN" in refused.value.message
    assert "CANARY" not in refused.value.message
