import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from front_door import XERO_NL, XERO_UK, FrontDoor
from mappings.workbench import broken, eventually, mended
from processes import PATIENCE
from productive_integrations.app.build import open_services
from productive_integrations.mappings.hold import Busy, hold
from productive_integrations.mappings.services import Services
from productive_integrations.state.sqlite import SQLiteStore

pytestmark = pytest.mark.anyio


@pytest.fixture(name="services")
async def _services(door: FrontDoor) -> AsyncIterator[Services]:
    async with open_services(door.settings(wait="0.15"), patience=door.patience) as services:
        yield services


@pytest.fixture(name="another")
async def _another(door: FrontDoor) -> AsyncIterator[Services]:
    """Another process of the same state file."""
    async with open_services(door.settings(wait="0.15"), patience=door.patience) as services:
        yield services


async def free(services: Services, *, settling: bool = False) -> bool:
    try:
        async with hold(services, XERO_UK, settling=settling):
            return True
    except Busy:
        return False


async def test_there_is_one_writer_of_an_integration_over_all_processes(services: Services, another: Services) -> None:
    async with hold(services, XERO_UK) as still_ours:
        assert await still_ours()
        assert not await free(another)
        assert not await free(services)
        assert not await free(another, settling=True)
        async with hold(another, XERO_NL):
            pass

    assert await free(another)


async def test_a_writer_waits_for_its_turn(services: Services, another: Services) -> None:
    inside = asyncio.Event()

    async def first() -> None:
        async with hold(services, XERO_UK):
            inside.set()
            await asyncio.sleep(0.05)

    running = asyncio.create_task(first())
    await inside.wait()

    assert await free(replace(another, wait=PATIENCE))
    await running


async def test_a_hold_lasts_longer_than_its_lease_while_its_writer_lives(services: Services, another: Services) -> None:
    async with hold(services, XERO_UK):
        await asyncio.sleep(services.patience.lease * 1.2)
        assert not await free(another)


async def test_the_hold_of_a_writer_that_died_ends_with_its_lease(services: Services) -> None:
    place = (services.organization_id, XERO_UK, "a writer that died")
    assert await services.store.take_hold(*place, 1.5)
    assert not await free(services)

    assert await eventually(lambda: free(services))


class Taken(SQLiteStore):
    """Takes a hold, and is slow to say so."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.taken = asyncio.Event()

    async def take_hold(self, organization_id: str, integration_id: str, owner: str, seconds: float) -> bool:
        assert await super().take_hold(organization_id, integration_id, owner, seconds)
        self.taken.set()
        await asyncio.sleep(30)
        return True


async def test_a_writer_that_goes_while_taking_its_turn_leaves_no_hold(door: FrontDoor, services: Services) -> None:
    store = Taken(door.state)
    waiting = asyncio.create_task(free(replace(services, store=store)))
    await store.taken.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await store.close()

    assert await services.store.take_hold(services.organization_id, XERO_UK, "next", 1)


async def test_a_state_file_that_breaks_under_a_hold_does_not_hide_what_was_done(
    door: FrontDoor, services: Services
) -> None:
    done = []
    async with hold(services, XERO_UK):
        broken(door.state)(None)
        await asyncio.sleep(services.patience.lease / 2)
        done.append("written")
    mended(door.state)

    assert done == ["written"]
    assert await eventually(lambda: free(services))
