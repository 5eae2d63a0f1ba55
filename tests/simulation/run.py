"""One run of the simulation: a seed and a number of edits in, the history out."""

import asyncio
import logging
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import clock
from .callers import Caller, Habits
from .clock import VirtualLoop
from .fleet import Process, open_store
from .history import History
from .upstream import Upstream, Weather
from .world import ORGANIZATION

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
"""Where a file costs no wait for a disk."""
QUIET = 260.0
"""Seconds of good weather at the end, in which everything has to settle."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a run is made of; times are means in seconds, 0 for never."""

    seed: int
    edits: int = 250
    callers: int = 8
    processes: int = 3
    integrations: int = 5
    weather: Weather = field(default_factory=Weather)
    habits: Habits = field(default_factory=Habits)
    somebody_every: float = 15.0
    death_every: float = 150.0


def simulate(scenario: Scenario) -> History:
    """Run a scenario. The same one gives the same history, but for the names of plans and changes."""
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        _seeded(scenario.seed),
        _quiet(),
    ):
        history: History = clock.run(
            scenario.seed, lambda loop: _simulated(scenario, loop, Path(folder) / "state.sqlite")
        )
        return history


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    # The client's jitter is drawn from the module's own generator.
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


@contextmanager
def _quiet() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


async def _simulated(scenario: Scenario, loop: VirtualLoop, path: Path) -> History:
    history = History()
    store = open_store(path, loop)
    upstream = Upstream(loop, scenario.seed, scenario.weather, history, scenario.integrations)
    processes = [Process(loop, store, upstream, history) for _ in range(scenario.processes)]

    def replaced(number: int) -> Process:
        return Process(loop, store, upstream, history)

    background = [
        loop.create_task(_somebody(scenario, upstream)),
        loop.create_task(_deaths(scenario, processes, replaced, history)),
    ]
    left = iter(range(scenario.edits))
    callers = [
        loop.create_task(_edits(scenario, f"{scenario.seed} {number}", left, (loop, processes, history, upstream)))
        for number in range(scenario.callers)
    ]
    await asyncio.gather(*callers)
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    upstream.weather = replace(scenario.weather, faults=0, lagging=0)
    await asyncio.sleep(QUIET)
    for process in processes:
        await process.stop()
    await _kept(history, store)
    await store.close()
    return history


async def _edits(scenario: Scenario, seed: str, left: Iterator[int], to: tuple[Any, ...]) -> None:
    loop, processes, history, upstream = to
    caller = Caller(loop, seed, processes, history, upstream.edited)
    caller.habits = scenario.habits
    for _ in left:
        history.edits += 1
        await caller.edit()


async def _somebody(scenario: Scenario, upstream: Upstream) -> None:
    spin = random.Random(f"somebody {scenario.seed}")
    while scenario.somebody_every:
        await asyncio.sleep(spin.expovariate(1 / scenario.somebody_every))
        upstream.somebody_else(spin.choice(upstream.edited), spin.random())


async def _deaths(scenario: Scenario, processes: list[Process], replaced: Any, history: History) -> None:
    spin = random.Random(f"deaths {scenario.seed}")
    while scenario.death_every:
        await asyncio.sleep(spin.expovariate(1 / scenario.death_every))
        number = spin.randrange(len(processes))
        old, processes[number] = processes[number], replaced(number)
        history.kills += 1
        history.note(asyncio.get_running_loop().time(), "", f"process {number} dies")
        if spin.random() < 0.7:
            old.kill()
        else:
            await old.stop()


async def _kept(history: History, store: Any) -> None:
    """What the state says in the end."""
    history.journal = await store.changes(ORGANIZATION, None, 1_000_000)
    for plan_id in {intent.plan_id for intent in history.intents.values()}:
        stored = await store.plan(plan_id)
        history.receipts[plan_id] = stored.receipt if stored else None
