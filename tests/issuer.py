"""An issuer of bearer tokens, with keys made when a test begins and a key set served over HTTP."""

import json
import threading
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from front_door import Generation, Person
from processes import PATIENCE, asks

READ, WRITE = "integrations:read", "integrations:write"
BOTH = f"{READ} {WRITE}"
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
MODERN = HEADERS | {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call"}
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def tool_call(name: str = "list_integrations", arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """A call of the protocol without sessions, as it stands in a body."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": name, "arguments": arguments or {}, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_jwk(key: PrivateKey, kid: str, **more: str) -> dict[str, Any]:
    jwk: dict[str, Any]
    if isinstance(key, rsa.RSAPrivateKey):
        jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        jwk = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwk | {"kid": kid, **more}


@dataclass
class Issuer:
    """Signs tokens for one audience. `document` is what its key set's address answers with."""

    audience: str
    url: str = "https://login.example.com/"
    jwks_url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=rsa_key)
    fetched: int = 0
    document: bytes = b""
    status: int = 200

    def __post_init__(self) -> None:
        self.publish(public_jwk(self.key, "first"))

    def publish(self, *keys: dict[str, Any]) -> None:
        self.document = json.dumps({"keys": keys}).encode()

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What a good token says; a claim given as None is left out."""
        now = int(time.time())
        usual = {"iss": self.url, "aud": self.audience, "sub": "ana", "iat": now, "exp": now + 300, "scope": BOTH}
        return {name: value for name, value in (usual | changed).items() if value is not None}

    def token(
        self,
        *,
        key: PrivateKey | str | None = None,
        algorithm: str = "RS256",
        kid: str | None = "first",
        header: dict[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        named = ({"kid": kid} if kid else {}) | (header or {})
        # Whatever it says: the library's own way of making a token looks at some claims first.
        said = json.dumps(self.claims(**changed)).encode()
        with warnings.catch_warnings(action="ignore", category=jwt.InsecureKeyLengthWarning):
            return jwt.api_jws.encode(said, key or self.key, algorithm, named)

    @property
    def settings(self) -> dict[str, str]:
        """The three settings, for `environment`."""
        return {"oauth_issuer": self.url, "oauth_audience": self.audience, "oauth_jwks_url": self.jwks_url}


@contextmanager
def issuing(audience: str) -> Iterator[Issuer]:
    """An issuer whose keys can be fetched while the block runs."""
    issuer = Issuer(audience)

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetched += 1
            self.send_response(200 if self.path == "/elsewhere" else issuer.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(issuer.document)))
            self.end_headers()
            try:
                self.wfile.write(issuer.document)
            except OSError:
                # Whoever asked has heard enough.
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library names it
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        issuer.jwks_url = f"http://127.0.0.1:{server.server_port}/.well-known/jwks.json"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


@asynccontextmanager
async def client_with(
    token: str | None,
    url: str,
    generation: Generation = "auto",
    person: Person | None = None,
    *,
    keep_connections: bool = True,
) -> AsyncIterator[Client]:
    """The official client with a bearer token, at its will with a connection for each request."""
    limits = httpx2.Limits() if keep_connections else httpx2.Limits(max_keepalive_connections=0)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, limits=limits, timeout=PATIENCE, trust_env=False) as http,
        Client(
            streamable_http_client(url, http_client=http),
            mode=generation,
            elicitation_callback=asks(person) if person else None,
        ) as client,
    ):
        yield client
