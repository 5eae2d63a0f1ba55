import json
import re
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from commands.speaking import Say, plan_id
from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, content_of
from mappings.workbench import patching, plan
from processes import PATIENCE, at_a_terminal, command, environment, ran, run, until
from productive_integrations.commands import apply_plan
from productive_integrations.errors import StateError
from productive_integrations.sandbox import Fault

MAPPING = "account_code_mapping"
FILE = "key,value\nDesign,8020\n"


def test_with_a_yes_given_it_sends_one_patch_of_the_whole_mapping(say: Say, door: FrontDoor) -> None:
    wanted = door.stored(XERO_NL, MAPPING) | {DESIGN: "8020"}
    waiting = plan_id(say.plan(FILE))

    said = say("apply", waiting, "--yes", "--json")

    [patch] = door.sent()
    assert patch.body["data"]["attributes"] == {MAPPING: wanted}
    assert door.stored(XERO_NL, MAPPING) == wanted
    assert (said.status, said.data["outcome"]) == (0, "applied")
    assert said.data["change_id"]


def test_again_it_shows_the_same_receipt_and_sends_nothing(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))
    first = say("apply", waiting, "--yes", "--json")

    again = say("apply", waiting, "--json")

    assert (again.status, again.data | {"next": ""}) == (0, first.data | {"next": ""})
    assert again.data["next"].startswith("That was earlier")
    assert door.sandbox.requests == []


def test_without_a_terminal_nobody_can_be_asked_and_nothing_is_sent(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))

    said = say("apply", waiting)

    assert (said.status, said.out, door.sandbox.requests) == (2, "", [])
    assert "--yes" in said.err


def test_where_only_a_person_may_approve_no_flag_does(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))

    for words in (("--yes",), ()):
        said = say("apply", waiting, *words, approval="human")

        assert (said.status, said.out, door.sandbox.requests) == (2, "", [])
        assert "PRODUCTIVE_APPROVAL" in said.err


def test_where_nobody_is_asked_no_flag_is_needed(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))

    assert say("apply", waiting, "--json", approval="none").data["outcome"] == "applied"


def test_a_rule_that_asks_is_passed_only_by_its_name(say: Say, door: FrontDoor) -> None:
    planned = say.plan("key,value\nDesign,8999\n")
    [rule] = [one["rule"] for one in planned.data["findings"] if one["severity"] == "confirm"]
    waiting = plan_id(planned)

    unnamed = say("apply", waiting, "--yes", "--json")
    wrong = say("apply", waiting, "--yes", "--accept", "MAP999")
    nothing_sent = door.sent()
    named = say("apply", waiting, "--yes", "--accept", rule, "--json")

    assert (unnamed.status, unnamed.data["outcome"]) == (3, "blocked")
    assert f"--accept {rule}" in unnamed.data["next"]
    assert (wrong.status, nothing_sent) == (2, [])
    assert named.data["outcome"] == "applied"


@pytest.mark.parametrize("unknown", ["plan_x", "", "plan_" + "0" * 32])
def test_a_plan_that_is_not_there_is_said_in_the_words_of_commands(say: Say, unknown: str) -> None:
    said = say("apply", unknown, "--yes")

    assert (said.status, said.out) == (2, "")
    assert "`plan` makes plans" in said.err


def test_a_conflict_is_shown_with_its_differences_and_status_three(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))
    door.sandbox.integrations[XERO_NL].attributes[MAPPING][DESIGN] = "8030"

    said = say("apply", waiting, "--yes")

    assert said.status == 3
    assert ["600131", "8010", "8030", "8020"] in [line.split() for line in said.out.splitlines()]
    assert said.out.splitlines()[-1].startswith("conflict: ")


def test_a_refusal_is_shown_with_the_steps_by_hand(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))
    door.sandbox.switches.patch_refusal = 403

    said = say("apply", waiting, "--yes")

    assert said.status == 3
    assert re.search(r"^1\. In Productive, as an account admin, open ", said.out, re.MULTILINE)
    assert door.stored(XERO_NL, MAPPING)[DESIGN] == "8010"


@pytest.mark.parametrize(("kind", "outcome"), [("drop_before", "not_stored"), ("drop_after", "applied")])
def test_a_lost_answer_is_waited_for_until_the_end_is_known(say: Say, door: FrontDoor, kind: str, outcome: str) -> None:
    waiting = plan_id(say.plan("key,value\nDesign,4030\n", of=XERO_UK))
    door.sandbox.faults.append(patching(kind))  # type: ignore[arg-type]

    said = say("apply", waiting, "--yes", "--json")

    assert said.data["outcome"] == outcome
    assert (door.stored(XERO_UK, MAPPING)[DESIGN] == "4030") is (outcome == "applied")
    assert len(door.sent()) == 1


@pytest.mark.anyio
async def test_a_plan_made_by_an_assistant_is_applied_at_a_terminal_by_a_person(door: FrontDoor) -> None:
    async with door.client() as client:
        waiting = await plan(client)

    with at_a_terminal("apply", waiting, "--json", **door.named_settings(approval="human")) as terminal:
        until(lambda: "Apply? [y/n]" in terminal.text(), "the question")
        asked = terminal.text()
        terminal.type("perhaps\n")
        until(lambda: terminal.text().count("Apply? [y/n]") == 2, "the question once more")
        assert door.sent() == []
        terminal.type("y\n")
        receipt = json.loads(terminal.result())

    assert '"Design" (600131): "4010" → "4030"' in asked
    assert receipt["outcome"] == "applied"
    assert terminal.process.returncode == 0
    assert door.stored(XERO_UK, MAPPING)[DESIGN] == "4030"


@pytest.mark.anyio
async def test_an_answer_that_is_no_text_is_asked_for_again(door: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    # As in most people's locale, and not in that of most tests.
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    async with door.client() as client:
        waiting = await plan(client)

    with at_a_terminal("apply", waiting, "--json", **door.named_settings()) as terminal:
        until(lambda: "Apply? [y/n]" in terminal.text(), "the question")
        terminal.type("\udcff\n")
        until(lambda: terminal.text().count("Apply? [y/n]") == 2, "the question once more")
        terminal.type("y\udcff\n")
        until(lambda: terminal.text().count("Apply? [y/n]") == 3, "the question for a third time")
        assert door.sent() == []
        terminal.type("y\n")
        receipt = json.loads(terminal.result())

    assert receipt["outcome"] == "applied"


@pytest.mark.anyio
async def test_a_no_at_the_terminal_ends_the_plan(door: FrontDoor) -> None:
    async with door.client() as client:
        waiting = await plan(client)
        with at_a_terminal("apply", waiting, **door.named_settings()) as terminal:
            until(lambda: "Apply? [y/n]" in terminal.text(), "the question")
            terminal.type("n\n")
            assert "declined: " in terminal.result()
        later = content_of(await client.call_tool("apply_mapping_plan", {"plan_id": waiting}))

    assert terminal.process.returncode == 3
    assert later["outcome"] == "declined"
    assert door.sent() == []


@pytest.mark.anyio
@pytest.mark.parametrize("keys", ["\x04", "interrupt"])
async def test_who_leaves_the_question_leaves_the_plan_as_it_is(door: FrontDoor, keys: str) -> None:
    async with door.client() as client:
        waiting = await plan(client)
        with at_a_terminal("apply", waiting, **door.named_settings()) as terminal:
            until(lambda: "Apply? [y/n]" in terminal.text(), "the question")
            if keys == "interrupt":
                terminal.process.send_signal(signal.SIGINT)
            else:
                terminal.type(keys)
            terminal.result()
            assert "Traceback" not in terminal.text()
        assert terminal.process.returncode == (130 if keys == "interrupt" else 3)
        assert door.sent() == []
        later = content_of(await client.call_tool("apply_mapping_plan", {"plan_id": waiting}))

    assert later["outcome"] == "applied"


@pytest.mark.anyio
async def test_who_breaks_off_a_write_is_told_where_its_end_will_be(door: FrontDoor) -> None:
    async with door.client() as client:
        waiting = await plan(client)
    door.sandbox.faults.append(patching("slow", seconds=2.0))

    with at_a_terminal("apply", waiting, "--yes", **door.named_settings()) as terminal:
        until(door.sent, "the write")
        terminal.process.send_signal(signal.SIGINT)
        said = terminal.result()
        until(lambda: "`changes` tells" in terminal.text(), "the word of where to look")

    assert (said, terminal.process.returncode) == ("", 130)
    assert door.stored(XERO_UK, MAPPING)[DESIGN] == "4030"
    ended = json.loads(run("changes", "--json", **door.named_settings()).stdout)["changes"]
    assert [one["outcome"] for one in ended] == ["applied"]


@pytest.mark.anyio
async def test_keys_typed_before_the_question_answer_nothing(door: FrontDoor) -> None:
    async with door.client() as client:
        waiting = await plan(client)
        with at_a_terminal("apply", waiting, **door.named_settings()) as terminal:
            terminal.type("y\n")
            until(lambda: "Apply? [y/n]" in terminal.text(), "the question")
            terminal.type("n\n")
            said = terminal.result()

    assert "declined: " in said
    assert door.sent() == []


@pytest.mark.anyio
async def test_of_many_changes_a_person_sees_each_before_the_question(door: FrontDoor) -> None:
    made = [door.sandbox.add("service_types", name=f"Type {number}") for number in range(30)]
    async with door.client() as client:
        waiting = await plan(client, set=dict.fromkeys(made, "4010"))
        with at_a_terminal("apply", waiting, **door.named_settings()) as terminal:
            until(lambda: "Apply? [y/n]" in terminal.text(), "the question")
            shown = terminal.text().partition("Change account_code_mapping")[0]

    assert all(f"Type {number} " in shown for number in range(30))


def test_while_another_process_applies_it_nobody_decides_anew(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan("key,value\nDesign,8999\n"))
    with closing(sqlite3.connect(door.state)) as state, state:
        state.execute("UPDATE plans SET status = 'applying'")

    for words in (("--yes",), ("--yes", "--accept", "MAP503")):
        said = say("apply", waiting, *words, "--json", approval="human")

        assert (said.status, said.data["outcome"]) == (3, "busy")
        assert door.sent() == []


def test_what_the_state_store_does_after_a_write_does_not_hide_that_it_may_have_landed(
    say: Say, door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bool:
        raise StateError("PRODUCTIVE_STATE cannot be used.")

    waiting = plan_id(say.plan("key,value\nDesign,4030\n", of=XERO_UK))
    door.sandbox.faults.append(patching("drop_after"))
    door.sandbox.faults.append(Fault(kind="status_503_before", method="GET", path=XERO_UK, skip=1, times=99))
    monkeypatch.setattr(apply_plan, "until_settled", broken)

    said = say("apply", waiting, "--yes", "--json")

    assert (said.status, said.data["outcome"]) == (4, "unknown")
    assert said.data["change_id"]
    assert "PRODUCTIVE_STATE" in said.err


def test_a_result_that_cannot_be_shown_is_not_told_as_nothing_done(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))
    with Path("/dev/full").open("wb") as full:
        ended = ran(["apply", waiting, "--yes"], door.named_settings(), stdout=full)

    assert ended.returncode == 1
    assert "`changes` tells" in ended.stderr.decode()
    assert "Traceback" not in ended.stderr.decode()
    assert door.stored(XERO_NL, MAPPING)[DESIGN] == "8020"


def test_without_standard_input_there_is_nobody_to_ask(say: Say, door: FrontDoor) -> None:
    waiting = plan_id(say.plan(FILE))

    for words in (("apply", waiting), ("plan", XERO_NL, MAPPING, "-")):
        ended = subprocess.run(  # noqa: S603 - our own command
            ["sh", "-c", 'exec "$@" <&-', "sh", *command(*words)],  # noqa: S607 - any shell will do
            env=environment(**door.named_settings()),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

        assert (ended.returncode, ended.stdout) == (2, "")
        assert "Traceback" not in ended.stderr


def test_a_demo_has_nothing_to_apply_and_says_so(say: Say) -> None:
    for words in (("apply", "plan_x"), ("changes",), ("undo", "ch_x")):
        said = say("--demo", *words)

        assert (said.status, said.out) == (2, "")
        assert "sandbox" in said.err
