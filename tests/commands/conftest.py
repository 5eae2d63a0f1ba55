from collections.abc import Callable

import pytest

from commands.speaking import Say
from front_door import IMPATIENT, FrontDoor
from productive_integrations.app import services


@pytest.fixture(name="say")
def _say(
    door: FrontDoor,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_as_before: None,
) -> Say:
    patience: Callable[..., object] = lambda **_: IMPATIENT  # noqa: E731 - it stands for a class
    monkeypatch.setattr(services, "Patience", patience)
    return Say(door, monkeypatch, capsys)
