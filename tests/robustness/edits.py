"""Many edits of one mapping at once, and what must be true of them afterwards, whoever made them."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp import Client

from front_door import content_of, text_of
from mappings.workbench import ACCOUNTS
from robustness.records import Exchange, Journal

SECONDS = 100.0
"""How long one edit is asked for again while others are in the way."""


@dataclass(frozen=True)
class Edit:
    """One entry to set. No two edits of a test have both the same."""

    key: str
    value: str
    expect: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the maker of an edit was told last, after so many calls."""

    key: str
    value: str
    outcome: str
    change_id: str | None
    calls: int


def different_edits(entries: Mapping[str, str], number: int, keys: int | None = None) -> list[Edit]:
    """Edits of so many keys of one mapping (else of all), each key once before any is edited again.

    One key of each value is left alone: a value that no entry has any more would be asked about.
    """
    values = sorted({*entries.values()})
    left_alone = {value: key for key, value in entries.items()}
    edited = [(key, now) for key, now in entries.items() if left_alone[now] != key][:keys]
    rounds = (
        [Edit(key, values[(values.index(now) + step) % len(values)]) for key, now in edited]
        for step in range(1, len(values))
    )
    edits = list(itertools.islice(itertools.chain.from_iterable(rounds), number))
    assert len(edits) == number, "there are not so many different edits"
    return edits


async def edit_all(clients: Sequence[Client], integration_id: str, edits: Sequence[Edit]) -> list[Answer]:
    """Make all the edits at once, spread over the clients."""
    asking = (
        _edit(client, integration_id, edit) for client, edit in zip(itertools.cycle(clients), edits, strict=False)
    )
    return await asyncio.gather(*asking)


async def _edit(client: Client, integration_id: str, edit: Edit) -> Answer:
    arguments = {"integration_id": integration_id, "mapping": ACCOUNTS, "set": {edit.key: edit.value}}
    if edit.expect is not None:
        arguments["expect"] = {edit.key: edit.expect}
    deadline = time.monotonic() + SECONDS
    for calls in itertools.count(1):
        result = await client.call_tool("update_mapping", arguments)
        told: dict[str, Any] = {"outcome": "limited"}
        if not result.is_error:
            told = content_of(result)
        elif "no edit was sent" not in text_of(result):
            raise AssertionError(text_of(result))
        if told["outcome"] not in {"busy", "limited"} or time.monotonic() > deadline:
            return Answer(edit.key, edit.value, told["outcome"], told.get("change_id"), calls)
        await asyncio.sleep(0.1)
    raise AssertionError


def untruths(
    integration_id: str,
    before: Mapping[str, str],
    answers: Sequence[Answer],
    exchanges: Sequence[Exchange],
    stored: Mapping[str, str],
    journal: Journal,
) -> list[str]:
    """What was lost, or is not as it was told, in words; nothing when every answer was true."""
    writes = [one for one in exchanges if one.is_write_of(integration_id)]
    landed = Counter[tuple[str, str]]()
    wrong = list(overlaps(writes))
    entries = dict(before)
    for write in writes:
        wanted: dict[str, str] = write.body["data"]["attributes"][ACCOUNTS]
        changed = [item for item in wanted.items() if item not in entries.items()]
        if len(changed) != 1 or wanted.keys() != entries.keys():
            wrong.append(f"a PATCH changed {changed} of what was stored, and not one entry")
        landed.update(changed)
        entries = wanted
    if entries != stored:
        wrong.append("what is stored is not what the last PATCH said")
    applied = Counter((one.key, one.value) for one in answers if one.outcome == "applied")
    wrong += [
        f"{edit} was stored {landed[edit]} times and told {applied[edit]} times"
        for edit in landed | applied
        if (landed[edit], applied[edit]) != (1, 1)
    ]
    recorded = {(row.change_id, *row.edit) for row in journal.changes if row.outcome == "applied"}
    told = {(one.change_id, one.key, one.value) for one in answers if one.outcome == "applied"}
    wrong += [f"the journal differs from what was told in {row}" for row in recorded ^ told]
    wrong += [f"{row.change_id} ended as {row.outcome}" for row in journal.changes if row.outcome != "applied"]
    return wrong + list(journal.faults)


def overlaps(writes: Sequence[Exchange]) -> Iterator[str]:
    """Writes that left before the one before them was answered."""
    for one, other in itertools.pairwise(sorted(writes, key=lambda write: write.began)):
        if other.began < one.ended:
            yield f"a PATCH came {one.ended - other.began:.3f} s before the one before it was answered"


def most_requests(moments: Sequence[float], seconds: float = 10) -> int:
    """The most requests that arrived in any so many seconds, by the clock of who got them."""
    moments, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
