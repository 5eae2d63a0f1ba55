"""The HTTP side: who is let in, what is written down, and which faults strike."""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from . import bending, problems, wire
from .faults import Fault, due
from .limits import Limits
from .operations import Call, Operations
from .problems import Problem
from .records import Store
from .switches import Switches

BASE_PATH = "/api/v2/"


@dataclass(slots=True)
class Request:
    """A request that arrived. `status` is None while it has no answer, and for ever if it got none."""

    method: str
    path: str
    query: str
    body: Any
    status: int | None
    at: float


@dataclass(slots=True)
class Tenant:
    """Whose API it is, and what may be ordered of it. The sandbox owns one."""

    token: str
    organization_id: str
    store: Store
    switches: Switches
    faults: list[Fault]
    requests: list[Request]
    limits: Limits


class Api:
    """Answers every request under the API's base address."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._operations = Operations(tenant.store, lambda: tenant.switches)

    async def respond(self, request: HttpRequest) -> Response:
        """Answer one request."""
        raw = await request.body()
        body = _parsed(raw)
        path, query = request.url.path, request.url.query
        entry = Request(request.method, path, query, body, None, time.time())
        self._tenant.requests.append(entry)
        await asyncio.sleep(self._tenant.switches.latency)
        response = self._turned_away(request) or await self._answered(request, body)
        response.headers["x-request-id"] = str(uuid.uuid4())
        if not isinstance(response, wire.Dropped):
            entry.status = response.status_code
        return response

    def _turned_away(self, request: HttpRequest) -> Response | None:
        tenant = self._tenant
        if tenant.switches.server_time_limited:
            return self._limited(problems.SERVER_TIME_EXCEEDED, 3600 - int(time.time()) % 3600)
        if request.headers.get("x-auth-token") != tenant.token:
            return bending.error(problems.UNAUTHENTICATED)
        if request.headers.get("x-organization-id") != tenant.organization_id:
            return bending.error(problems.NO_ORGANIZATION)
        over = tenant.limits.enter() if tenant.switches.rate_limit else None
        if over:
            return self._limited(*over)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method in {"PATCH", "POST"} and media_type != wire.MEDIA_TYPE:
            return bending.error(problems.UNSUPPORTED_MEDIA_TYPE)
        return None

    def _limited(self, problem: Problem, seconds: int) -> Response:
        response = bending.error(problem)
        if self._tenant.switches.rate_limit_header:
            response.headers[self._tenant.switches.rate_limit_header] = str(seconds)
        return response

    async def _answered(self, request: HttpRequest, body: Any) -> Response:
        path = request.url.path.removeprefix(BASE_PATH).rstrip("/")
        base = str(request.base_url).rstrip("/") + BASE_PATH
        call = Call(request.method, path, base, dict(request.query_params), body)
        striking = due(self._tenant.faults, request.method, request.url.path)
        self._edit(striking.get("before"), path)
        response = self._outcome(striking.get("outcome"), call)
        self._edit(striking.get("after"), path)
        if "slow" in striking:
            await asyncio.sleep(striking["slow"].seconds)
        return response

    def _edit(self, fault: Fault | None, path: str) -> None:
        record = self._operations.addressed(path)
        if fault and record:
            self._tenant.store.commit(record, fault.change)

    def _outcome(self, fault: Fault | None, call: Call) -> Response:
        if fault is None:
            return bending.whole(self._operations.answer(call))
        if fault.kind in bending.BEFORE:
            return bending.BEFORE[fault.kind](call)
        if fault.kind in bending.AFTER:
            return bending.AFTER[fault.kind](self._operations.answer(call))
        others = {
            "status_429": self._over_limit,
            "late_commit": self._late,
            "ignored": self._ignored,
            "wrong_record": self._another,
            "drip": self._dripping,
        }
        return others[fault.kind](fault, call)

    def _over_limit(self, fault: Fault, _: Call) -> Response:
        return self._limited(problems.too_many_requests(100, 10), max(1, round(fault.seconds)))

    def _late(self, fault: Fault, call: Call) -> Response:
        asyncio.get_running_loop().call_later(fault.seconds, self._operations.answer, call)
        return wire.Dropped()

    def _ignored(self, _: Fault, call: Call) -> Response:
        return bending.whole(self._operations.ignored(call))

    def _another(self, _: Fault, call: Call) -> Response:
        self._operations.answer(call)
        record = self._operations.addressed(call.path)
        if record is None:
            return bending.whole(self._operations.answer(replace(call, method="GET")))
        other = next(other for other in self._tenant.store.records[record.type] if other != record.id)
        path = f"{record.type}/{other}"
        return bending.whole(self._operations.answer(replace(call, method="GET", path=path)))

    def _dripping(self, fault: Fault, call: Call) -> Response:
        answer = self._operations.answer(call)
        return wire.dripping(wire.encoded(answer.document), fault.seconds, answer.status)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
