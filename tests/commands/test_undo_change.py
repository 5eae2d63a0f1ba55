from commands.speaking import Say, plan_id
from front_door import DESIGN, XERO_NL, FrontDoor

MAPPING = "account_code_mapping"
FILE = "key,value\nDesign,8020\n"


def test_it_plans_to_take_a_change_back_and_apply_does_it(say: Say, door: FrontDoor) -> None:
    before = door.stored(XERO_NL, MAPPING)
    change_id = say("apply", plan_id(say.plan(FILE)), "--yes", "--json").data["change_id"]

    undone = say("undo", change_id, "--json")
    only_planned = door.stored(XERO_NL, MAPPING)[DESIGN]
    applied = say("apply", plan_id(undone), "--yes", "--json")

    assert only_planned == "8020"
    assert applied.data["outcome"] == "applied"
    assert door.stored(XERO_NL, MAPPING) == before


def test_an_entry_that_moved_on_is_a_conflict(say: Say, door: FrontDoor) -> None:
    change_id = say("apply", plan_id(say.plan(FILE)), "--yes", "--json").data["change_id"]
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][DESIGN] = "8030"

    said = say("undo", change_id)

    assert said.status == 3
    assert said.out.splitlines()[0] == f"{MAPPING} of integration {XERO_NL}"
    assert ["600131", "8020", "8030", "8010"] in [line.split() for line in said.out.splitlines()]


def test_a_change_that_is_not_there_is_said_in_the_words_of_commands(say: Say) -> None:
    said = say("undo", "ch_x")

    assert (said.status, said.out) == (2, "")
    assert "`changes` shows" in said.err
