"""Bearer tokens: whose they are and what they open."""

from typing import Any

import jwt
from mcp.server.auth.provider import AccessToken

from productive_integrations.settings import OAuth

from .issuer import IssuerKeys

READ = "integrations:read"
WRITE = "integrations:write"
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures that only the issuer can make: none with a shared secret, and not `none`."""
CLOCK_SECONDS = 30
"""So far the issuer's clock may be off."""
MAX_TOKEN = 16 * 1024
MAX_SUBJECT = 255


class BearerTokens:
    """Judges JSON Web Tokens of one issuer that were made for this server."""

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth
        self.keys = IssuerKeys(oauth.jwks_url)

    async def verify(self, token: str) -> AccessToken | None:
        """Whose token it is, without the token itself; none when it opens nothing. Raises KeysUnavailable."""
        if len(token) > MAX_TOKEN:
            return None
        try:
            header = jwt.get_unverified_header(token)
            algorithm, kid = header["alg"], header["kid"]
            if algorithm not in ALGORITHMS or (key := await self.keys.key(kid)) is None:
                return None
            if key.get("alg", algorithm) != algorithm:
                return None
            claims = jwt.decode(
                token,
                jwt.PyJWK(key, algorithm),
                algorithms=[algorithm],
                audience=self._oauth.audience,
                issuer=self._oauth.issuer,
                leeway=CLOCK_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return None
        return self._holder(claims)

    def _holder(self, claims: dict[str, Any]) -> AccessToken | None:
        subject: str = claims["sub"]
        if not subject.strip() or not subject.isprintable() or len(subject) > MAX_SUBJECT:
            return None
        client = claims.get("client_id", claims.get("azp"))
        return AccessToken(
            # Nothing behind this line has the token, so nothing can pass it on.
            token="",
            client_id=client if isinstance(client, str) else "",
            scopes=_scopes(claims),
            expires_at=int(claims["exp"]),
            subject=subject,
            claims={"iss": self._oauth.issuer},
        )


def _scopes(claims: dict[str, Any]) -> list[str]:
    """`scope` is the standard's claim, `scp` the one that some issuers have instead, as text or as a list."""
    granted = claims.get("scope", claims.get("scp"))
    words = granted.split() if isinstance(granted, str) else granted
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def opens(holder: AccessToken | None, needed: str) -> bool:
    """Whether a token is good for what needs this scope. Who may edit may read."""
    return holder is not None and not {needed, WRITE}.isdisjoint(holder.scopes)
