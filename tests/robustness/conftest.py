from collections.abc import Iterator
from pathlib import Path

import pytest

from robustness.nursery import Nursery
from robustness.records import Productive, productive


@pytest.fixture(name="state")
def _state(tmp_path: Path) -> str:
    """The address of an empty state."""
    return str(tmp_path / "state.sqlite")


@pytest.fixture(name="nursery", scope="package")
def _nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "errors") as nursery:
        yield nursery


@pytest.fixture(name="productive")
def _productive() -> Iterator[Productive]:
    """One that takes its time, so that what overlaps is seen to, and that counts but does not limit requests."""
    with productive(rate_limit=False, latency=0.005) as ours:
        yield ours
