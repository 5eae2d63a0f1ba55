import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from front_door import FrontDoor
from postgres import running_postgres
from productive_integrations.sandbox import Sandbox, running

# No example is timed: how long it takes depends on what else the machine does. What lands a change tries the same
# examples each time; `--hypothesis-profile search` looks for new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, derandomize=False, max_examples=2000)
settings.load_profile("same")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(name="sandbox")
def _sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture(name="api_url")
def _api_url(sandbox: Sandbox) -> Iterator[str]:
    with running(sandbox) as url:
        yield url


@pytest.fixture(name="door")
def _door(sandbox: Sandbox, api_url: str, tmp_path: Path) -> FrontDoor:
    return FrontDoor(sandbox, api_url, tmp_path / "state.sqlite")


@pytest.fixture(name="postgres", scope="session")
def _postgres() -> Iterator[str]:
    with running_postgres() as uri:
        yield uri


@pytest.fixture(name="logging_as_before")
def _logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "uvicorn")}
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
