"""Who gave a progress token hears that a long call goes on."""

import asyncio

import anyio
import pytest

from front_door import XERO_UK, FrontDoor, Generation, content_of
from productive_integrations.app import pulse
from productive_integrations.sandbox import Fault

pytestmark = pytest.mark.anyio
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])


class Listener:
    """Remembers what it hears of progress."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, str | None]] = []

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self.heard.append((progress, message))


@GENERATIONS
async def test_a_slow_listing_gives_signs_of_life(
    door: FrontDoor, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "PULSE_SECONDS", 0.1)
    door.sandbox.faults.append(Fault(kind="slow", method="GET", path="/integrations", seconds=0.8))
    listener = Listener()

    async with door.client(generation) as client:
        content_of(await client.call_tool("list_integrations", {}, progress_callback=listener))

    progress = [amount for amount, _ in listener.heard]
    assert len(progress) >= 2
    assert progress == sorted(set(progress))
    assert {message for _, message in listener.heard} == {"Still working."}


@GENERATIONS
async def test_a_quick_call_gives_none(door: FrontDoor, generation: Generation) -> None:
    listener = Listener()

    async with door.client(generation) as client:
        content_of(await client.call_tool("list_changes", {}, progress_callback=listener))

    assert listener.heard == []


@GENERATIONS
async def test_a_check_of_all_says_how_many_are_done_and_which_is_next(
    door: FrontDoor, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "PULSE_SECONDS", 0.01)
    door.sandbox.integrations[XERO_UK].attributes["name"] = "Xero\u202eUK"
    listener = Listener()

    async with door.client(generation) as client:
        checked = content_of(await client.call_tool("check_integration", {}, progress_callback=listener))["checked"]

    assert [amount for amount, _ in listener.heard] == list(range(checked))
    assert "Xero\\u{202e}UK" in [message for _, message in listener.heard]


class Silent:
    """A session that takes no signs of life."""

    async def report_progress(self, *_: object, **__: object) -> None:
        raise AssertionError("nobody asked")


@pytest.mark.parametrize("steps", range(6))
async def test_a_call_cancelled_at_its_very_end_ends_alone(steps: int) -> None:
    """A cancellation that is not known as the call's own ends the connection, and a stdio server with it."""
    scope, over, survived = anyio.CancelScope(), anyio.Event(), False

    async def call() -> None:
        with scope:
            async with pulse.signs_of_life(Silent()):  # type: ignore[arg-type]
                await anyio.sleep(0.01)
                over.set()

    async with anyio.create_task_group() as connection:
        connection.start_soon(call)
        await over.wait()
        for _ in range(steps):
            await asyncio.sleep(0)
        scope.cancel()
        await anyio.sleep(0.05)
        survived = True

    assert survived
