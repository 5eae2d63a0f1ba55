from pathlib import Path

import pytest

from front_door import XERO_NL, XERO_UK, FrontDoor
from mappings.workbench import ACCOUNTS, HASTY, STEADY
from productive_integrations.mappings import settle
from productive_integrations.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _a_quick_patrol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "_PATROL", 0.1)


@pytest.fixture(name="sandbox")
def _sandbox() -> Sandbox:
    """One whose account mappings hold no planted mistakes, so that no rule speaks up."""
    sandbox = Sandbox()
    for integration_id, keys in ((XERO_UK, ("582330",)), (XERO_NL, ("600144", "600298"))):
        for key in keys:
            sandbox.integrations[integration_id].attributes[ACCOUNTS].pop(key, None)
    return sandbox


@pytest.fixture(name="door")
def _door(sandbox: Sandbox, api_url: str, tmp_path: Path) -> FrontDoor:
    return FrontDoor(sandbox, api_url, tmp_path / "state.sqlite", STEADY)


@pytest.fixture(name="hasty")
def _hasty(door: FrontDoor) -> None:
    door.patience = HASTY
