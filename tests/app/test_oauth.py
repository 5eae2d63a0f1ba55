"""Bearer tokens over HTTP: the real process, an issuer of the test's own, the official client."""

import base64
import hashlib
import hmac
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mcp import MCPError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from front_door import XERO_UK, Generation, Person, content_of, text_of
from issuer import BOTH, HEADERS, MODERN, READ, WRITE, Issuer, client_with, issuing, public_jwk, rsa_key, tool_call
from processes import PATIENCE, free_port, serves, started, until
from productive_integrations.sandbox import Sandbox, running

GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}
EC, ED, OTHER, SMALL = (
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
    rsa_key(),
    rsa_key(1024),
)


@dataclass
class Recorded:
    """Every byte that arrives at Productive's place."""

    app: ASGIApp
    heard: bytearray = field(default_factory=bytearray)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.heard += scope["raw_path"] + b"?" + scope["query_string"] + b"\n"
            for name, value in scope["headers"]:
                self.heard += name + b": " + value + b"\n"

        async def listening() -> Message:
            message = await receive()
            self.heard += message.get("body", b"")
            return message

        await self.app(scope, listening, send)


@dataclass
class Team:
    """One server with OAuth, and whom it serves."""

    url: str
    issuer: Issuer
    sandbox: Sandbox
    recorded: Recorded
    errors: Path
    http: httpx.Client

    @property
    def mcp(self) -> str:
        return f"{self.url}/mcp"

    def post(
        self, authorization: str | None, body: dict[str, Any] | bytes | None = None, **more: str
    ) -> httpx.Response:
        headers: dict[str, str | bytes] = {**MODERN}
        headers |= more
        if authorization is not None:
            headers["Authorization"] = authorization.encode()
        message = tool_call() if body is None else body
        if isinstance(message, dict):
            headers["Mcp-Name"] = str(message["params"]["name"])
            message = json.dumps(message).encode()
        sent = [(name, value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()]
        return self.http.post(self.mcp, content=message, headers=[(name.encode(), value) for name, value in sent])

    def status(self, token: str) -> int:
        return self.post(f"Bearer {token}").status_code


@pytest.fixture(name="http", scope="module")
def _http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=PATIENCE) as http:
        yield http


@pytest.fixture(name="team", scope="module")
def _team(http: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A server that the tests here share; its state and its issuer's first key stay the same throughout."""
    folder, port = tmp_path_factory.mktemp("oauth"), free_port()
    url, sandbox = f"http://127.0.0.1:{port}", Sandbox()
    sandbox.app = recorded = Recorded(sandbox.app)  # type: ignore[assignment]
    with running(sandbox) as api_url, issuing(f"{url}/mcp") as issuer:
        issuer.publish(
            public_jwk(issuer.key, "first", use="sig"),
            public_jwk(EC, "curve", alg="ES256"),
            public_jwk(ED, "edwards"),
            public_jwk(SMALL, "small"),
            public_jwk(OTHER, "for-encryption", use="enc"),
            public_jwk(OTHER, "fixed", alg="PS256"),
            {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "shared"},
        )
        settings = {
            "api_token": sandbox.token,
            "organization_id": sandbox.organization_id,
            "base_url": api_url,
            "state": str(folder / "state.sqlite"),
            "log_level": "DEBUG",
        }
        arguments = ("http", "--port", str(port))
        with started(folder / "stderr", *arguments, **settings, **issuer.settings) as wire:
            until(lambda: serves(http, wire, f"{url}/healthz"), "serving")
            yield Team(url, issuer, sandbox, recorded, folder / "stderr", http)
            wire.process.send_signal(signal.SIGTERM)
            assert wire.process.wait(PATIENCE) == 0
    assert "Traceback" not in (folder / "stderr").read_text()


@pytest.fixture(autouse=True)
def _fresh(team: Team) -> None:
    team.sandbox.requests.clear()


def forged(issuer: Issuer, header: dict[str, Any], signature: bytes = b"", **changed: Any) -> str:
    """A token put together by hand, as no library would make it."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    body = f"{part(json.dumps(header).encode())}.{part(json.dumps(issuer.claims(**changed)).encode())}"
    return f"{body}.{part(signature)}"


def signed_with_the_public_key(issuer: Issuer, form: bytes) -> str:
    """The key of everybody's taken for a shared secret."""
    unsigned = forged(issuer, {"alg": "HS256", "typ": "JWT", "kid": "first"}).rpartition(".")[0]
    mark = base64.urlsafe_b64encode(hmac.digest(form, unsigned.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"{unsigned}.{mark}"


def pem(issuer: Issuer) -> bytes:
    return issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def good_tokens(issuer: Issuer) -> dict[str, str]:
    now = int(time.time())
    return {
        "RS256": issuer.token(),
        "RS512": issuer.token(algorithm="RS512"),
        "PS256": issuer.token(algorithm="PS256"),
        "PS256 by a key for it": issuer.token(algorithm="PS256", key=OTHER, kid="fixed"),
        "ES256": issuer.token(algorithm="ES256", key=EC, kid="curve"),
        "EdDSA": issuer.token(algorithm="EdDSA", key=ED, kid="edwards"),
        "one audience of several": issuer.token(aud=["https://other.example/", issuer.audience]),
        "a subject with umlauts": issuer.token(sub="Jörg Müller <jm@example.com>"),
        "for reading": issuer.token(scope=READ),
        "for writing alone": issuer.token(scope=WRITE),
        "scp as a list": issuer.token(scope=None, scp=[READ]),
        "scp as text": issuer.token(scope=None, scp=f"openid {READ}"),
        "a little too late": issuer.token(exp=now - 5),
        "a little too early": issuer.token(nbf=now + 5),
    }


def bad_tokens(issuer: Issuer) -> dict[str, str]:
    now = int(time.time())
    header, body, signature = issuer.token().split(".")
    jwks = "http://127.0.0.1:9/keys"
    return {
        "no token": "ana",
        "two parts": f"{header}.{body}",
        "unsigned": f"{header}.{body}.",
        "signature of another": f"{header}.{body}.{issuer.token(sub='ben').rpartition('.')[2]}",
        "claims of another": f"{header}.{issuer.token(sub='ben').split('.')[1]}.{signature}",
        "alg none": forged(issuer, {"alg": "none", "kid": "first"}),
        "alg None": forged(issuer, {"alg": "None", "kid": "first"}),
        "alg missing": forged(issuer, {"kid": "first"}),
        "alg a list": forged(issuer, {"alg": ["RS256"], "kid": "first"}),
        "public key as a secret (PEM)": signed_with_the_public_key(issuer, pem(issuer)),
        "public key as a secret (JWK)": signed_with_the_public_key(
            issuer, json.dumps(public_jwk(issuer.key, "first")).encode()
        ),
        "shared secret of the key set": issuer.token(
            key="secret-secret-secret-secret-secret", algorithm="HS256", kid="shared"
        ),
        "kid missing": issuer.token(kid=None),
        "kid unknown": issuer.token(kid="second"),
        "kid a path": issuer.token(kid="../../dev/null"),
        "kid a number": forged(issuer, {"alg": "RS256", "kid": 1}),
        "key of another": issuer.token(key=OTHER),
        "key named in the token": issuer.token(key=OTHER, kid="mine", header={"jku": jwks, "x5u": jwks}),
        "key in the token": issuer.token(key=OTHER, header={"jwk": public_jwk(OTHER, "first")}),
        "key for encryption": issuer.token(key=OTHER, kid="for-encryption"),
        "key of 1024 bits": issuer.token(key=SMALL, kid="small"),
        "algorithm the key is not for": issuer.token(key=OTHER, kid="fixed"),
        "key of another kind": forged(issuer, {"alg": "ES256", "kid": "first"}),
        "an extension that must be understood": issuer.token(header={"crit": ["more"], "more": 1}),
        "other issuer": issuer.token(iss="https://login.example.com.evil.example/"),
        "issuer without its slash": issuer.token(iss="https://login.example.com"),
        "issuers": issuer.token(iss=[issuer.url]),
        "no issuer": issuer.token(iss=None),
        "other audience": issuer.token(aud="https://other.example/mcp"),
        "audience that begins alike": issuer.token(aud=f"{issuer.audience}/more"),
        "audience that is the beginning": issuer.token(aud=issuer.audience.removesuffix("/mcp")),
        "no audience": issuer.token(aud=None),
        "audience of nobody": issuer.token(aud=[]),
        "expired": issuer.token(exp=now - 60),
        "expires never": issuer.token(exp=None),
        "expires in words": issuer.token(exp="tomorrow"),
        "not yet": issuer.token(nbf=now + 3600),
        "issued in the future": issuer.token(iat=now + 3600),
        "no subject": issuer.token(sub=None),
        "subject a number": issuer.token(sub=7),
        "subject a list": issuer.token(sub=["ana"]),
        "blank subject": issuer.token(sub=" "),
        "subject with a NUL": issuer.token(sub="ana\0"),
        "subject with half a character": issuer.token(sub="ana\ud800"),
        "subject that looks like another": issuer.token(sub="ana\u200b"),
        "subject of 256 letters": issuer.token(sub="a" * 256),
        "claims that are a list": jwt.api_jws.encode(b"[]", issuer.key, "RS256", {"kid": "first"}),
        "claims that are no JSON": jwt.api_jws.encode(b"ana", issuer.key, "RS256", {"kid": "first"}),
        "header a thousand deep": base64.urlsafe_b64encode(b"[" * 9000).decode() + f".{body}.{signature}",
        "20 KB": issuer.token(more="a" * 20_000),
        "not ASCII": "tökén",
    }


SOME = Issuer("http://127.0.0.1/mcp")


@pytest.mark.parametrize("which", good_tokens(SOME))
def test_a_token_of_the_issuer_for_this_server_is_let_in(team: Team, which: str) -> None:
    answer = team.post(f"Bearer {good_tokens(team.issuer)[which]}")

    assert answer.status_code == 200
    assert not answer.json()["result"]["isError"]


@pytest.mark.parametrize("which", bad_tokens(SOME))
def test_any_other_token_is_refused_and_told_where_to_get_one(team: Team, which: str) -> None:
    token = bad_tokens(team.issuer)[which]

    answer = team.post(f"Bearer {token}")

    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="invalid_token", ')
    assert f'resource_metadata="{team.url}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert f'scope="{READ}"' in challenge
    assert token not in answer.text + challenge
    assert team.sandbox.requests == []


def test_no_token_is_no_wrong_token(team: Team) -> None:
    answer = team.post(None)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer scope="{READ}", resource_metadata="{team.url}/.well-known/oauth-protected-resource/mcp"'
    )
    assert answer.json() == {}


@pytest.mark.parametrize("scheme", ["Basic", "Token", "DPoP", ""])
def test_a_token_of_another_kind_is_refused(team: Team, scheme: str) -> None:
    assert team.post(f"{scheme} {team.issuer.token()}".strip()).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_word_bearer_counts_in_any_case(team: Team, scheme: str) -> None:
    assert team.post(f"{scheme} {team.issuer.token()}").status_code == 200


def test_a_token_in_the_address_or_a_second_header_opens_nothing(team: Team) -> None:
    token = team.issuer.token()
    twice = [*HEADERS.items(), ("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]

    assert team.http.post(f"{team.mcp}?access_token={token}", json=tool_call(), headers=HEADERS).status_code == 401
    assert team.http.post(team.mcp, json=tool_call(), headers=twice).status_code == 401


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS", "HEAD"])
def test_every_method_takes_a_token(team: Team, method: str) -> None:
    assert team.http.request(method, team.mcp, headers=HEADERS).status_code == 401


@pytest.mark.parametrize("tool", ["update_mapping", "apply_mapping_plan", "copy_mapping", "undo_change"])
def test_a_token_for_reading_cannot_edit_and_is_told_the_scope_that_is_missing(team: Team, tool: str) -> None:
    answer = team.post(f"Bearer {team.issuer.token(scope=READ)}", tool_call(tool, {}))

    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_scope", ')
    assert f'scope="{WRITE}"' in challenge
    assert READ not in challenge
    assert f'resource_metadata="{team.url}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert team.sandbox.requests == []


@pytest.mark.parametrize("scope", ["", "openid profile", "integrations", "integrations:reading", None, 7, ["x"], {}])
def test_a_token_without_a_scope_of_ours_reads_nothing(team: Team, scope: Any) -> None:
    answer = team.post(f"Bearer {team.issuer.token(scope=scope)}")

    assert answer.status_code == 403
    assert f'scope="{READ}"' in answer.headers["www-authenticate"]


BODY = json.dumps(tool_call("update_mapping")).encode()
TWICE = BODY.replace(b'"name": "update_mapping"', b'"name": "list_integrations", "name": "update_mapping"')


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(TWICE, id="the name twice"),
        pytest.param(BODY.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf" + BODY, id="a mark first"),
        pytest.param(b"[" + BODY + b"]", id="a batch"),
        pytest.param(b'{"a":' * 50_000, id="deep"),
        pytest.param(BODY.replace(b'"method":', b'"METHOD": "tools/list", "method":'), id="another case"),
        pytest.param(BODY.replace(b"update_", b"\\u0075pdate_"), id="escaped"),
    ],
)
@pytest.mark.parametrize("version", ["2026-07-28", "2025-06-18"])
def test_no_way_of_writing_a_call_gets_around_the_scope(team: Team, body: bytes, version: str) -> None:
    headers = {"MCP-Protocol-Version": version, "Mcp-Name": "update_mapping"}
    answer = team.post(f"Bearer {team.issuer.token(scope=READ)}", body, **headers)

    assert 400 <= answer.status_code < 500
    assert team.sandbox.requests == []


def test_who_may_get_in_is_public_knowledge(team: Team) -> None:
    answer = team.http.get(
        f"{team.url}/.well-known/oauth-protected-resource/mcp", headers={"Origin": "https://a.example"}
    )

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "resource": team.mcp,
        "authorization_servers": [team.issuer.url],
        "scopes_supported": [READ, WRITE],
        "bearer_methods_supported": ["header"],
        "resource_name": "Productive integrations",
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_takes_no_token_and_tells_nothing_private(team: Team, path: str) -> None:
    answer = team.http.get(team.url + path)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@GENERATIONS
@pytest.mark.anyio
async def test_the_official_client_reads_asks_and_edits_with_a_token_that_never_goes_upstream(
    team: Team, generation: Generation
) -> None:
    person, token = Person(), team.issuer.token(sub="carla")
    edit = EDIT | {"set": {"Design": {"auto": "4031", "legacy": "4032"}[generation]}}

    async with client_with(token, team.mcp, generation, person) as client:
        await client.call_tool("list_integrations", {})
        outcome = content_of(await client.call_tool("update_mapping", edit))
        changes = content_of(await client.call_tool("list_changes", {}))["changes"]

    assert outcome["outcome"] == "applied"
    assert len(person.questions) == 1
    assert changes[0]["by"] == f"{team.issuer.url} carla"
    assert team.sandbox.token.encode() in team.recorded.heard
    heard = bytes(team.recorded.heard)
    for part in (token, *token.split(".")):
        assert part.encode() not in heard
    assert b"authorization" not in heard.lower()
    log = team.errors.read_text()
    assert not any(part in log for part in token.split(".")[1:])


@pytest.mark.parametrize("generation", ["auto", "legacy"])
@pytest.mark.anyio
async def test_a_plan_of_one_subject_is_unknown_to_another(team: Team, generation: Generation) -> None:
    value = {"auto": "5200", "legacy": "5210"}[generation]
    edit = EDIT | {"mapping": "expense_account_code_mapping", "set": {"Hosting": value}}
    async with client_with(team.issuer.token(sub="ana"), team.mcp, generation) as ana:
        planned = content_of(await ana.call_tool("update_mapping", edit))
        plan = {"plan_id": planned["plan_id"]}
        async with client_with(team.issuer.token(sub="ben"), team.mcp, generation) as ben:
            stolen = await ben.call_tool("apply_mapping_plan", plan)
            guessed = await ben.call_tool("apply_mapping_plan", {"plan_id": "plan_" + "0" * 32})
            changes = content_of(await ben.call_tool("list_changes", {}))["changes"]

        assert stolen.is_error
        assert text_of(stolen) == text_of(guessed)
        assert planned["plan_id"] not in json.dumps(changes)
        assert [request for request in team.sandbox.requests if request.method == "PATCH"] == []
        # A new token of the same subject is the same person.
        async with client_with(team.issuer.token(sub="ana", scope=BOTH), team.mcp, generation) as again:
            applied = content_of(await again.call_tool("apply_mapping_plan", plan))

    assert applied["outcome"] == "applied"


def test_an_answer_to_a_question_put_to_one_subject_is_not_taken_from_another(team: Team) -> None:
    """The sealed state of a question is bound to whom it was put."""
    asked = tool_call("update_mapping", EDIT | {"set": {"Design": "4099"}})
    asked["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = {"elicitation": {"form": {}}}
    question = team.post(f"Bearer {team.issuer.token(sub='ana')}", asked).json()["result"]
    [name] = question["inputRequests"]
    yes = {name: {"action": "accept", "content": {"apply": True}}}
    asked["params"] |= {"inputResponses": yes, "requestState": question["requestState"]}

    theirs = team.post(f"Bearer {team.issuer.token(sub='ben')}", asked).json()
    sent = [request for request in team.sandbox.requests if request.method == "PATCH"]
    ours = team.post(f"Bearer {team.issuer.token(sub='ana')}", asked).json()

    assert theirs["error"]["code"] == -32602
    assert sent == []
    assert ours["result"]["structuredContent"]["outcome"] == "applied"


def test_a_session_of_an_older_client_is_not_found_by_another_subject(team: Team) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "raw", "version": "1"},
        },
    }
    ana, ben = (HEADERS | {"Authorization": f"Bearer {team.issuer.token(sub=sub)}"} for sub in ("ana", "ben"))
    session = {"Mcp-Session-Id": team.http.post(team.mcp, json=hello, headers=ana).headers["mcp-session-id"]}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}

    assert team.http.post(team.mcp, json=ping, headers=ben | session).status_code == 404
    assert team.http.post(team.mcp, json=ping, headers=session | HEADERS).status_code == 401
    assert team.http.post(team.mcp, json=ping, headers=ana | session).status_code == 200


def test_a_body_over_the_limit_is_refused_with_a_token_too(team: Team) -> None:
    body = b'{"a": "' + b"x" * 5_000_000 + b'"}'

    assert team.post(f"Bearer {team.issuer.token()}", body).status_code == 413


@pytest.mark.anyio
async def test_a_client_without_a_token_cannot_connect(team: Team) -> None:
    with pytest.raises((MCPError, ExceptionGroup)):
        async with client_with(None, team.mcp) as client:
            await client.call_tool("list_integrations", {})
    assert team.sandbox.requests == []
