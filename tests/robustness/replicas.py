"""Real server processes on one state, and many edits of one mapping made through all of them at once."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from mcp import Client

from front_door import XERO_UK, Generation
from processes import PATIENCE, free_port, serves, started, until
from robustness.edits import Answer, Edit, edit_all, untruths
from robustness.nursery import Nursery
from robustness.records import Productive, journal_of

GENERATIONS: tuple[Generation, ...] = ("auto", "legacy")


@contextmanager
def served(productive: Productive, state: str, folder: Path, number: int, **settings: str) -> Iterator[list[str]]:
    """So many processes of the real command over HTTP on one state, and their addresses."""
    named = productive.settings(state, **settings)
    with ExitStack() as stack, httpx.Client(trust_env=False) as browser:
        wires, urls = [], []
        for _ in range(number):
            port = free_port()
            errors = folder / f"{port}.errors"
            wires.append(stack.enter_context(started(errors, "http", "--port", str(port), **named)))
            urls.append(f"http://127.0.0.1:{port}")
        for wire, url in zip(wires, urls, strict=True):
            until(lambda wire=wire, url=url: serves(browser, wire, f"{url}/healthz"), "serving", 40)
        yield [f"{url}/mcp" for url in urls]
        for wire in wires:
            wire.process.terminate()
        for wire in wires:
            assert wire.process.wait(PATIENCE * 2) == 0, wire.errors.read_text()


@asynccontextmanager
async def clients(urls: Sequence[str]) -> AsyncIterator[list[Client]]:
    """A client of each protocol generation of each server."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(Client(url, mode=generation))
            for generation, url in itertools.product(GENERATIONS, urls)
        ]


@dataclass(frozen=True)
class Report:
    """What many edits at once came to."""

    answers: list[Answer]
    wrong: list[str]

    def told(self, outcome: str) -> int:
        """How many edits were told this outcome."""
        return sum(answer.outcome == outcome for answer in self.answers)


async def edit_through_replicas(productive: Productive, urls: Sequence[str], state: str, edits: list[Edit]) -> Report:
    """Make edits of the British Xero all at once through servers of one state, and judge every answer."""
    before = productive.entries()
    async with clients(urls) as ours:
        answers = await edit_all(ours, XERO_UK, edits)
    return await _judged(productive, state, before, answers)


async def edit_through_forks(
    productive: Productive, nursery: Nursery, state: str, processes: int, edits: list[Edit]
) -> Report:
    """The same through forked processes, each with a server and a client of its own."""
    before = productive.entries()
    settings = productive.settings(state, approval="none")
    children = [
        nursery.start(
            "edit",
            settings=settings,
            integration_id=XERO_UK,
            edits=[(edit.key, edit.value, edit.expect) for edit in edits[number::processes]],
            generation=GENERATIONS[number % 2],
        )
        for number in range(processes)
    ]
    said = await asyncio.gather(*(asyncio.to_thread(child.last_word) for child in children))
    answers = [Answer(**answer) for words in said for answer in words["answers"]]
    return await _judged(productive, state, before, answers)


async def _judged(productive: Productive, state: str, before: dict[str, str], answers: list[Answer]) -> Report:
    journal = await journal_of(state, productive.sandbox.organization_id)
    wrong = untruths(XERO_UK, before, answers, productive.exchanges, productive.entries(), journal)
    return Report(answers, wrong)
