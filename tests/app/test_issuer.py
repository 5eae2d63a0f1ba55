"""How the issuer's keys are fetched and kept, with a clock that a test turns."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from issuer import Issuer, issuing, public_jwk
from processes import PATIENCE
from productive_integrations.app import issuer as fetching
from productive_integrations.app.issuer import IssuerKeys, KeysUnavailable

pytestmark = pytest.mark.anyio


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="issuer")
def _issuer() -> Iterator[Issuer]:
    with issuing("https://mcp.example.com/mcp") as issuer:
        yield issuer


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="keys")
def _keys(issuer: Issuer, clock: Clock) -> IssuerKeys:
    return IssuerKeys(issuer.jwks_url, clock)


async def unavailable(keys: IssuerKeys) -> bool:
    with pytest.raises(KeysUnavailable):
        await keys.key("first")
    return not await keys.reachable()


async def test_keys_are_fetched_once_for_many_tokens_at_the_same_time(keys: IssuerKeys, issuer: Issuer) -> None:
    found = await asyncio.gather(*(keys.key("first") for _ in range(50)))

    assert all(found)
    assert issuer.fetched == 1


async def test_a_flood_of_unknown_keys_asks_the_issuer_once_in_ten_seconds(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    await keys.key("first")
    for number in range(100):
        clock.now += 0.15
        assert await keys.key(f"made up {number}") is None

    assert issuer.fetched == 2


async def test_a_new_key_is_found_without_waiting_for_the_old_ones_to_age(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    await keys.key("first")
    issuer.publish(public_jwk(issuer.key, "first"), public_jwk(issuer.key, "second"))
    clock.now += 11

    assert await keys.key("second")


async def test_a_key_that_was_withdrawn_counts_no_longer_than_ten_minutes(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    await keys.key("first")
    issuer.publish(public_jwk(issuer.key, "second"))
    clock.now += 601

    assert await keys.key("first") is None


async def test_known_keys_outlast_an_issuer_that_is_away_but_not_for_long(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    await keys.key("first")
    issuer.status = 503
    clock.now += 3500

    assert await keys.key("first")
    assert issuer.fetched == 2

    clock.now += 200
    assert await unavailable(keys)

    issuer.status = 200
    clock.now += 11
    assert await keys.key("first")


@pytest.mark.parametrize("status", [301, 302, 307, 204, 401, 404, 500])
async def test_only_a_plain_answer_counts(keys: IssuerKeys, issuer: Issuer, status: int) -> None:
    issuer.status = status

    assert await unavailable(keys)
    assert issuer.fetched == 1


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"keys",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [1, null, [], {}]}',
        b'{"keys": [{"kid": 1}]}',
        b'{"keys": [{"kid": "first", "use": "enc"}]}',
        b"\xff\xfe\xff",
        b"[" * 100_000,
        json.dumps({"keys": [{"kid": "first"}], "more": "x" * 300_000}).encode(),
    ],
    ids=lambda document: document[:40].decode("latin-1"),
)
async def test_what_is_no_key_set_is_no_key_set(keys: IssuerKeys, issuer: Issuer, document: bytes) -> None:
    issuer.document = document

    assert await unavailable(keys)


async def test_a_bad_key_set_does_not_replace_a_good_one(keys: IssuerKeys, issuer: Issuer, clock: Clock) -> None:
    await keys.key("first")
    issuer.document = b'{"keys": []}'
    clock.now += 700

    assert await keys.key("first")


async def test_an_issuer_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        keys = IssuerKeys(f"http://127.0.0.1:{silent.getsockname()[1]}/", clock)

        assert await unavailable(keys)
        assert time.monotonic() - began < 10


async def test_an_issuer_that_answers_byte_by_byte_is_given_up(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, clock: Clock
) -> None:
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 0.3)
    over = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(issuer.document)}\r\nConnection: close\r\n\r\n"
        for byte in head.encode() + issuer.document:
            if writer.is_closing():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.005)
        writer.close()
        over.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        assert await unavailable(IssuerKeys(f"http://127.0.0.1:{port}/", clock))
        await asyncio.wait_for(over.wait(), PATIENCE)


async def test_an_issuer_that_is_not_there_is_said_in_the_log_without_its_address(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert await unavailable(IssuerKeys(f"http://127.0.0.1:{port}/", clock))
    assert "PRODUCTIVE_OAUTH_JWKS_URL" in caplog.text
    assert str(port) not in caplog.text
