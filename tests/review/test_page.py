"""The review page in a real browser, in a host that speaks the Apps protocol, on the real server and the sandbox."""

from pathlib import Path
from typing import Any

import pytest
from mcp.types import CallToolResult

from front_door import DESIGN, XERO_UK, FrontDoor, content_of
from mappings.workbench import patching
from productive_integrations.app.build import open_services
from productive_integrations.mappings.hold import hold
from productive_integrations.mappings.services import Patience
from productive_integrations.sandbox import Sandbox
from review.chromium import Chromium, Tab
from review.host import FOCUSED, outcome, shown_in

pytestmark = pytest.mark.anyio
ACCOUNTS = "account_code_mapping"
EDIT: dict[str, Any] = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {"Design": "4030"}}
TO_CONFIRM: dict[str, Any] = EDIT | {"set": {"582330": "4020"}, "default": "4010"}
"""Print design is archived (MAP303), and eight keys would change their code with the default (MAP403)."""

UNHURRIED = Patience(stale=1.5, lag=(0.1, 0.5, 1.0))
"""A browser beside it makes the machine busy, and then a write takes its time."""

ROWS = "[...document.querySelectorAll('#rows tr')].map((row) => [...row.children].map((cell) => cell.innerText.trim()))"


@pytest.fixture(name="door")
def _door(sandbox: Sandbox, api_url: str, tmp_path: Path) -> FrontDoor:
    return FrontDoor(sandbox, api_url, tmp_path / "state.sqlite", UNHURRIED)


async def fits(tab: Tab) -> bool:
    """Whether nothing is wider than the page."""
    return bool(await tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


async def test_a_plan_is_shown_and_approved_and_the_outcome_follows(door: FrontDoor, browser: Chromium) -> None:
    edit = EDIT | {"remove": ["UX design"], "reason": "moved to \u202ecreative"}
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        plan_id = content_of(await host.show("update_mapping", edit))["plan_id"]
        shown, rows = await host.tab.text(), await host.tab.evaluate(ROWS)
        assert door.sent() == []
        await host.tab.click("#approve")
        title = await outcome(host.tab)
        after = await host.tab.text()

    assert 'of "Xero UK" (Xero, id 74211)' in shown
    assert "moved to \\u{202e}creative" in shown
    assert "38 other entries stay as they are. 8 keys without an entry use the default 4000" in shown
    assert rows == [
        [DESIGN, "Design", "4010", "4030", "Changed"],
        ["600137", "UX design", "4010", "no entry", "Removed: falls back to the default 4000"],
    ]
    assert title == "Applied"
    assert "Change ch_" in after
    assert "Approve" not in after
    assert [(call["name"], call["arguments"]) for call in host.called] == [("apply_mapping_plan", {"plan_id": plan_id})]
    assert host.told[0].startswith(
        f"On the review page the person answered plan {plan_id}: outcome applied, change ch_"
    )
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"
    assert "600137" not in door.stored(XERO_UK, ACCOUNTS)
    assert len(door.sent()) == 1


async def test_what_asks_to_be_confirmed_must_be_ticked_before_approving(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", TO_CONFIRM)
        shown = await host.tab.text()
        await host.tab.click("#approve")
        stopped, focused = await host.tab.text(), await host.tab.evaluate(FOCUSED)
        await host.tab.click("input[value=MAP303]")
        await host.tab.click("#approve")
        half = await host.tab.evaluate(FOCUSED)
        assert host.called == []
        await host.tab.click("input[value=MAP403]")
        await host.tab.click("#approve")
        title = await outcome(host.tab)

    assert "Please confirm (MAP303)" in shown
    assert "Fix: Choose a live one, or confirm if old documents still need it." in shown
    assert "Used by every key without an entry" in shown
    assert "Read all that asks to be confirmed, and tick it." in stopped
    assert (focused, half) == ("MAP303", "MAP403")
    assert host.called[0]["arguments"]["accept"] == ["MAP303", "MAP403"]
    assert title == "Applied"
    assert len(door.sent()) == 1


async def test_findings_that_ask_to_be_confirmed_must_all_be_shown_before_approving(
    door: FrontDoor, browser: Chromium
) -> None:
    edit = EDIT | {"set": many(door, 8)}
    for key in edit["set"]:
        door.sandbox.archive("service_types", key)
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", edit)
        await host.tab.click("input[value=MAP303]")
        await host.tab.click("#approve")
        stopped = await host.tab.evaluate("document.activeElement.textContent")
        assert host.called == []
        await host.tab.click(".confirm > button.more")
        shown = await host.tab.evaluate("document.querySelectorAll('.confirm li').length")
        await host.tab.click("#approve")
        title = await outcome(host.tab)

    assert stopped == "Show 3 more"
    assert (shown, title) == (8, "Applied")


@pytest.mark.parametrize("tool", ["update_mapping", "undo_change"])
async def test_in_mode_human_the_page_approves_with_the_key_that_it_alone_was_given(
    door: FrontDoor, browser: Chromium, tool: str
) -> None:
    async with door.client(has_page=True, approval="none") as client:
        change_id = content_of(await client.call_tool("update_mapping", EDIT))["change_id"]
    arguments = {"change_id": change_id} if tool == "undo_change" else EDIT | {"set": {"Design": "4020"}}
    async with door.client(has_page=True, approval="human") as client, shown_in(browser, client) as host:
        result = await host.show(tool, arguments)
        plan_id = content_of(result)["plan_id"]
        by_itself = content_of(await client.call_tool("apply_mapping_plan", {"plan_id": plan_id}))
        assert (by_itself["outcome"], door.sent()) == ("approval_required", [])
        await host.tab.click("#approve")
        title = await outcome(host.tab)
        changes = content_of(await client.call_tool("list_changes", {}))["changes"]

    sent = str(host.called[0]["arguments"]["plan_id"])
    assert sent.startswith(f"{plan_id}.")
    assert sent.removeprefix(plan_id) not in "".join(host.told)
    assert title == "Applied"
    assert changes[0]["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == ("4010" if tool == "undo_change" else "4020")


async def test_a_no_kills_the_plan(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        plan = {"plan_id": content_of(await host.show("update_mapping", EDIT))["plan_id"]}
        await host.tab.click("#decline")
        title = await outcome(host.tab)
        later = content_of(await client.call_tool("apply_mapping_plan", plan))

    assert title == "Declined"
    assert later["outcome"] == "declined"
    assert "outcome declined" in host.told[0]
    assert door.sent() == []


@pytest.mark.parametrize("seconds", [-1, 1])
async def test_a_plan_that_waited_too_long_is_said_to_have_expired(
    door: FrontDoor, browser: Chromium, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr("productive_integrations.mappings.update.PLAN_SECONDS", seconds)
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT)
        if seconds < 0:
            await host.tab.click("#approve")
        title = await outcome(host.tab)
        text = await host.tab.text()

    assert title == "Expired"
    assert "Approve" not in text
    assert door.sent() == []


async def test_a_conflict_shows_what_was_planned_what_is_there_and_what_was_wanted(
    door: FrontDoor, browser: Chromium
) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT)
        door.stored(XERO_UK, ACCOUNTS)[DESIGN] = "4999"
        await host.tab.click("#approve")
        title = await outcome(host.tab)
        differences = await host.tab.evaluate("document.getElementById('differences').innerText")

    assert title == "Changed meanwhile"
    assert differences.split() == ["Entry", "When", "planned", "Now", "Wanted", DESIGN, "4010", "4999", "4030"]
    assert door.sent() == []


async def test_a_plan_that_came_to_be_forbidden_shows_the_finding(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT)
        door.sandbox.integrations[XERO_UK].attributes["deactivated_at"] = "2026-10-02T00:00:00.000+00:00"
        await host.tab.click("#approve")
        title = await outcome(host.tab)
        text = await host.tab.text()

    assert title == "Forbidden"
    assert "Forbidden (MAP" in text
    assert "Approve" not in text
    assert door.sent() == []


async def test_a_forbidden_edit_shows_its_findings_and_offers_no_approval(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT | {"set": {"no such service": "4030"}})
        text = await host.tab.text()

    assert "Forbidden (MAP301)" in text
    assert "Fix: Give the name or id" in text
    assert "Approve" not in text


@pytest.mark.parametrize("approval", ["human", "host"])
async def test_while_another_edit_is_under_way_the_plan_waits_and_can_be_approved_again(
    door: FrontDoor, browser: Chromium, approval: str
) -> None:
    async with (
        open_services(door.settings(), patience=door.patience) as other,
        door.client(has_page=True, approval=approval, wait="0") as client,
        shown_in(browser, client) as host,
    ):
        await host.show("update_mapping", EDIT)
        async with hold(other, XERO_UK):
            await host.tab.click("#approve")
            busy = await outcome(host.tab)
            await host.tab.until("!document.getElementById('approve').disabled")
        await host.tab.click("#approve")
        await host.tab.until("document.getElementById('outcome-title').textContent !== 'Busy'")
        title = await outcome(host.tab)

    assert (busy, title) == ("Busy", "Applied")
    assert len(door.sent()) == 1


async def test_an_unclear_write_can_be_looked_at_again_until_it_is_settled(door: FrontDoor, browser: Chromium) -> None:
    door.patience = Patience(stale=0.1, lag=(0.05, 0.1), call=0.6, settle=6)
    async with door.client(has_page=True, approval="human") as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT)
        door.sandbox.faults.append(patching("late_commit", seconds=1.2))
        await host.tab.click("#approve")
        unclear = await outcome(host.tab)
        await host.tab.until("!document.getElementById('again').hidden")
        while await host.tab.evaluate("document.getElementById('outcome-title').textContent") == unclear:
            await host.tab.click("#again")
            await host.tab.until("!document.getElementById('again').disabled")
        title = await outcome(host.tab)

    assert (unclear, title) == ("Not known yet", "Applied")
    assert len(door.sent()) == 1


async def test_a_refused_edit_shows_the_steps_by_hand(door: FrontDoor, browser: Chromium) -> None:
    door.sandbox.switches = door.sandbox.switches.model_copy(update={"patch_refusal": 403})
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT)
        await host.tab.click("#approve")
        title = await outcome(host.tab)
        steps = await host.tab.evaluate("document.getElementById('manual-steps').innerText")

    assert title == "Refused by Productive"
    assert 'Set "Design" (600131) to "4030".' in steps


async def test_a_failure_is_shown_and_the_plan_can_be_approved_later(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True, approval="human", wait="0") as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT)
        door.sandbox.faults.append(patching("status_429", seconds=1))
        await host.tab.click("#approve")
        failed = await outcome(host.tab)
        text = await host.tab.text()
        door.sandbox.faults.clear()
        while await host.tab.evaluate("document.getElementById('outcome-title').textContent") == failed:
            await host.tab.until("!document.getElementById('approve').disabled")
            await host.tab.click("#approve")

    assert failed == "It did not work"
    assert "Approve" in text
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4030"


SCRIPT = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
BIDI = "safe \u202egnp.exe\u2066 \u200bzero \U000e0041tag"
LONG = "Verylongname" * 60
HOSTILE = {SCRIPT: "4030", BIDI: "4020", LONG: "4010", "{{script}} ${1} </td></table>": "4030"}


@pytest.mark.parametrize("width", [900, 360])
async def test_hostile_names_are_text_and_what_cannot_be_seen_is_shown(
    door: FrontDoor, browser: Chromium, width: int
) -> None:
    keys = {door.sandbox.add("service_types", name=name): code for name, code in HOSTILE.items()}
    async with door.client(has_page=True) as client, shown_in(browser, client, width=width) as host:
        await host.show("update_mapping", EDIT | {"set": keys})
        rows = await host.tab.evaluate(ROWS)
        title = await host.tab.evaluate("document.title")
        elements = await host.tab.evaluate("document.querySelectorAll('img, script:not([type=module])').length")
        narrow = await fits(host.tab)
        await host.tab.click("#rows button.more")
        whole = await host.tab.evaluate(ROWS)
        assert await fits(host.tab)

    names = {row[0]: row[1] for row in rows}
    script, bidi, long, markup = (names[key] for key in keys)
    assert (title, elements, narrow) == ("Review a plan", 0, True)
    assert script == SCRIPT
    assert bidi == "safe \\u{202e}gnp.exe\\u{2066} \\u{200b}zero \\u{e0041}tag"
    assert markup == "{{script}} ${1} </td></table>"
    assert long.startswith(LONG[:200] + "…")
    assert long.endswith(f"Show all {len(LONG)} characters")
    assert LONG in {row[1] for row in whole}


async def test_the_page_itself_shows_what_cannot_be_seen_whoever_sent_it(door: FrontDoor, browser: Chromium) -> None:
    row = {"key": "a\u202eb", "key_name": "c\ufeffd\ud800e", "before": "\x07", "after": "f\u00adg\U000e0020"}
    answer = {"outcome": "conflict", "changes": [row], "next": "h\u2028i", "findings": [], "differences": []}
    asked = {"mapping": "j\u2069k", "integration_id": "<b>7</b>"}
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.give(asked, CallToolResult(content=[], structured_content=answer))
        text, rows = await host.tab.text(), await host.tab.evaluate(ROWS)

    assert rows[0][:4] == ["a\\u{202e}b", "c\\u{feff}d\\u{d800}e", "\\u{7}", "f\\u{ad}g\\u{e0020}"]
    assert "h\\u{2028}i" in text
    assert "Change j\\u{2069}k" in text
    assert "of integration <b>7</b>" in text


def _set(control: str, value: str, event: str) -> str:
    """An expression that gives a control a value as a person does."""
    found = f"document.getElementById('{control}')"
    return f"{found}.value = '{value}'; {found}.dispatchEvent(new Event('{event}'))"


def many(door: FrontDoor, number: int = 500) -> dict[str, str]:
    return {door.sandbox.add("service_types", name=f"Service {one:03}"): "4030" for one in range(number)}


@pytest.mark.parametrize("width", [900, 360])
async def test_500_entries_are_all_there_found_by_filter_and_page_and_applied(
    door: FrontDoor, browser: Chromium, width: int
) -> None:
    keys = many(door)
    async with door.client(has_page=True, approval="human") as client, shown_in(browser, client, width=width) as host:
        result = await host.show("update_mapping", EDIT | {"set": keys})
        omitted = content_of(result)["omitted"]
        assert omitted > 100
        assert f"{omitted} rows had no room in this answer" in content_of(result)["next"]
        seen = await host.tab.evaluate(ROWS)
        first = await host.tab.evaluate("document.getElementById('shown').textContent")
        for _ in range(25):
            await host.tab.click("#next")
            seen += await host.tab.evaluate(ROWS)
        await host.tab.evaluate(_set("find", "SERVICE 499 ", "input"))
        found = await host.tab.evaluate(ROWS)
        said = await host.tab.evaluate("document.getElementById('shown').textContent")
        await host.tab.evaluate(_set("kind", "removed", "change"))
        none = await host.tab.evaluate(ROWS)
        assert await fits(host.tab)
        await host.tab.click("#approve")
        title = await outcome(host.tab)

    assert first == "1 to 25 of 500 changes"
    assert {row[0] for row in seen} == keys.keys()
    assert [row[1] for row in found] == ["Service 499"]
    assert said == "1 change fits, of 500 in all"
    assert none == []
    assert title == "Applied"
    assert door.stored(XERO_UK, ACCOUNTS).items() >= keys.items()


async def test_rows_that_a_host_kept_from_the_page_must_be_agreed_to(door: FrontDoor, browser: Chromium) -> None:
    edit = EDIT | {"set": many(door)}
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        result = await client.call_tool("update_mapping", edit)
        missing = content_of(result)["omitted"]
        await host.give(edit, result.model_copy(update={"meta": None}))
        text = await host.tab.text()
        await host.tab.click("#approve")
        assert host.called == []
        await host.tab.click("#confirmations input")
        await host.tab.click("#approve")
        title = await outcome(host.tab)

    assert f"{missing} rows were not given to this page." in text
    assert f"Change {ACCOUNTS}" in text
    assert title == "Applied"


async def test_the_keyboard_alone_confirms_and_approves(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True, approval="human") as client, shown_in(browser, client) as host:
        await host.show("update_mapping", TO_CONFIRM)
        order: list[str] = []
        while not order or order[-1] != "approve":
            await host.tab.press("Tab")
            order.append(await host.tab.evaluate(FOCUSED))
            if order[-1].startswith("MAP"):
                await host.tab.press(" ")
            assert len(order) < 20, order
        ring = await host.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        await host.tab.press("Enter")
        title = await outcome(host.tab)

    assert [one for one in order if one] == ["MAP303", "MAP403", "approve"]
    assert ring == "solid"
    assert title == "Applied"


async def test_a_screen_reader_meets_a_table_a_heading_for_each_part_and_named_controls(
    door: FrontDoor, browser: Chromium
) -> None:
    for width in (900, 360):
        async with door.client(has_page=True) as client, shown_in(browser, client, width=width) as host:
            await host.show("update_mapping", TO_CONFIRM)
            nodes = await host.tab.accessible()

        named = {(role, name) for role, name in nodes if name}
        headers = {name for role, name in nodes if role == "columnheader"}
        assert {
            ("heading", f"Change {ACCOUNTS}"),
            ("heading", "Findings"),
            ("heading", "Changes"),
            ("table", "Changes"),
            ("rowheader", "582330"),
            ("group", "Confirm before you approve"),
            ("checkbox", "MAP303: I have read this finding"),
            ("button", "Approve"),
            ("button", "Decline"),
        } <= named
        assert headers == {"Entry", "Name", "Before", "After", "What it means"}
        assert [role for role, _ in nodes].count("status") >= 1


async def test_the_page_takes_the_colours_of_its_host_and_follows_a_change(door: FrontDoor, browser: Chromium) -> None:
    look = "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.documentElement).colorScheme]"
    styles = {"variables": {"--color-background-primary": "rgb(1, 2, 3)"}}
    async with (
        door.client(has_page=True) as client,
        shown_in(browser, client, context={"theme": "dark"}) as host,
    ):
        dark = await host.tab.evaluate(look)
        await host.notify("host-context-changed", {"theme": "light"})
        await host.tab.until("document.documentElement.style.colorScheme === 'light'")
        light = await host.tab.evaluate(look)
        await host.notify("host-context-changed", {"styles": styles})
        await host.tab.until("document.documentElement.style.getPropertyValue('--color-background-primary')")
        own = await host.tab.evaluate(look)

    assert dark == ["rgb(29, 30, 32)", "dark"]
    assert light == ["rgb(255, 255, 255)", "light"]
    assert own == ["rgb(1, 2, 3)", "light"]


async def test_a_host_that_passes_no_calls_on_shows_the_plan_without_buttons(
    door: FrontDoor, browser: Chromium
) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client, capabilities={}) as host:
        await host.show("update_mapping", EDIT)
        text = await host.tab.text()

    assert DESIGN in text
    assert "Answer in the conversation." in text
    assert "Approve" not in text


async def test_a_failed_call_and_a_cancelled_one_are_said(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        await host.show("update_mapping", EDIT | {"integration_id": "1"})
        failed = await host.tab.text()
        await host.notify("tool-cancelled", {"reason": "user action"})
        await host.tab.until("document.getElementById('outcome-title').textContent === 'Cancelled'")

    assert "It did not work" in failed
    assert "No integration 1 in this organization." in failed
