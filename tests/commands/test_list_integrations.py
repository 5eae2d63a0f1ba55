import os
from pathlib import Path

import pytest

from commands.speaking import Say
from front_door import XERO_NL, XERO_UK, FrontDoor
from processes import ran


def test_it_lists_every_integration_in_a_table(say: Say, door: FrontDoor) -> None:
    said = say("list")

    header, *lines, total = said.out.splitlines()
    assert said.status == 0
    assert header.split() == ["id", "type", "name", "state", "subsidiary", "entries"]
    assert [line.split()[0] for line in lines if line[0] != " "] == list(door.sandbox.integrations)
    assert total == f"{len(door.sandbox.integrations)} integrations"


def test_for_programs_it_is_one_document_without_cursors(say: Say, door: FrontDoor) -> None:
    for number in range(450):
        door.sandbox.add("integrations", integration_type_id=2, name=f"Books {number} {'x' * 100}")
    door.sandbox.switches.rate_limit = False

    listed = say("list", "--json").data

    assert listed.keys() == {"integrations"}
    assert sorted(row["id"] for row in listed["integrations"]) == sorted(door.sandbox.integrations)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("--type", "xero"), [XERO_UK, XERO_NL]),
        (("--type", "3", "--sort=-id"), [XERO_NL, XERO_UK]),
        (("--query", "xero n"), [XERO_NL]),
        (("--type", "quickbooks", "--state", "inactive"), ["61930"]),
        (("--query", "nothing of this name"), []),
    ],
)
def test_arguments_narrow_the_list(say: Say, words: tuple[str, ...], ids: list[str]) -> None:
    assert [row["id"] for row in say("list", "--json", *words).data["integrations"]] == ids


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--type", "xerox"), "--type"),
        (("--subsidiary", "London"), "--subsidiary"),
        (("--deal", "0"), "--deal"),
        (("--state", "gone"), "--state"),
        (("--sort", "name"), "--sort"),
        (("--colour", "red"), "--colour"),
        (("--jira-organization", "\udcff"), "--jira-organization"),
        (("--jira-project", "\udcff"), "--jira-project"),
        (("--jira-project", "x" * 201), "--jira-project"),
        (("--query", "\udcff"), "--query"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name_before_any_request(
    say: Say, door: FrontDoor, words: tuple[str, ...], named: str
) -> None:
    said = say("list", *words)

    assert (said.status, said.out, door.sandbox.requests) == (2, "", [])
    assert named in said.err


def test_a_name_is_shown_and_never_obeyed(say: Say, door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_NL].attributes["name"] = "\x1b[31m[bold]red[/bold]\u202e :smile:"

    said = say("list", "--query", "red")

    assert "\\u{1b}[31m[bold]red[/bold]\\u{202e} :smile:" in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_it_ends_in_good_order_when_the_reader_has_enough(form: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = ran(["list", "--demo", *form], {}, stdout=closed)

    assert ended.returncode == 141
    assert ended.stderr == b""


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("show", XERO_NL), ("check", XERO_NL)])
def test_what_cannot_be_written_out_is_one_sentence(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = ran([*words, "--demo"], {}, stdout=full)

    assert ended.returncode == 1
    assert ended.stderr.decode() == (
        "productive-integrations-mcp: Standard output cannot be written (No space left on device).\n"
    )
