"""One server process killed at one point, another started on the same state, and a verdict on what it made of it."""

import asyncio
import copy
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from front_door import DESIGN, XERO_UK
from mappings.workbench import ACCOUNTS, patching
from processes import until
from robustness.errands import UNDER_WAY, WAITING, Point
from robustness.nursery import Nursery
from robustness.records import Productive, Row, becomes_free, chain_faults, journal_of, productive

SETTLING = 1.0
KILLS_A_STATE = 5
"""So few that the request budget, which processes of one state may share, never makes one wait."""


@dataclass(frozen=True)
class Verdict:
    """What went wrong at one kill, in words."""

    point: Point
    wrong: list[str]
    seconds: float


@dataclass
class Lane:
    """Kills one after the other, with a Productive of their own. Lanes may run at the same time."""

    folder: Path
    nursery: Nursery
    productive: Productive
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def kill(self, point: Point) -> Verdict:
        """Kill one, start again, and look at everything that is stored anywhere."""
        began = time.monotonic()
        number = next(self.numbers)
        settings = self.productive.settings(str(self.folder / f"{number // KILLS_A_STATE}.sqlite"), wait="1")
        before = copy.deepcopy(self._stored())
        value = "4040" if before[ACCOUNTS][DESIGN] == "4030" else "4030"
        self.productive.sandbox.requests.clear()
        plan_id = self._killed(point, settings, value)
        wanted = before | {ACCOUNTS: before[ACCOUNTS] | {DESIGN: value}}
        stored = point.left and point.name != UNDER_WAY
        wrong = list(self._wrong_when_dead(point, settings, plan_id, wanted if stored else before))
        told = self._started_again(point, settings, plan_id, wanted, at_once=number % 2 == 0)
        wrong += self._wrong_afterwards(point, settings, plan_id, wanted if point.end == "applied" else before, told)
        return Verdict(point, wrong, time.monotonic() - began)

    def _killed(self, point: Point, settings: dict[str, str], value: str) -> str:
        faults = self.productive.sandbox.faults
        if point.name == WAITING:
            faults.append(patching("slow", seconds=60))
        if point.name == UNDER_WAY:
            faults.append(patching("drop_before"))
        child = self.nursery.start("edit_until_killed", settings=settings, point=point.name, value=value)
        plan_id = str(child.word()["plan_id"])
        if point.name == WAITING:
            until(lambda: self._stored()[ACCOUNTS][DESIGN] == value, "storing")
            child.kill()
        if point.name == UNDER_WAY:
            until(self._patches, "sending")
            child.kill()
        last = child.last_word()
        assert "survived" not in last, last
        return plan_id

    def _started_again(
        self, point: Point, settings: dict[str, str], plan_id: str, wanted: dict[str, Any], *, at_once: bool
    ) -> dict[str, Any]:
        order = {"settings": settings, "plan_id": plan_id, "at_once": at_once}
        if point.name != UNDER_WAY:
            return self.nursery.run("start_again", settling=SETTLING, **order)
        reads = self._reads()
        child = self.nursery.start("start_again", settling=60, **order)
        until(lambda: self._reads() > reads, "reading")
        self._stored()[ACCOUNTS] = wanted[ACCOUNTS]
        return child.last_word()

    def _wrong_when_dead(
        self, point: Point, settings: dict[str, str], plan_id: str, expected: dict[str, Any]
    ) -> Iterator[str]:
        change = self._journal(settings["state"]).get(plan_id)
        written = "nothing" if change is None else "ending" if change.outcome else "intent"
        if written != point.written:
            yield f"when it was killed, {written} was written down and not {point.written}"
        if self._patches() != point.left:
            yield f"when it was killed, {self._patches()} PATCHes had left"
        if self._stored() != expected:
            yield "when it was killed, Productive did not hold what the point says"

    def _wrong_afterwards(
        self, point: Point, settings: dict[str, str], plan_id: str, expected: dict[str, Any], told: dict[str, Any]
    ) -> Iterator[str]:
        change = self._journal(settings["state"]).get(plan_id)
        first, again = told["first"], told["again"]
        if first["outcome"] != point.end:
            yield f"the next server told {first['outcome']}: {first['next']}"
        if again != first:
            yield f"the next server told {again['outcome']} when it was asked again"
        if change is None or (change.outcome, change.change_id) != (first["outcome"], first.get("change_id")):
            yield f"the journal says {change} and the next server told {first}"
        if self._stored() != expected:
            yield "Productive does not hold what the journal says, or something beside it changed"
        if self._patches() != (point.end == "applied"):
            yield f"{self._patches()} PATCHes were sent in all"
        yield from chain_faults(settings["state"])
        if not asyncio.run(becomes_free(settings["state"], self.productive.sandbox.organization_id, XERO_UK)):
            yield "the integration is still held"

    def _stored(self) -> dict[str, Any]:
        return self.productive.sandbox.integrations[XERO_UK].attributes

    def _patches(self) -> int:
        return self._sent("PATCH")

    def _reads(self) -> int:
        return self._sent("GET")

    def _sent(self, method: str) -> int:
        requests = list(self.productive.sandbox.requests)
        return sum(request.method == method and request.path.endswith(XERO_UK) for request in requests)

    def _journal(self, state: str) -> dict[str, Row]:
        journal = asyncio.run(journal_of(state, self.productive.sandbox.organization_id))
        return {row.plan_id: row for row in journal.changes}


@contextmanager
def lane(folder: Path, nursery: Nursery) -> Iterator[Lane]:
    """A lane in a folder of its own."""
    folder.mkdir()
    with productive(rate_limit=False) as ours:
        yield Lane(folder, nursery, ours)
