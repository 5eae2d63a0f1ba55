"""Several processes on one state: every edit of one mapping lands, or its maker is told the truth."""

from pathlib import Path

import pytest

from robustness.edits import Edit, different_edits, most_requests
from robustness.nursery import Nursery
from robustness.records import Productive
from robustness.replicas import edit_through_forks, edit_through_replicas, served

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("replicas", "edits"), [(2, 24), (3, 40)])
async def test_edits_of_one_mapping_through_replicas_all_land_and_none_overlap(
    productive: Productive, state: str, tmp_path: Path, replicas: int, edits: int
) -> None:
    made = different_edits(productive.entries(), edits)
    with served(productive, state, tmp_path, replicas, approval="none", wait="30") as urls:
        report = await edit_through_replicas(productive, urls, state, made)

    assert report.wrong == []
    assert report.told("applied") == edits


async def test_eight_processes_that_edit_the_same_entries_lose_nothing(
    productive: Productive, nursery: Nursery, state: str
) -> None:
    made = different_edits(productive.entries(), 40, keys=5)
    report = await edit_through_forks(productive, nursery, state, 8, made)

    assert report.wrong == []
    assert report.told("applied") == len(made)


async def test_of_edits_that_expect_the_same_value_one_lands_and_the_others_are_told_of_the_conflict(
    productive: Productive, nursery: Nursery, state: str
) -> None:
    before = productive.entries()
    key, now = next(iter(before.items()))
    made = [Edit(key, value, now) for value in sorted({*before.values()} - {now})[:8]]
    report = await edit_through_forks(productive, nursery, state, 8, made)

    assert report.wrong == []
    assert (report.told("applied"), report.told("conflict")) == (1, 7)


@pytest.mark.parametrize("processes", [1])
async def test_never_more_than_a_hundred_requests_leave_in_any_ten_seconds(
    productive: Productive, nursery: Nursery, state: str, processes: int
) -> None:
    made = different_edits(productive.entries(), 40)
    report = await edit_through_forks(productive, nursery, state, processes, made)

    assert report.wrong == []
    assert report.told("applied") == len(made)
    assert len(productive.sandbox.requests) > 100
    assert most_requests([request.at for request in productive.sandbox.requests]) <= 100
