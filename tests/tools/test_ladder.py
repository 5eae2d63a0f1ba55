"""The whole ladder of approval: every mode, every kind of client, both generations, over stdio and HTTP.

Each answer is read as structured content and as text alone."""

import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult

from front_door import APPS, DESIGN, XERO_UK, FrontDoor, Generation, Person, content_of, text_of
from processes import PATIENCE, asks, command, environment, free_port, serves, started, until
from productive_integrations.review import PAGE_META
from productive_integrations.tools.base import Approval

pytestmark = pytest.mark.anyio
GENERATIONS: tuple[Generation, ...] = get_args(Generation)
MAPPING = "account_code_mapping"

# What the client can: ask its user, show the page. What comes back: from update_mapping; from a call of
# apply_mapping_plan as a model makes it; from the page's own call. None where the one before was the end.
Row = tuple[Approval, bool, bool, str, str | None, str | None]
LADDER: list[Row] = [
    ("human", True, True, "applied", None, None),
    ("human", True, False, "applied", None, None),
    ("human", False, True, "approval_required", "approval_required", "applied"),
    ("human", False, False, "approval_required", "approval_required", "approval_required"),
    ("host", True, True, "applied", None, None),
    ("host", True, False, "applied", None, None),
    ("host", False, True, "approval_required", "applied", None),
    ("host", False, False, "approval_required", "applied", None),
    ("none", True, True, "applied", None, None),
    ("none", True, False, "applied", None, None),
    ("none", False, True, "applied", None, None),
    ("none", False, False, "applied", None, None),
]


def told(result: CallToolResult) -> str:
    """The outcome, which a client without structured content reads in the text."""
    content = content_of(result)
    assert json.loads(text_of(result)) == content
    return str(content["outcome"])


@dataclass
class Climb:
    """One client on its way up."""

    client: Client
    key: str

    async def applies(self, plan_id: str) -> str:
        return told(await self.client.call_tool("apply_mapping_plan", {"plan_id": plan_id}))

    async def answers(self) -> tuple[str, str | None, str | None]:
        edit = {"integration_id": XERO_UK, "mapping": MAPPING, "set": {self.key: "4030"}}
        first = await self.client.call_tool("update_mapping", edit)
        if told(first) == "applied":
            return "applied", None, None
        plan_id = content_of(first)["plan_id"]
        by_model = await self.applies(plan_id)
        if by_model == "applied":
            return told(first), "applied", None
        for made_up in ("0" * 32, "", "declined.", plan_id):
            assert await self.applies(f"{plan_id}.{made_up}") == "approval_required"
        page: dict[str, Any] = (first.meta or {}).get(PAGE_META, {})
        return told(first), by_model, await self.applies(f"{plan_id}.{page.get('key', '')}")


async def climbed(door: FrontDoor, client: Client, row: Row, person: Person, key: str = DESIGN) -> None:
    """One cell of the table: what is said, what was sent, what is stored."""
    approval, can_ask, _, *expected = row
    before = door.stored(XERO_UK, MAPPING)[key]
    door.sandbox.requests.clear()
    said = await Climb(client, key).answers()

    applied = "applied" in said
    assert (row, *said) == (row, *expected)
    assert len(door.sent()) == applied
    assert before != "4030"
    assert door.stored(XERO_UK, MAPPING)[key] == ("4030" if applied else before)
    assert len(person.questions) == (can_ask and approval != "none")


@asynccontextmanager
async def over_stdio(door: FrontDoor, row: Row, generation: Generation, person: Person) -> AsyncIterator[Client]:
    """A client of this kind with a server process of its own."""
    approval, can_ask, has_page, *_ = row
    parameters = StdioServerParameters(
        command=command()[0], args=command()[1:], env=environment(**door.named_settings(approval=approval))
    )
    callback, shows = asks(person) if can_ask else None, [APPS] if has_page else []
    with door.state.with_suffix(".stderr").open("w") as errors:
        transport = stdio_client(parameters, errlog=errors)
        async with Client(transport, mode=generation, elicitation_callback=callback, extensions=shows) as client:
            yield client


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("row", LADDER, ids=lambda row: f"{row[0]}-{'asks' * row[1]}-{'page' * row[2]}")
async def test_each_client_gets_as_far_as_its_mode_lets_it_over_stdio(
    door: FrontDoor, generation: Generation, row: Row
) -> None:
    person = Person()
    async with over_stdio(door, row, generation, person) as client:
        await climbed(door, client, row, person)


@contextmanager
def served(door: FrontDoor, approval: str, folder: Path) -> Iterator[str]:
    port = free_port()
    settings = door.named_settings(state=str(folder / "state.sqlite"), approval=approval)
    with (
        httpx.Client(trust_env=False) as browser,
        started(folder / "stderr", "http", "--port", str(port), **settings) as wire,
    ):
        until(lambda: serves(browser, wire, f"http://127.0.0.1:{port}/readyz"), "serving")
        yield f"http://127.0.0.1:{port}/mcp"
        wire.process.send_signal(signal.SIGTERM)
        assert wire.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("approval", get_args(Approval))
async def test_each_client_gets_as_far_as_its_mode_lets_it_over_http(
    door: FrontDoor, approval: Approval, tmp_path: Path
) -> None:
    cells = list(product(GENERATIONS, [row for row in LADDER if row[0] == approval]))
    # Each cell edits another entry: one that is set back is read again until it is believed.
    keys = [
        key
        for key, code in door.stored(XERO_UK, MAPPING).items()
        if code != "4030" and not door.sandbox.records["service_types"][key].attributes["archived_at"]
    ]
    with served(door, approval, tmp_path) as url:
        for (generation, row), key in zip(cells, keys[: len(cells)], strict=True):
            person, shows = Person(), [APPS] if row[2] else []
            callback = asks(person) if row[1] else None
            async with Client(url, mode=generation, elicitation_callback=callback, extensions=shows) as client:
                await climbed(door, client, row, person, key)


def test_the_table_has_every_mode_with_every_client() -> None:
    assert {row[:3] for row in LADDER} == set(product(get_args(Approval), (True, False), (True, False)))
    assert len(LADDER) == 12
