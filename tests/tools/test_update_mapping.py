import pytest
from front_door import DESIGN, XERO_UK, FrontDoor, Generation, Person, content_of

GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}

pytestmark = pytest.mark.anyio


@GENERATIONS
async def test_a_persons_yes_applies_one_entry_and_leaves_every_other_as_it_was(
    door: FrontDoor, generation: Generation
):
    before = dict(door.stored(XERO_UK, "account_code_mapping"))
    person = Person()

    async with door.client(generation, person) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert outcome["outcome"] == "applied"
    assert '"Design" (600131): "4010" → "4030"' in person.questions[0]
    assert door.stored(XERO_UK, "account_code_mapping") == before | {DESIGN: "4030"}
    assert list(door.stored(XERO_UK, "account_code_mapping")) == list(before)
    assert door.of_record(XERO_UK)[-3:] == ["GET", "PATCH", "GET"]
    assert len(door.sent("PATCH")) == 1
    assert door.sent("PATCH")[0].body == {
        "data": {
            "type": "integrations",
            "id": XERO_UK,
            "attributes": {"account_code_mapping": before | {DESIGN: "4030"}},
        }
    }


@GENERATIONS
@pytest.mark.parametrize(
    "person", [Person("decline"), Person("cancel"), Person("accept", {"apply": False})], ids=["no", "dismiss", "untick"]
)
async def test_a_persons_no_sends_nothing(door: FrontDoor, generation: Generation, person: Person):
    async with door.client(generation, person) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert outcome["outcome"] == "declined"
    assert door.sent("PATCH") == []
