"""kill -9 at ten points of an apply. `scripts/crash` does the same a hundred times."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from robustness.errands import POINTS, Point
from robustness.kills import Lane, lane
from robustness.nursery import Nursery

LANES = 5
TIMES = 10


@pytest.fixture(name="lanes", scope="module")
def _lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Lane]]:
    folder = tmp_path_factory.mktemp("kills")
    with ExitStack() as stack:
        nursery = stack.enter_context(Nursery(folder / "errors"))
        yield [stack.enter_context(lane(folder / str(number), nursery)) for number in range(LANES)]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_whoever_starts_after_a_kill_settles_the_edit_and_never_sends_it_twice(lanes: list[Lane], point: Point) -> None:
    with ThreadPoolExecutor(LANES) as pool:
        verdicts = list(pool.map(lambda ours: [ours.kill(point) for _ in range(TIMES // LANES)], lanes))

    assert [wrong for ours in verdicts for verdict in ours for wrong in verdict.wrong] == []
    assert sum(map(len, verdicts)) == TIMES
