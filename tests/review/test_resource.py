"""The page as a client finds it."""

import base64
import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import MCPError
from mcp.types import TextResourceContents

import productive_integrations
from front_door import FrontDoor, Generation

ROOT = Path(__file__).parents[2]
BUILT = Path(productive_integrations.__file__).parent / "review" / "plan.html"
HTML = BUILT.read_text(encoding="utf-8")
PAGE = "ui://review/plan.html"
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])


@GENERATIONS
@pytest.mark.anyio
async def test_the_page_is_served_as_an_app_that_may_reach_nothing(door: FrontDoor, generation: Generation) -> None:
    async with door.client(generation) as client:
        (content,) = (await client.read_resource(PAGE)).contents
        listed = {str(resource.uri): resource for resource in (await client.list_resources()).resources}

    assert isinstance(content, TextResourceContents)
    assert content.mime_type == listed[PAGE].mime_type == "text/html;profile=mcp-app"
    assert content.text == HTML
    domains: dict[str, list[str]] = {"connectDomains": [], "resourceDomains": [], "frameDomains": []}
    for meta in (content.meta, listed[PAGE].meta):
        assert meta is not None
        assert meta["ui"] == {"csp": domains | {"baseUriDomains": []}, "prefersBorder": True}


@GENERATIONS
@pytest.mark.parametrize("approval", ["human", "host", "none"])
@pytest.mark.anyio
async def test_tools_say_what_the_page_shows_and_who_may_call_it(
    door: FrontDoor, generation: Generation, approval: str
) -> None:
    async with door.client(generation, approval=approval) as client:
        metas: dict[str, Any] = {tool.name: tool.meta for tool in (await client.list_tools()).tools if tool.meta}

    shown = {"ui": {"resourceUri": PAGE}}
    callers = ["app"] if approval == "human" else ["model", "app"]
    assert metas == {
        "update_mapping": shown,
        "copy_mapping": shown,
        "undo_change": shown,
        "apply_mapping_plan": {"ui": {"visibility": callers}},
    }


@pytest.mark.anyio
async def test_read_only_has_no_page(door: FrontDoor) -> None:
    async with door.client(read_only="true") as client:
        with pytest.raises(MCPError):
            await client.read_resource(PAGE)


def test_the_built_page_is_that_of_its_sources() -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, ROOT / "scripts" / "build-review", "--check"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("directive", "element"), [("script-src", "script"), ("style-src", "style")])
def test_the_page_allows_its_own_script_and_style_by_hash_and_nothing_else(directive: str, element: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', HTML)
    (text,) = re.findall(rf"<{element}[^>]*>(.*?)</{element}>", HTML, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy.startswith("default-src 'none'; ")
    assert f"{directive} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_the_sources_write_no_markup_and_run_no_text() -> None:
    risky = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.on\w+ = [\"']")
    sources = sorted((ROOT / "review-page" / "src").glob("*.js"))

    assert len(sources) >= 5
    assert [path.name for path in sources if risky.search(path.read_text(encoding="utf-8"))] == []
    assert not re.search(r"\s(?:src|href|on\w+)=", re.sub(r"<script.*</script>", "", HTML, flags=re.DOTALL))
