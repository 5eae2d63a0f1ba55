import os
from collections.abc import Iterator

import pytest

from review.chromium import Chromium, find_chromium, running_chromium


@pytest.fixture(name="browser", scope="session")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = find_chromium()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing: scripts/test installs it where it may.", pytrace=False)
        pytest.skip("no Chromium on this machine")
    with running_chromium(program, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser
