import pytest

from simulation.guards import GUARDS
from simulation.history import History
from simulation.oracle import KINDS, check
from simulation.run import Scenario, simulate
from simulation.shrink import story
from simulation.tally import EDITS_A_RUN, tally
from simulation.upstream import READ_FAULTS, WRITE_FAULTS, Weather

RUNS_A_TEST = 5


def failing(seeds: range | list[int]) -> str:
    """Nothing, or the shortest story of the first run that broke a guarantee."""
    found = tally(seeds)
    return story(Scenario(found.failing[0], edits=EDITS_A_RUN)) if found.failing else ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(0, 120, RUNS_A_TEST))
def test_no_edit_is_lost_doubled_or_told_wrong_under_any_fault(first: int) -> None:
    """In all tests together 30,000 edits."""
    assert not failing(range(first, first + RUNS_A_TEST))


FROZEN = {
    0: "one 404 among the reads after a write was taken for an integration that is gone",
    17: "what was taken for gone was open to the next edit, and then the write landed",
    25: "a write landed after the settle time, which left out how long a replica can hide it",
    28: "the reads after a write all fell within the lag of a replica",
    1000045: "a replica that hid a change of another mapping of the integration was believed",
}
"""Runs that once failed, each with what was wrong."""


@pytest.mark.parametrize("seed", FROZEN)
def test_what_was_found_once_does_not_come_back(seed: int) -> None:
    assert not failing([seed])


@pytest.mark.timeout(300)
def test_without_faults_and_other_editors_every_edit_ends_well() -> None:
    history = simulate(Scenario(1, weather=Weather(faults=0, lagging=0), somebody_every=0, death_every=0))
    findings = check(history)

    assert findings.violations == []
    assert findings.foreign_losses == 0
    assert not any(call.result.outcome in {"unknown", "not_stored"} for call in history.calls if call.result)


def told(history: History) -> list[tuple[float, str]]:
    """The calls' ends and the times of all that happened, without the names that are drawn anew each time."""
    ends = [(call.at, call.result.outcome if call.result else type(call.error).__name__) for call in history.calls]
    return ends + [(at, place) for at, place, _ in history.events]


@pytest.mark.timeout(300)
def test_the_same_seed_gives_the_same_run() -> None:
    assert told(simulate(Scenario(7, edits=100))) == told(simulate(Scenario(7, edits=100)))


@pytest.mark.timeout(300)
def test_every_kind_of_fault_strikes() -> None:
    assert tally(range(10)).faults.keys() == {*READ_FAULTS, *WRITE_FAULTS}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("guard", "seeds", "broken"),
    [
        ("lock", [0], "our edit lost to ours"),
        ("compare", [4], "foreign edit lost outside the window"),
        ("read-back", [0], "false applied"),
        ("settle", [0], "false not stored"),
        ("quarantine", [1], "our edit lost to ours"),
        ("floor", [1], "our edit lost to ours"),
        ("lag", [0], "false not stored"),
    ],
)
def test_each_guard_is_missed_when_it_is_taken_away(guard: str, seeds: list[int], broken: str) -> None:
    with GUARDS[guard]():
        found = tally(seeds)

    assert broken in KINDS
    assert found.violations[broken] > 0


def test_every_guard_is_taken_away_by_a_test() -> None:
    assert set(GUARDS) == {"lock", "compare", "read-back", "settle", "quarantine", "floor", "lag"}
