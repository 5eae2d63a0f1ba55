"""The issuer's public keys, fetched when they are needed and kept for a while."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx

MAX_BYTES = 256 * 1024
FETCH_SECONDS = 5
FRESH_SECONDS = 600
"""So long a key counts without a look at the issuer."""
USABLE_SECONDS = 3600
"""So long a key counts while the issuer cannot be reached."""
PAUSE_SECONDS = 10
"""At least so long between two fetches, however many tokens name a key that is not there."""

_log = logging.getLogger(__name__)


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had at the moment, so no token can be judged."""


class IssuerKeys:
    """The keys at one address, by their id. The address is a setting; nothing in a token changes it."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, dict[str, Any]] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._turn = asyncio.Lock()

    async def key(self, kid: str) -> dict[str, Any] | None:
        """The key of this id, as a JWK; none when the issuer has none. Raises KeysUnavailable."""
        if kid not in self._keys or self._older_than(FRESH_SECONDS):
            async with self._turn:
                await self._fetch()
        if self._older_than(USABLE_SECONDS):
            raise KeysUnavailable
        return self._keys.get(kid)

    async def reachable(self) -> bool:
        """Whether tokens can be judged now."""
        try:
            await self.key("")
        except KeysUnavailable:
            return False
        return True

    def _older_than(self, seconds: float) -> bool:
        return self._clock() - self._fetched_at > seconds

    async def _fetch(self) -> None:
        if self._clock() - self._tried_at < PAUSE_SECONDS:
            return
        self._tried_at = self._clock()
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                self._keys = _keys_of(await _read(self._url))
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            _log.warning("The keys at PRODUCTIVE_OAUTH_JWKS_URL cannot be read (%s).", type(error).__name__)
        else:
            self._fetched_at = self._clock()


async def _read(url: str) -> bytes:
    async with (
        httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=FETCH_SECONDS) as http,
        http.stream("GET", url, headers={"Accept": "application/json", "Accept-Encoding": "identity"}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise ValueError
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BYTES:
                raise ValueError
        return body


def _keys_of(document: bytes) -> dict[str, dict[str, Any]]:
    """The keys for signatures that have an id. Raises ValueError for what is no key set or holds none."""
    key_set = json.loads(document)
    listed = key_set.get("keys") if isinstance(key_set, dict) else None
    keys = {
        key["kid"]: key
        for key in (listed if isinstance(listed, list) else ())
        if isinstance(key, dict) and isinstance(key.get("kid"), str) and key.get("use", "sig") == "sig"
    }
    if not keys:
        raise ValueError
    return keys
