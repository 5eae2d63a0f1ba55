"""People and models that edit mappings all at once, and what they do with each outcome."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from productive_integrations.errors import IntegrationsError, RateLimited
from productive_integrations.mappings.apply import apply_plan
from productive_integrations.mappings.copy import copy_mapping
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.undo import undo_change
from productive_integrations.mappings.update import Prepared, prepare, update_now
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.outcome import WriteResult

from .clock import VirtualLoop
from .fleet import Died, Process
from .history import CALL, Call, History
from .world import ACCOUNTS, CODES, KEYS, PURCHASES

CALLER = "local"
OPEN = frozenset({"unknown", "busy"})
PATIENCE = 40
"""Calls that a caller makes at most for one plan."""
Errand = Callable[[Services], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Habits:
    """What callers do beside waiting for an answer."""

    pause: float = 8.0
    cancels: float = 0.08
    twice: float = 0.1
    undoes: float = 0.1


class Caller:
    """One of them. `processes` are those alive now."""

    def __init__(
        self, loop: VirtualLoop, seed: str, processes: list[Process], history: History, places: tuple[str, ...]
    ) -> None:
        self._loop = loop
        self._random = random.Random(seed)
        self._processes = processes
        self._history = history
        self._places = places
        self._applied: list[tuple[str, str, str]] = []
        self.habits = Habits()

    async def edit(self) -> None:
        """One edit from its words to its end."""
        spin = self._random
        place, mapping = spin.choice(self._places), ACCOUNTS if spin.random() < 0.85 else PURCHASES
        await asyncio.sleep(spin.expovariate(1))
        way = spin.random()
        if way < self.habits.undoes and self._applied:
            place, mapping, change_id = spin.choice(self._applied[-5:])
            await self._with_approval("undo", place, mapping, {}, lambda to: undo_change(to, change_id, CALLER, ()))
            return
        if way < 0.13:
            source = spin.choice([other for other in self._places if other != place])
            await self._with_approval(
                "copy", place, mapping, {}, lambda to: copy_mapping(to, source, place, mapping, CALLER, ())
            )
            return
        edit = self._words(place, mapping)
        asked: dict[str, str | None] = {**edit.set, **dict.fromkeys(edit.remove)}
        if edit.default is not None:
            asked["default"] = edit.default
        if way < 0.4:
            await self._at_once(edit, asked)
        else:
            await self._with_approval("plan", place, mapping, asked, lambda to: prepare(to, edit, CALLER, ()))

    def _words(self, place: str, mapping: str) -> Edit:
        spin = self._random
        keys = spin.sample(KEYS[2:], spin.choice((1, 1, 1, 2, 3)))
        removed = [key for key in keys if spin.random() < 0.15]
        return Edit(
            integration_id=place,
            mapping=mapping,
            set={key: spin.choice(CODES) for key in keys if key not in removed},
            remove=tuple(removed),
            default=spin.choice(CODES) if spin.random() < 0.08 else None,
            reason=str(spin.random()),
        )

    async def _at_once(self, edit: Edit, asked: dict[str, str | None]) -> None:
        accept: tuple[str, ...] = ()
        for _ in range(2):
            call = await self._call("now", edit.integration_id, edit.mapping, asked, self._now(edit, accept))
            if call.result is None or call.result.outcome != "blocked":
                break
            accept = tuple(sorted({one.rule for one in call.result.findings if one.severity == "confirm"}))
            if not accept:
                break
        if call.result and call.result.outcome == "unknown" and call.result.plan_id:
            await self._to_the_end(call.result.plan_id, edit.integration_id, edit.mapping)

    @staticmethod
    def _now(edit: Edit, accept: tuple[str, ...]) -> Errand:
        return lambda to: update_now(to, edit, CALLER, accept)

    async def _with_approval(
        self, what: str, place: str, mapping: str, asked: dict[str, str | None], planning: Errand
    ) -> None:
        call = await self._call(what, place, mapping, asked, planning)
        if call.result is None or call.result.outcome != "approval_required":
            return
        plan_id = call.result.plan_id
        assert plan_id is not None
        await asyncio.sleep(self._random.expovariate(1 / self.habits.pause))
        if self._random.random() < self.habits.twice:
            ends = [self._to_the_end(plan_id, place, mapping) for _ in range(2)]
            await asyncio.gather(*ends)
        else:
            await self._to_the_end(plan_id, place, mapping)

    async def _to_the_end(self, plan_id: str, place: str, mapping: str) -> None:
        """Apply a plan, and again until the answer is an end."""
        failures = 0
        for _ in range(PATIENCE):
            call = await self._call(
                "apply", place, mapping, {}, lambda to: apply_plan(to, plan_id, CALLER, "asked"), plan_id
            )
            if call.result and call.result.outcome not in OPEN:
                if call.result.outcome == "applied" and call.result.change_id:
                    self._applied.append((place, mapping, call.result.change_id))
                return
            pause = 10.0
            if isinstance(call.error, RateLimited):
                pause = min(call.error.seconds, 70.0)
            if call.result is None or call.result.outcome == "busy":
                failures += 1
                if failures > 6:
                    return
            await asyncio.sleep(pause * (0.5 + self._random.random()))

    async def _call(
        self,
        what: str,
        place: str,
        mapping: str,
        asked: dict[str, str | None],
        errand: Errand,
        plan_id: str | None = None,
    ) -> Call:
        spin, history = self._random, self._history
        call = Call(len(history.calls), what, self._loop.now, place, mapping, asked, plan_id)
        history.calls.append(call)
        leave = spin.random()
        cancel_after = 10 ** (spin.random() * 2.5 - 2) if leave < self.habits.cancels else None
        process = spin.choice(self._processes)
        token = CALL.set(call.number)
        try:
            answer = await process.call(errand, cancel_after)
        except (IntegrationsError, Died) as error:
            call.error = error
        except asyncio.CancelledError as error:
            history.cancelled += 1
            call.error = error
        except Exception as error:  # noqa: BLE001 - the checks report it
            call.error = error
        else:
            result: WriteResult = answer.result if isinstance(answer, Prepared) else answer
            call.result = result
            call.plan_id = call.plan_id or result.plan_id
        finally:
            CALL.reset(token)
        call.at = self._loop.now
        said = call.result.outcome if call.result else type(call.error).__name__
        about = f" of {call.plan_id[:9]}" if call.plan_id else ""
        history.note(self._loop.now, place, f"call {call.number} {what}{about} ended: {said} {asked or ''}")
        return call
