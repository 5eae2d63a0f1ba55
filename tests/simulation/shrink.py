"""A failing run made small, for a person to read."""

from collections.abc import Iterator
from dataclasses import replace

from .callers import Habits
from .history import History
from .oracle import Violation, check
from .run import Scenario, simulate

TRIES = 60
LINES = 80


def story(scenario: Scenario) -> str:
    """The smallest run found that still fails: how to repeat it, what is wrong, and what happened there, in order."""
    scenario, history, violation = _shrunk(scenario)
    lines = [f"{scenario}", f"{violation}"]
    lines += [
        f"{at:10.3f} {what}"
        for at, place, what in history.events
        if place in {violation.integration_id, ""} and at <= violation.at + 1
    ][-LINES:]
    return "\n".join(lines)


def _failing(scenario: Scenario) -> tuple[History, Violation] | None:
    history = simulate(scenario)
    violations = check(history).violations
    return (history, min(violations, key=lambda one: one.at)) if violations else None


def _shrunk(scenario: Scenario) -> tuple[Scenario, History, Violation]:
    found = _failing(scenario)
    if found is None:
        raise ValueError("this run does not fail")
    tried = 0
    progress = True
    while progress and tried < TRIES:
        progress = False
        for smaller in _smaller(scenario, found[0]):
            tried += 1
            if (again := _failing(smaller)) is not None:
                scenario, found, progress = smaller, again, True
                break
            if tried >= TRIES:
                break
    return scenario, *found


def _smaller(scenario: Scenario, history: History) -> Iterator[Scenario]:
    if scenario.death_every:
        yield replace(scenario, death_every=0)
    if scenario.somebody_every:
        yield replace(scenario, somebody_every=0)
    if scenario.habits.cancels:
        yield replace(scenario, habits=replace(scenario.habits, cancels=0))
    if scenario.habits.twice:
        yield replace(scenario, habits=Habits(cancels=scenario.habits.cancels, twice=0))
    for share in (0.5, 0.8, 0.95):
        if int(scenario.edits * share) > 0:
            yield replace(scenario, edits=int(scenario.edits * share))
    faults = [number for number in history.faults if number not in scenario.weather.muted]
    for parts in (2, 4, 8):
        for first in range(parts):
            muted = scenario.weather.muted | set(faults[first::parts])
            yield replace(scenario, weather=replace(scenario.weather, muted=frozenset(muted)))
