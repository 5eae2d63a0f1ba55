"""A plan that waits expires on the page, and one that was sent does not."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from front_door import DESIGN, XERO_UK, FrontDoor
from mappings.workbench import patching, reading
from productive_integrations.app.build import open_services
from productive_integrations.mappings.hold import hold
from productive_integrations.mappings.services import Patience, Services
from productive_integrations.review import PAGE_META
from productive_integrations.sandbox import Sandbox
from review.chromium import Chromium, Tab
from review.host import Host, outcome, shown_in, wire

pytestmark = pytest.mark.anyio
ACCOUNTS = "account_code_mapping"
EDIT: dict[str, Any] = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {"Design": "4030"}}
FORBIDDEN = EDIT | {"set": {"no such service": "4030"}}
TITLE = "document.getElementById('outcome-title').textContent"
LOST = {"error": {"code": -32603, "message": "the connection was lost"}}
UNREADABLE = {"result": {"content": [{"type": "text", "text": "(shortened)"}]}}
DEFECT = {"result": {"isError": True, "content": [{"type": "text", "text": "A write may have arrived: look first."}]}}
UNHURRIED = Patience(stale=1.5, lag=(0.1, 0.5, 1.0))


@pytest.fixture(name="door")
def _door(sandbox: Sandbox, api_url: str, tmp_path: Path) -> FrontDoor:
    return FrontDoor(sandbox, api_url, tmp_path / "state.sqlite", UNHURRIED)


async def shown_for(host: Host, seconds: float, *, press: str = "") -> float:
    """Show a plan that waits so long by what the page was told, and press a button at once. Gives when it expires.

    The server lets it wait on: it must not be what keeps the page right.
    """
    result = await host.client.call_tool("update_mapping", EDIT)
    if press:
        await host.tab.click_once_shown(press)
    # The time begins inside the browser: however busy the machine is, the page gets the plan before it is over.
    given = await host.tab.evaluate(
        f"""(() => {{
            const params = {json.dumps(wire(result))};
            const expires = (params._meta["{PAGE_META}"].expires = Date.now() / 1000 + {seconds});
            frame.contentWindow.postMessage({{ jsonrpc: "2.0", method: "ui/notifications/tool-result", params }}, "*");
            return expires;
        }})()""",
        in_frame=False,
    )
    await host.tab.until("!document.getElementById('status').textContent.startsWith('Waiting')")
    return float(given)


@asynccontextmanager
async def beside_another(door: FrontDoor, browser: Chromium) -> AsyncIterator[tuple[Services, Host]]:
    """The page of a server that waits for nothing, and another process of its state, which may hold an integration."""
    async with (
        open_services(door.settings(), patience=door.patience) as other,
        door.client(has_page=True, wait="0") as client,
        shown_in(browser, client) as host,
    ):
        yield other, host


async def another(tab: Tab, title: str) -> str:
    """The title of the outcome once it is not this one any more."""
    await tab.until(f"{TITLE} !== '{title}'")
    return await outcome(tab)


@pytest.mark.parametrize(
    ("button", "doing", "end"),
    [("#approve", "Applying the plan", "Applied"), ("#decline", "Declining the plan", "Declined")],
)
async def test_a_plan_does_not_expire_while_its_answer_is_under_way_and_the_end_is_shown_and_told(
    door: FrontDoor, browser: Chromium, button: str, doing: str, end: str
) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        async with host.answers:
            expires = await shown_for(host, 1, press=button)
            await host.tab.past(expires)
            meanwhile = await host.tab.text()
        title = await outcome(host.tab)

    assert doing in meanwhile
    assert "Expired" not in meanwhile
    assert title == end
    assert [f"outcome {end.lower()}" in told for told in host.told] == [True]


async def test_a_write_that_is_not_known_yet_does_not_expire_and_can_be_looked_at_again(
    door: FrontDoor, browser: Chromium
) -> None:
    door.patience = Patience(stale=0.1, lag=(0.05, 0.1), call=0.6, settle=6)
    async with door.client(has_page=True, approval="human") as client, shown_in(browser, client) as host:
        # It lands, its answer is lost, and from then on nothing can be read.
        faults = door.sandbox.faults
        unreadable = reading("status_503_before", times=1000)
        faults.append(patching("drop_after"))
        faults.append(patching("foreign_edit_after", edit=lambda _: faults.append(unreadable)))
        expires = await shown_for(host, 1, press="#approve")
        unclear = await outcome(host.tab)
        await host.tab.past(expires)
        later, text = await host.tab.evaluate(TITLE), await host.tab.text()
        assert (unclear, later) == ("Not known yet", "Not known yet")
        faults.clear()
        while await host.tab.evaluate(TITLE) == unclear:
            await host.tab.click("#again")
            await host.tab.until("!document.getElementById('again').disabled")
        title = await outcome(host.tab)
        after = await host.tab.text()

    assert title == "Applied"
    assert "Look again" in text
    assert "Look again" not in after
    assert "outcome applied" in host.told[-1]
    assert len(door.sent()) == 1


async def test_a_plan_that_was_told_busy_waits_again_and_expires(door: FrontDoor, browser: Chromium) -> None:
    async with beside_another(door, browser) as (other, host), hold(other, XERO_UK):
        await shown_for(host, 1, press="#approve")
        await host.tab.until(f"{TITLE} === 'Expired'")
        text = await host.tab.text()

    assert [told.endswith("outcome busy.") for told in host.told] == [True]
    assert "Approve" not in text
    assert door.sent() == []


async def test_a_plan_that_a_failure_left_waiting_expires(door: FrontDoor, browser: Chromium) -> None:
    async with door.client(has_page=True, wait="0") as client, shown_in(browser, client) as host:
        door.sandbox.faults.append(patching("status_429", times=1000))
        await shown_for(host, 1, press="#approve")
        failed = await outcome(host.tab)
        await host.tab.until(f"{TITLE} === 'Expired'")

    assert failed in {"It did not work", "Expired"}
    assert len(host.called) == 1
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "4010"


@pytest.mark.parametrize("instead", [LOST, UNREADABLE, DEFECT])
async def test_an_answer_that_was_lost_leaves_open_what_was_sent_until_the_receipt_comes(
    door: FrontDoor, browser: Chromium, instead: dict[str, Any]
) -> None:
    async with door.client(has_page=True, approval="human") as client, shown_in(browser, client) as host:
        host.instead = instead
        expires = await shown_for(host, 1, press="#approve")
        lost = await outcome(host.tab)
        await host.tab.past(expires)
        text = await host.tab.text()
        host.instead = None
        await host.tab.click("#approve")
        title = await another(host.tab, lost)

    assert lost == "Not known yet"
    assert "Expired" not in text
    assert title == "Applied"
    assert len(door.sent()) == 1


async def test_busy_after_a_lost_answer_does_not_say_that_nothing_was_sent(door: FrontDoor, browser: Chromium) -> None:
    async with beside_another(door, browser) as (other, host):
        async with hold(other, XERO_UK):
            host.instead = LOST
            expires = await shown_for(host, 1, press="#approve")
            await outcome(host.tab)
            host.instead = None
            await host.tab.click("#approve")
            await host.tab.until("document.body.innerText.includes('An answer was lost')")
            await host.tab.past(expires)
            text = await host.tab.text()
        await host.tab.click("#approve")
        title = await another(host.tab, "Not known yet")

    assert "Not known yet" in text
    assert "nothing was" not in text
    assert title == "Applied"


async def test_how_an_earlier_try_ended_is_not_shown_during_the_next(door: FrontDoor, browser: Chromium) -> None:
    async with beside_another(door, browser) as (other, host):
        async with hold(other, XERO_UK):
            await shown_for(host, 600, press="#approve")
            busy = await outcome(host.tab)
        async with host.answers:
            await host.tab.click("#approve")
            meanwhile = await host.tab.text()
        title = await another(host.tab, busy)

    assert busy == "Busy"
    assert busy not in meanwhile
    assert title == "Applied"


async def test_a_result_that_is_given_again_does_not_bring_back_a_plan_that_was_answered(
    door: FrontDoor, browser: Chromium
) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        result = await host.show("update_mapping", EDIT)
        async with host.answers:
            await host.tab.click("#approve")
            await host.give(EDIT, result)
            await host.notify("tool-cancelled", {"reason": "late"})
        await outcome(host.tab)
        await host.give(EDIT, result)
        await host.notify("host-context-changed", {"theme": "dark"})
        await host.tab.until("document.documentElement.style.colorScheme === 'dark'")
        title, text = await outcome(host.tab), await host.tab.text()

    assert title == "Applied"
    assert "Approve" not in text
    assert len(host.called) == 1


async def test_a_result_that_takes_the_place_of_a_plan_takes_its_buttons_and_its_expiry_away(
    door: FrontDoor, browser: Chromium
) -> None:
    async with door.client(has_page=True) as client, shown_in(browser, client) as host:
        expires = await shown_for(host, 1)
        await host.show("update_mapping", FORBIDDEN)
        await host.tab.until("document.body.innerText.includes('Forbidden')")
        await host.tab.past(expires)
        text = await host.tab.text()

    assert "Expired" not in text
    assert "Approve" not in text
