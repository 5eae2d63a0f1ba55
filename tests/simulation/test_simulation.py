from collections.abc import Iterable
from pathlib import Path

import pytest

from simulation.guards import GUARDS, RARE
from simulation.history import History
from simulation.oracle import check
from simulation.record import Record
from simulation.run import Scenario, simulate
from simulation.shrink import story
from simulation.tally import EDITS_A_RUN, tally
from simulation.upstream import READ_FAULTS, WRITE_FAULTS, Weather

RUNS_A_TEST = 5


def failing(seeds: Iterable[int]) -> str:
    """Nothing, or the shortest story of the first run that broke a guarantee."""
    found = tally(seeds)
    return story(Scenario(found.failing[0], edits=EDITS_A_RUN)) if found.failing else ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(0, 120, RUNS_A_TEST))
def test_no_edit_is_lost_doubled_or_told_wrong_under_any_fault(first: int) -> None:
    """In all tests together 30,000 edits."""
    assert not failing(range(first, first + RUNS_A_TEST))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("seed", "once"),
    [
        (17, "somebody else had made the very edit whose answer got lost, and it landed over later edits"),
        (102, "a merge put the keys in another order, which is the same mapping"),
        (0, "one 404 among the reads after a write was taken for an integration that is gone"),
        (25, "a write landed after the settle time, which left out how long a replica can hide it"),
        (28, "the reads after a write all fell within the lag of a replica"),
        (1000041, "a write landed after somebody else had made the very edit, and its window had been called over"),
        (1001646, "a lagging replica showed what was there before the change that an undo takes back"),
        (1000045, "a replica that hid a change of another mapping of the integration was believed"),
    ],
)
def test_what_was_found_once_is_not_found_again(seed: int, once: str) -> None:
    assert not failing([seed]), once


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
    missing = {*READ_FAULTS, *WRITE_FAULTS}
    for seed in range(20):
        missing -= tally([seed]).faults.keys()
        if not missing:
            break

    assert missing == set()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("guard", "broken"),
    [
        ("lock", "our edit lost to ours"),
        ("compare", "our edit lost to ours"),
        ("read-back", "false applied"),
        ("settle", "false not stored"),
        ("quarantine", "our edit lost to ours"),
        ("floor", "our edit lost to ours"),
        ("lag", "false not stored"),
        ("age", "false applied"),
    ],
)
def test_each_guard_is_missed_when_it_is_taken_away(guard: str, broken: str) -> None:
    with GUARDS[guard]():
        rare = [RARE[guard]] if guard in RARE else []
        assert any(tally([run]).violations[broken] for run in (*rare, *range(20)))


def test_every_guard_is_taken_away_by_a_test() -> None:
    assert set(GUARDS) == {"lock", "compare", "read-back", "settle", "quarantine", "floor", "lag", "age"}


@pytest.mark.timeout(300)
def test_a_run_that_is_gone_on_with_comes_to_the_same_as_one_without_a_break(tmp_path: Path) -> None:
    parts = [tally([seed], edits=40) for seed in (1, 2)]
    whole, broken = Record(None, 1), tmp_path / "run.json"
    for part in parts:
        whole.add(1, part)
        Record(broken, 1).add(1, part)

    again = Record(broken, 1)
    assert again.done == whole.done
    with pytest.raises(ValueError, match="another engine or seed"):
        Record(broken, 2)
