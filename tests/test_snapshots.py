"""What a model sees of this server, kept in files so that a review of a change sees it too.

`REWRITE_SNAPSHOTS=1` writes the files anew.
"""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import TextContent, TextResourceContents
from pydantic import BaseModel

from front_door import XERO_UK, FrontDoor, Generation
from productive_integrations.app.build import INSTRUCTIONS
from productive_integrations.prompts import PROMPTS
from productive_integrations.resources import RESOURCES
from productive_integrations.tools import TOOLS

pytestmark = pytest.mark.anyio
GENERATIONS: tuple[Generation, ...] = ("auto", "legacy")
SNAPSHOTS = Path(__file__).parent / "snapshots"
REWRITE = bool(os.environ.get("REWRITE_SNAPSHOTS"))
GIVEN = {
    "review_integration": {"integration": XERO_UK},
    "map_unmapped": {"integration": XERO_UK},
    "explain_integration_type": {"type": "xero"},
}
READ = {"integration_type": "productive://integration-types/xero", "rules": "productive://rules"}
EXPECTED = {
    "instructions.txt",
    "resources.json",
    *(f"tools/{tool.name}.json" for tool in TOOLS),
    *(f"prompts/{prompt.name}.{kind}" for prompt in PROMPTS for kind in ("json", "md")),
    *(f"templates/{resource.name}.json" for resource in RESOURCES if resource.variables),
    *(f"pages/{name}.md" for name in READ),
}


def plain(shown: BaseModel | list[Any]) -> str:
    """As it goes over the wire, laid out for reading."""
    dumped: Any = (
        [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in shown]
        if isinstance(shown, list)
        else shown.model_dump(mode="json", by_alias=True, exclude_none=True)
    )
    return json.dumps(dumped, indent=2, ensure_ascii=False) + "\n"


async def seen_by(client: Client) -> AsyncIterator[tuple[str, str]]:
    """Each thing that a model is shown, by the name of its file."""
    yield "instructions.txt", f"{client.instructions}\n"
    for tool in (await client.list_tools()).tools:
        yield f"tools/{tool.name}.json", plain(tool)
    for prompt in (await client.list_prompts()).prompts:
        yield f"prompts/{prompt.name}.json", plain(prompt)
        (message,) = (await client.get_prompt(prompt.name, GIVEN[prompt.name])).messages
        assert isinstance(message.content, TextContent)
        yield f"prompts/{prompt.name}.md", message.content.text + "\n"
    yield "resources.json", plain((await client.list_resources()).resources)
    for template in (await client.list_resource_templates()).resource_templates:
        yield f"templates/{template.name}.json", plain(template)
    for name, uri in READ.items():
        (page,) = (await client.read_resource(uri)).contents
        assert isinstance(page, TextResourceContents)
        yield f"pages/{name}.md", page.text


async def test_what_a_model_sees_is_what_the_files_show(door: FrontDoor) -> None:
    async with door.client() as client:
        seen = {name: text async for name, text in seen_by(client)}

    if REWRITE:
        for name, text in seen.items():
            (SNAPSHOTS / name).parent.mkdir(parents=True, exist_ok=True)
            (SNAPSHOTS / name).write_text(text, encoding="utf-8")
    for name, text in seen.items():
        assert (SNAPSHOTS / name).read_text(encoding="utf-8") == text, f"{name}: REWRITE_SNAPSHOTS=1 rewrites it"


def test_there_is_a_file_for_each_thing_and_no_other() -> None:
    files = {path.relative_to(SNAPSHOTS).as_posix() for path in SNAPSHOTS.rglob("*") if path.is_file()}

    assert files == EXPECTED


async def test_both_generations_are_shown_the_same(door: FrontDoor) -> None:
    shown = []
    for generation in GENERATIONS:
        async with door.client(generation) as client:
            # They order the members of an object differently.
            shown.append(
                [(name, json.loads(text) if ".json" in name else text) async for name, text in seen_by(client)]
            )

    assert shown[0] == shown[1]


def test_the_instructions_are_what_the_server_says() -> None:
    assert (SNAPSHOTS / "instructions.txt").read_text(encoding="utf-8") == f"{INSTRUCTIONS}\n"
