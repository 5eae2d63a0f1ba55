"""One plan that many apply at once, through servers of one state."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from front_door import DESIGN, XERO_UK
from mappings.workbench import apply, plan
from robustness.records import Productive, journal_of
from robustness.replicas import clients, served

pytestmark = pytest.mark.anyio


async def test_a_plan_applied_a_hundred_times_at_once_is_sent_once_and_everybody_gets_its_one_receipt(
    productive: Productive, state: str, tmp_path: Path
) -> None:
    before = productive.entries()
    with served(productive, state, tmp_path, 2, wait="30") as urls:
        async with clients(urls) as ours:
            plan_id = await plan(ours[0])
            callers = itertools.islice(itertools.cycle(ours), 100)
            receipts: list[dict[str, Any]] = await asyncio.gather(*(apply(client, plan_id) for client in callers))
    with served(productive, state, tmp_path, 2) as urls:
        async with clients(urls) as ours:
            receipts += await asyncio.gather(*(apply(client, plan_id) for client in ours))

    assert receipts[0]["outcome"] == "applied"
    assert [receipt for receipt in receipts if receipt != receipts[0]] == []
    assert sum(one.is_write_of(XERO_UK) for one in productive.exchanges) == 1
    assert productive.entries() == before | {DESIGN: "4030"}
    journal = await journal_of(state, productive.sandbox.organization_id)
    assert [(row.change_id, row.outcome) for row in journal.changes] == [(receipts[0]["change_id"], "applied")]
    assert journal.faults == []
