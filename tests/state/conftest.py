from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from postgres import empty_database
from productive_integrations.state import Store
from state.places import Database, File, Place


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("productive_integrations.state.postgres._Transaction.now", lambda _: clock.now)
    return clock


@pytest.fixture(name="place", params=["sqlite", "postgres"])
def _place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return File(tmp_path / "state.sqlite")
    return Database(empty_database(request.getfixturevalue("postgres")))


@pytest.fixture(name="opened")
async def _opened(place: Place, clock: Clock) -> AsyncIterator[Callable[[], Store]]:
    """Opens stores of processes that share a place."""
    stores: list[Store] = []

    def another() -> Store:
        stores.append(place.store(clock))
        return stores[-1]

    yield another
    for store in stores:
        await store.close()


@pytest.fixture(name="store")
async def _store(opened: Callable[[], Store]) -> Store:
    return opened()


@pytest.fixture(name="other")
async def _other(opened: Callable[[], Store], store: Store) -> Store:
    """A second process's store, opened after the first."""
    del store
    return opened()
