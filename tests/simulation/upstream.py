"""Productive's side of the wire in virtual time: the sandbox's records and operations, and everything that fails."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx

from productive_integrations.sandbox.operations import Answer, Call, Operations
from productive_integrations.sandbox.records import Record, Store
from productive_integrations.sandbox.switches import Switches

from .clock import VirtualLoop
from .history import CALL, CHANGE, LAG, Commit, History, Sent
from .world import ACCOUNTS, CODES, DEFAULTS, EDITED, KEYS, PURCHASES, small_world

BASE = "https://upstream.test/api/v2/"
_JSON = {"content-type": "application/vnd.api+json; charset=utf-8"}
_HTML = b"<!DOCTYPE html><html><body><h1>Productive</h1></body></html>"
REFUSALS = (400, 401, 403, 404, 405, 409, 415, 422, 404, 404, 404)
LATEST = 60.0
"""Seconds after the client gave up that a write may still land."""

READ_FAULTS = (
    *("refused", "drop", "reset", "truncated", "500", "502", "503", "429 reset", "429 seconds", "429 date"),
    *("429 bare", "4xx", "html", "not json", "wrong record", "duplicate keys", "slow", "hang"),
    *("foreign before", "foreign after", "foreign before", "foreign after"),
)
WRITE_FAULTS = (
    *("refused", "drop", "drop after", "reset", "truncated", "500", "502", "503", "429 reset", "429 seconds"),
    *("429 date", "429 bare", "429 server time", "4xx", "html", "not json", "wrong record", "duplicate keys"),
    *("ignored", "merged", "normalised", "late", "late", "late", "late silent", "late silent", "slow", "slow work"),
    *("hang", "foreign before", "foreign after", "foreign before", "foreign after"),
)
# Of these nothing is done upstream.
_BEFORE = frozenset({"drop", "500", "503", "4xx", "hang", "late", "late silent", "html before"})


@dataclass(frozen=True, slots=True)
class Weather:
    """How often what goes wrong. `muted` are requests, by number, that nothing happens to."""

    faults: float = 0.2
    lagging: float = 0.1
    muted: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Request:
    call: Call
    change_id: str
    kind: str
    fate: float
    future: Any


class Upstream:
    """The organization of one run."""

    def __init__(self, loop: VirtualLoop, seed: int, weather: Weather, history: History, integrations: int) -> None:
        self.loop = loop
        self.weather = weather
        self.history = history
        self.store = Store(lambda: small_world(integrations), clock=loop.time)
        self.edited = EDITED[:integrations]
        self._random = random.Random(f"upstream {seed}")
        self._usual = Switches()
        self._switches = self._usual
        self._operations = Operations(self.store, lambda: self._switches)
        self._number = 0

    def record(self, integration_id: str) -> Record:
        """The live record."""
        return self.store.records["integrations"][integration_id]

    async def answer(self, request: httpx.Request, compared_at: float) -> httpx.Response:
        """What comes back for a request, when it does."""
        number = self._number
        self._number += 1
        # Always as many numbers, so that muting one request does not change the others.
        chance, choice, fate, there, back = (self._random.random() for _ in range(5))
        write = request.method == "PATCH"
        kinds = WRITE_FAULTS if write else READ_FAULTS
        strikes = chance < self.weather.faults and number not in self.weather.muted
        kind = kinds[int(choice * len(kinds))] if strikes else ""
        path = request.url.path.removeprefix("/api/v2/")
        body: Any = json.loads(request.content) if write else None
        call = Call(request.method, path, BASE, dict(request.url.params), body)
        place = call.record_id or call.resource
        self.history.note(self.loop.now, place, f"#{number} {request.method} {kind and '!! ' + kind}")
        if kind:
            self.history.faults[number] = kind
        if kind == "refused":
            raise httpx.ConnectError("refused")
        if write:
            change_id = CHANGE.get()
            sent = Sent(change_id, call.record_id, body["data"]["attributes"], self.loop.now, compared_at)
            self.history.sent[change_id] = sent
        else:
            change_id = ""
            if (not kind or kind.startswith("foreign")) and fate < self.weather.lagging:
                kind = f"lag {LAG * choice:.3f}"
        future = self.loop.create_future()
        it = _Request(call, change_id, kind, fate, future)
        if kind.startswith("429"):
            self.loop.call_later(there, self._deliver, future, self._limited(kind, fate))
        elif kind == "slow work":
            self.loop.call_later(0.5 + fate * 44, self._arrive, it, 0.02)
        else:
            self.loop.call_later(0.01 + there * 0.05, self._arrive, it, 0.01 + back * 0.05)
        answer: httpx.Response = await future
        return answer

    def _arrive(self, it: _Request, back: float) -> None:
        kind, fate = it.kind, it.fate
        if kind == "foreign before":
            self.somebody_else(it.call.record_id, fate)
        if kind == "late":
            self.loop.call_later(back + 10 + fate * (LATEST - 10), self._do, it)
        elif kind == "late silent":
            self.loop.call_later(30 + 10 + fate * (LATEST - 10), self._do, it)
        if kind in {"hang", "late silent"}:
            return
        answer = self._do(it) if kind not in _BEFORE and not (kind == "html" and fate < 0.5) else None
        if kind == "foreign after":
            self.somebody_else(it.call.record_id, fate)
        if kind == "slow":
            back = 0.5 + fate * 44
        self.loop.call_later(back, self._deliver, it.future, self._bent(kind, fate, answer, it.call))

    def _deliver(self, future: Any, outcome: httpx.Response | Exception) -> None:
        if future.done():
            return
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    def _do(self, it: _Request) -> Answer:
        """Let the API do it, and keep what it changed."""
        call, kind = it.call, it.kind
        if call.method != "PATCH":
            lag = float(kind[4:]) if kind.startswith("lag") else 0
            self._switches = self._usual.model_copy(update={"replica_lag": lag}) if lag else self._usual
            if lag:
                self.history.note(self.loop.now, call.record_id or call.resource, f"the replica is {lag:.1f} s behind")
            return self._operations.answer(call)
        if kind == "ignored":
            self._switches = self._usual
            return self._operations.ignored(call)
        bent = {"merged": {"patch_mode": "merge"}, "normalised": {"normalise": "strip_zeros"}}.get(kind)
        self._switches = self._usual.model_copy(update=bent) if bent else self._usual
        record = self.record(call.record_id)
        before = dict(record.attributes)
        answer = self._operations.answer(call)
        self._note(record, it.change_id, before)
        return answer

    def _note(self, record: Record, change_id: str, before: dict[str, Any]) -> None:
        after = dict(record.attributes)
        self.history.commits.append(Commit(self.loop.now, record.id, change_id, before, after))
        changed = {name: _changed(before[name], after[name]) for name in before if before[name] != after[name]}
        self.history.note(self.loop.now, record.id, f"COMMIT {change_id or 'somebody else'} {changed}")

    def somebody_else(self, integration_id: str, fate: float) -> None:
        """An edit in Productive's own settings, of one key or one default."""
        if integration_id not in self.edited:
            return
        spin = random.Random(fate)
        mapping = ACCOUNTS if spin.random() < 0.8 else PURCHASES
        record = self.record(integration_id)
        before = dict(record.attributes)
        name: str
        value: Any
        if spin.random() < 0.1:
            name, value = DEFAULTS[mapping], spin.choice(CODES)
        else:
            name, value = mapping, dict(record.attributes[mapping] or {})
            key = spin.choice(KEYS)
            if key in value and spin.random() < 0.3:
                del value[key]
            else:
                value[key] = spin.choice(CODES)
        self.store.commit(record, lambda live: live.attributes.update({name: value}))
        self.history.foreign += 1
        self._note(record, "", before)

    def _limited(self, kind: str, fate: float) -> httpx.Response:
        seconds = 1 + int(fate * 8)
        headers = dict(_JSON)
        if kind == "429 reset":
            headers["x-ratelimit-reset"] = str(seconds)
        elif kind == "429 seconds":
            headers["retry-after"] = str(seconds)
        elif kind == "429 date":
            now = datetime.fromtimestamp(self.loop.now, UTC).replace(microsecond=0)
            headers["date"] = format_datetime(now, usegmt=True)
            headers["retry-after"] = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
        elif kind == "429 server time" and fate < 0.02:
            headers["retry-after"] = "3600"
        title = b"Server time limit exceeded" if kind == "429 server time" else b"Too many requests"
        return _response(429, b'{"errors":[{"status":429,"title":"%s"}]}' % title, headers)

    def _bent(self, kind: str, fate: float, answer: Answer | None, call: Call) -> httpx.Response | Exception:
        if kind in {"drop", "drop after", "late"}:
            return httpx.ReadError("dropped") if fate < 0.5 else httpx.RemoteProtocolError("dropped")
        if kind == "4xx":
            return _response(REFUSALS[int(fate * len(REFUSALS))], b'{"errors":[]}')
        if kind == "500":
            return _response(500, b'{"errors":[]}')
        if kind in {"502", "503", "html"}:
            status = 200 if kind == "html" else int(kind)
            return _response(status, _HTML, {"content-type": "text/html"})
        assert answer is not None
        body = json.dumps(answer.document, separators=(",", ":")).encode()
        if kind == "wrong record" and call.record_id:
            other = self.edited[0] if call.record_id != self.edited[0] else self.edited[1]
            body = json.dumps(self._operations.answer(Call("GET", f"integrations/{other}", BASE)).document).encode()
        if kind == "not json":
            body = b"<<< not JSON"
        if kind == "duplicate keys":
            body = body[:-1] + b',"data":{"id":"1","type":"integrations","attributes":{}}}'
        if kind == "truncated":
            body = body[: int(len(body) * fate)]
        if kind == "reset":
            return httpx.Response(answer.status, headers=_JSON, stream=_Body(body[: len(body) // 2], breaks=True))
        return _response(answer.status, body)


class _Body(httpx.AsyncByteStream):
    """A body, which may break off."""

    def __init__(self, body: bytes, *, breaks: bool = False) -> None:
        self._body = body
        self._breaks = breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
        if self._breaks:
            raise httpx.ReadError("reset in the middle")


def _response(status: int, body: bytes, headers: dict[str, str] = _JSON) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=_Body(body))


def _changed(before: Any, after: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f"{before!r} to {after!r}"
    keys = [key for key in {**before, **after} if (before.get(key), key in before) != (after.get(key), key in after)]
    return ", ".join(f"{key} {before.get(key)!r} to {after.get(key)!r}" for key in keys)


class Line(httpx.AsyncBaseTransport):
    """One process's way to it, which ends with the process."""

    def __init__(self, upstream: Upstream, dead: Callable[[], bool]) -> None:
        self._upstream = upstream
        self._dead = dead
        self._read_at: dict[tuple[int, str], float] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and wait for what comes of it."""
        if self._dead():
            raise asyncio.CancelledError
        place = (CALL.get(), request.url.path)
        if request.method == "GET":
            self._read_at[place] = self._upstream.loop.now
        return await self._upstream.answer(request, self._read_at.get(place, 0.0))
