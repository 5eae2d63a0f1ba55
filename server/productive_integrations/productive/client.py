"""The only way to Productive's API."""

import asyncio
import email.utils
import random
from collections.abc import Mapping

import httpx

from productive_integrations import __version__
from productive_integrations.errors import (
    LONGEST_WAIT,
    AccessDenied,
    BadAnswer,
    IntegrationsError,
    NoAnswer,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerFault,
    TokenRefused,
    Unreachable,
)
from productive_integrations.settings import Settings

from . import jsonapi
from .guard import ExitGuard
from .limits import RequestBudget, Seats

MAX_BODY = 8 * 1024 * 1024
READ_ATTEMPTS = 3
TOO_MANY_REQUESTS = 429

# The first row that fits wins. Those before the last two happen while connecting, so nothing was sent.
_FAILURES: tuple[tuple[type[Exception], type[IntegrationsError], str], ...] = (
    (
        httpx.ConnectTimeout,
        Unreachable,
        "Productive cannot be reached: connecting took too long. Try again later.",
    ),
    (
        httpx.PoolTimeout,
        Unreachable,
        "Productive cannot be reached: too many requests under way. Try again later.",
    ),
    (
        httpx.ConnectError,
        Unreachable,
        "Productive cannot be reached. Check the network and PRODUCTIVE_BASE_URL.",
    ),
    (httpx.UnsupportedProtocol, Unreachable, "Productive cannot be reached. Check PRODUCTIVE_BASE_URL."),
    (TimeoutError, NoAnswer, "Productive did not answer in time. Try again later."),
    (httpx.HTTPError, NoAnswer, "The connection to Productive broke off. Try again later."),
)

_STATUS: Mapping[int, tuple[type[IntegrationsError], str]] = {
    401: (
        TokenRefused,
        "Productive does not accept the API token. Set a valid PRODUCTIVE_API_TOKEN and restart.",
    ),
    403: (AccessDenied, "The API token may not do this. It needs the rights of a Productive account admin."),
    404: (NotFound, "Productive has no such record."),
}


class Client:
    """Reads and writes JSON:API documents under one address, for one organization, within its limits.

    Every method raises the errors of `errors.py`, and nothing of the HTTP library's.
    """

    def __init__(
        self,
        settings: Settings,
        guard: ExitGuard,
        budget: RequestBudget,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._organization_id = settings.organization_id
        self._timeout = settings.timeout
        self._wait = settings.wait
        self._guard = guard
        self.budget = budget
        self._http = httpx.AsyncClient(
            base_url=settings.base_url,
            headers={
                "X-Auth-Token": settings.api_token.get_secret_value(),
                "X-Organization-Id": settings.organization_id,
                "Content-Type": jsonapi.MEDIA_TYPE,
                "Accept": jsonapi.MEDIA_TYPE,
                "Accept-Encoding": "identity",
                "User-Agent": f"productive-integrations-mcp/{__version__}",
            },
            follow_redirects=False,
            trust_env=False,
            timeout=settings.timeout,
            transport=transport,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self.budget.aclose()
        await self._http.aclose()

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, seats: Seats | None = None
    ) -> jsonapi.Document:
        """Read a document; a passing fault is tried again within the same deadline."""
        attempt = 1
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._timeout
        wait = self._wait
        while True:
            try:
                if seats is not None:
                    return await self._exchange("GET", path, seats, deadline, params=params)
                asked = clock()
                with await self.budget.reserve(1, wait) as seat:
                    waited = clock() - asked
                    wait, deadline = wait - waited, deadline + waited
                    return await self._exchange("GET", path, seat, deadline, params=params)
            except RateLimited:
                # The gate is closed now: the next reservation waits for it, or says how long it takes.
                attempt += 1
                if attempt > READ_ATTEMPTS:
                    raise
            except (Unreachable, NoAnswer, ServerFault):
                attempt += 1
                pause = 0.2 * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 - jitter needs no secrecy
                if attempt > READ_ATTEMPTS or clock() + pause > deadline:
                    raise
                await asyncio.sleep(pause)
            seats = None

    async def patch(self, path: str, body: bytes, seats: Seats) -> jsonapi.Document:
        """Send a write once. It is never sent again from here, whatever comes back."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        return await self._exchange("PATCH", path, seats, deadline, body=body)

    async def _exchange(
        self,
        method: str,
        path: str,
        seats: Seats,
        deadline: float,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> jsonapi.Document:
        request = self._http.build_request(method, path, params=params, content=body or None)
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        self._guard.check(method, origin, request.url.raw_path.decode(), body)
        seats.take()
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._http.send(request, stream=True)
                try:
                    return self._read(response, await _body(response))
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.HTTPError) as error:
            for foreign, ours, text in _FAILURES:
                if isinstance(error, foreign):
                    raise ours(text) from error
            raise

    def _read(self, response: httpx.Response, body: bytes) -> jsonapi.Document:
        status = response.status_code
        if status == httpx.codes.OK:
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type not in {jsonapi.MEDIA_TYPE, "application/json"}:
                raise BadAnswer("Productive's answer is not a JSON:API document.")
            document = jsonapi.parse(body)
            if document.of_another(self._organization_id):
                raise BadAnswer("Productive answered with a record of another organization; it is not shown.")
            return document
        if status == TOO_MANY_REQUESTS:
            seconds = _seconds_to_wait(response, body)
            self.budget.close_for(seconds)
            raise RateLimited(seconds)
        if "no_organization_id" in jsonapi.error_codes(body):
            raise AccessDenied("The API token does not reach this organization. Check PRODUCTIVE_ORGANIZATION_ID.")
        if status in _STATUS:
            error, text = _STATUS[status]
            raise error(text)
        if response.is_client_error:
            raise RequestRefused(status, f"Productive refused the request (HTTP {status}).")
        if response.is_server_error:
            raise ServerFault(f"Productive has a fault (HTTP {status}). Try again later.")
        raise BadAnswer(f"Productive answered with HTTP {status}, which this server does not follow.")


async def _body(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadAnswer("Productive's answer is compressed although it was asked not to be.")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadAnswer("Productive's answer is larger than 8 MB.")
    return bytes(body)


def _seconds_to_wait(response: httpx.Response, body: bytes) -> float:
    """From `X-RateLimit-Reset`, else `Retry-After` (seconds or a date by the server's own clock), else a guess."""
    for header in ("x-ratelimit-reset", "retry-after"):
        text = response.headers.get(header, "").strip()
        if text.isascii() and text.replace(".", "", 1).isdigit():
            return min(float(text), LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(response.headers.get("retry-after", ""))
        now = email.utils.parsedate_to_datetime(response.headers.get("date", ""))
        return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT)
    except (TypeError, ValueError):
        pass
    return 60.0 if b"Server time limit" in body else random.uniform(1, 3)  # noqa: S311 - jitter needs no secrecy
