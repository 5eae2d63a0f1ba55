"""The protocol's own suite against the server over HTTP; `docs/conformance.md` says what does not apply, and why."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from processes import PATIENCE, free_port, serves, started, until

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "conformance.md"
REVISIONS = ("2026-07-28", "2025-11-25")
REQUIRED = {"2026-07-28": 37, "2025-11-25": 30}
FINE = {"SUCCESS", "INFO"}

pytestmark = pytest.mark.timeout(300)  # the suite's packages, once

Checks = dict[str, list[dict[str, str]]]
"""Every check that was made, by scenario."""


def excused() -> dict[str, list[str]]:
    """What the suite may say of a scenario, as the page has it."""
    words: dict[str, list[str]] = defaultdict(list)
    for scenario, said in re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| \S", PAGE.read_text("utf-8"), re.MULTILINE):
        words[scenario].append(said)
    return words


def installed() -> Path:
    """Node and the suite, in exactly the versions of the lock file."""
    lock, mark = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        npm = shutil.which("npm")
        if npm is None:
            if os.environ.get("CI") == "true":
                pytest.fail("npm is missing, which installs the conformance suite.", pytrace=False)
            pytest.skip("no npm on this machine")
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(words, cwd=HERE, check=True)  # noqa: S603
    return HERE / "node_modules"


@pytest.fixture(name="suite", scope="module")
def _suite() -> list[str]:
    """The words that start it."""
    modules = installed()
    # It needs Node 22, which not every machine has; the packages bring one for Linux.
    node = next(iter(modules.glob("node-*/bin/node")), Path(shutil.which("node") or "node"))
    return [str(node), str(modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js")]


@pytest.fixture(name="url", scope="module")
def _url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    errors = tmp_path_factory.mktemp("conformance") / "stderr"
    with (
        httpx.Client(trust_env=False) as browser,
        started(errors, "http", "--demo", "--port", str(port)) as wire,
    ):
        until(lambda: serves(browser, wire, f"http://127.0.0.1:{port}/readyz"), "serving")
        yield f"http://127.0.0.1:{port}/mcp"
        wire.process.send_signal(signal.SIGTERM)
        assert wire.process.wait(PATIENCE) == 0
    assert "Traceback" not in errors.read_text()


def ran(suite: list[str], *words: str) -> str:
    return subprocess.run([*suite, *words], capture_output=True, text=True, check=False, timeout=120).stdout  # noqa: S603


def checked(suite: list[str], url: str, revision: str, folder: Path) -> Checks:
    """Run every scenario of a revision."""
    ran(suite, "server", "--url", url, "--requirements", revision, "--output-dir", str(folder))
    made: Checks = {}
    for found in folder.glob("server-*/checks.json"):
        scenario = re.sub(r"^server-(.+)-\d{4}-\d\d-\d\dT[^T]*$", r"\1", found.parent.name)
        made[scenario] = json.loads(found.read_text("utf-8"))
    return made


@pytest.fixture(name="results", scope="module")
def _results(suite: list[str], url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Checks]:
    return {revision: checked(suite, url, revision, tmp_path_factory.mktemp(revision)) for revision in REVISIONS}


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_scenario_that_a_revision_requires_is_run(
    suite: list[str], results: dict[str, Checks], revision: str
) -> None:
    listed = ran(suite, "list", "--server", "--requirements", revision)
    server = listed.partition("Server scenarios")[2].partition("\n\n")[0]
    required = set(re.findall(r"^  - (\S+)", server, re.MULTILINE))

    assert len(required) == REQUIRED[revision]
    assert required <= results[revision].keys()


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_check_that_applies_passes(results: dict[str, Checks], revision: str) -> None:
    excuses = excused()
    wrong = [
        (scenario, check["id"], said)
        for scenario, checks in results[revision].items()
        if not scenario.startswith("tasks-")
        for check in checks
        if check["status"] not in FINE
        for said in [check.get("errorMessage", "")]
        if not any(excuse in said for excuse in excuses[scenario])
    ]

    assert wrong == []


def test_every_row_of_the_page_is_still_needed(results: dict[str, Checks]) -> None:
    said: dict[str, str] = defaultdict(str)
    for checks in results.values():
        for scenario, made in checks.items():
            said[scenario] += " ".join(check.get("errorMessage", "") for check in made if check["status"] not in FINE)

    assert [(one, excuse) for one, words in excused().items() for excuse in words if excuse not in said[one]] == []
