"""What stands between the network and MCP where bearer tokens are asked for."""

import json
from urllib.parse import urlsplit

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import (
    DEFAULT_MAX_REQUEST_BODY_SIZE,
    RequestBodyLimitMiddleware,
    TransportSecurityMiddleware,
    TransportSecuritySettings,
)
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from productive_integrations.settings import OAuth

from .bearer import READ, WRITE, BearerTokens, opens
from .issuer import PAUSE_SECONDS, KeysUnavailable

WELL_KNOWN = "/.well-known/oauth-protected-resource"
_EXPLAINED = {
    "invalid_token": "The token is not one of this server's issuer, or not for this server, or not valid now.",
    "insufficient_scope": "The token lacks a scope.",
}


class Gate:
    """Lets a request in by Host, Origin, token and scope, in this order; an answer before that says nothing else.

    `editing` names the tools that need more than the scope for reading.
    """

    def __init__(
        self,
        app: ASGIApp,
        security: TransportSecuritySettings,
        tokens: BearerTokens,
        metadata_url: str,
        editing: frozenset[str],
    ) -> None:
        self._app = AuthContextMiddleware(app)
        self._security = TransportSecurityMiddleware(security)
        self._tokens = tokens
        self._metadata_url = metadata_url
        self._editing = editing
        # It hands the body over in one piece.
        self._with_whole_body = RequestBodyLimitMiddleware(self._by_scope, DEFAULT_MAX_REQUEST_BODY_SIZE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope)
        answer = await self._security.validate_request(request) or await self._by_token(request)
        await (answer or self._with_whole_body)(scope, receive, send)

    async def _by_token(self, request: Request) -> Response | None:
        given = request.headers.getlist("authorization")
        if not given:
            return self._challenge(401, READ)
        scheme, _, token = given[0].partition(" ")
        try:
            alone = len(given) == 1 and scheme.lower() == "bearer"
            holder = await self._tokens.verify(token.strip()) if alone else None
        except KeysUnavailable:
            return Response(status_code=503, headers={"Retry-After": str(PAUSE_SECONDS)})
        if holder is None:
            return self._challenge(401, READ, "invalid_token")
        request.scope["user"] = AuthenticatedUser(holder)
        return None

    async def _by_scope(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = [await receive()]
        holder: AccessToken = scope["user"].access_token
        needed = WRITE if _tool_called(first[0].get("body", b"")) in self._editing else READ
        if not opens(holder, needed):
            await self._challenge(403, needed, "insufficient_scope")(scope, receive, send)
            return

        async def again() -> Message:
            return first.pop() if first else await receive()

        await self._app(scope, again, send)

    def _challenge(self, status: int, scope: str, error: str = "") -> Response:
        """What is missing and where to get it. Without any token the standard wants no error named."""
        named = {"error": error, "error_description": _EXPLAINED[error]} if error else {}
        said = named | {"scope": scope, "resource_metadata": self._metadata_url}
        header = "Bearer " + ", ".join(f'{name}="{text}"' for name, text in said.items())
        return JSONResponse(named, status_code=status, headers={"WWW-Authenticate": header})


def _tool_called(body: bytes) -> str | None:
    """The name of the tool, for the challenge; the server looks at the scope once more when it calls it."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("method") != "tools/call":
        return None
    parameters = message.get("params")
    name = parameters.get("name") if isinstance(parameters, dict) else None
    return name if isinstance(name, str) else None


def metadata_url(oauth: OAuth) -> str:
    """Where clients find out who issues tokens for this server (RFC 9728)."""
    resource = urlsplit(oauth.audience)
    return f"{resource.scheme}://{resource.netloc}{_metadata_path(oauth)}"


def metadata_route(oauth: OAuth, scopes: list[str]) -> Route:
    """Public, so that any page may read it."""
    known = {
        "resource": oauth.audience,
        "authorization_servers": [oauth.issuer],
        "scopes_supported": scopes,
        "bearer_methods_supported": ["header"],
        "resource_name": "Productive integrations",
    }

    async def metadata(_: Request) -> Response:
        return JSONResponse(known)

    for_any_page = Middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"])
    return Route(_metadata_path(oauth), metadata, methods=["GET", "OPTIONS"], middleware=[for_any_page])


def _metadata_path(oauth: OAuth) -> str:
    return WELL_KNOWN + urlsplit(oauth.audience).path.rstrip("/")
