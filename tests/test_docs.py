"""What the documents show is what happens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from front_door import FrontDoor, content_of

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def cut_from(shown: Any, real: Any) -> bool:
    """Whether what a document shows is a part of the real thing; `…` stands for any end of a text."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(key in real and cut_from(shown[key], real[key]) for key in shown)
    if isinstance(shown, list):
        return len(shown) == len(real) and all(map(cut_from, shown, real))
    if isinstance(shown, str) and shown.endswith("…"):
        return str(real).startswith(shown.removesuffix("…"))
    return bool(shown == real)


@pytest.mark.anyio
async def test_the_session_in_the_readme_happens_as_shown(door: FrontDoor) -> None:
    session = README.partition("```text\n")[2].partition("```")[0]
    calls = re.findall(r"^→ (\w+) (\{.*\})\n← ((?:.|\n)*?)(?:\n\n|\Z)", session, flags=re.MULTILINE)
    plan_id = ""

    assert [name for name, _, _ in calls] == ["list_integrations", "update_mapping", "apply_mapping_plan"]
    async with door.client() as client:
        for name, arguments, shown in calls:
            asked = json.loads(arguments.replace("plan_…", plan_id))
            real = content_of(await client.call_tool(name, asked))
            plan_id = real.get("plan_id", plan_id)

            assert cut_from(json.loads(shown), real), (shown, real)


def test_every_json_block_is_json() -> None:
    blocks = [block for page in PAGES for block in re.findall(r"```json\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]

    assert len(blocks) >= 4
    for block in blocks:
        assert json.loads(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]

    for link in links:
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, link


def test_every_decision_is_listed() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert f"(decisions/{page.name})" in text


def test_the_record_of_the_simulator_is_of_a_million_edits_and_no_violation() -> None:
    total = json.loads((ROOT / "docs" / "simulated.json").read_text(encoding="utf-8"))["total"]

    assert total["edits"] >= 1_000_000
    assert (total["violations"], total["failing"]) == ({}, [])
