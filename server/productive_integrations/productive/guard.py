"""What may leave for Productive, decided on the finished request."""

import re
from collections.abc import Mapping

from productive_integrations.errors import BadAnswer

from .jsonapi import strict_json

ID = r"[1-9][0-9]{0,18}"
READABLE = frozenset(
    {
        "integrations",
        "service_types",
        "tax_rates",
        "subsidiaries",
        "deal_statuses",
        "projects",
        "people",
        "companies",
        "custom_fields",
    }
)
_COLLECTION = re.compile(r"/([a-z_]+)")
_INTEGRATION = re.compile(rf"/integrations/({ID})")


class Forbidden(AssertionError):
    """A request that this product never sends; reaching this is a defect of ours."""


class ExitGuard:
    """Lets out reads of the paths that are used, and a PATCH of one mapping with its default.

    `base_path` is the path of the configured address; `writable` gives for each mapping the defaults that may
    go with it. GET on an action of an integration (`/check`, `/sync`) has side effects and is refused.
    """

    def __init__(self, origin: str, base_path: str, writable: Mapping[str, frozenset[str]]) -> None:
        self._origin = origin
        self._base_path = base_path.rstrip("/")
        self._writable = writable

    def check(self, method: str, origin: str, path: str, body: bytes) -> None:
        """Raise Forbidden unless this exact request may leave; `path` is with its query."""
        if origin != self._origin:
            raise Forbidden("another host than the configured one")
        if not path.startswith(self._base_path + "/"):
            raise Forbidden("a path outside the API")
        rest = path.removeprefix(self._base_path)
        if method == "GET":
            self._check_read(rest, body)
        elif method == "PATCH":
            self._check_write(rest, body)
        else:
            raise Forbidden("a method other than GET and PATCH")

    def _check_read(self, rest: str, body: bytes) -> None:
        if body:
            raise Forbidden("a read with a body")
        rest = rest.partition("?")[0]
        collection = _COLLECTION.fullmatch(rest)
        if not (_INTEGRATION.fullmatch(rest) or (collection and collection[1] in READABLE)):
            raise Forbidden("a path that is not used")

    def _check_write(self, rest: str, body: bytes) -> None:
        integration = _INTEGRATION.fullmatch(rest)
        if not integration:
            raise Forbidden("a write to something else than an integration")
        data = _only_member(body)
        if not isinstance(data, dict) or data.keys() != {"type", "id", "attributes"}:
            raise Forbidden("a body of something else than type, id and attributes")
        if (data["type"], data["id"]) != ("integrations", integration[1]):
            raise Forbidden("a body about another record than its address")
        if not isinstance(data["attributes"], dict):
            raise Forbidden("attributes without names")
        names = set(data["attributes"])
        mappings = names & self._writable.keys()
        if len(mappings) != 1 or not isinstance(data["attributes"][next(iter(mappings))], dict):
            raise Forbidden("a write that is not of exactly one mapping")
        defaults = names - mappings
        if len(defaults) > 1 or not defaults <= self._writable[next(iter(mappings))]:
            raise Forbidden("an attribute that may not be written")


def _only_member(body: bytes) -> object:
    # Read as strictly as an answer: a key given twice would let out what nobody looked at.
    try:
        document = strict_json(body)
    except BadAnswer:
        raise Forbidden("a body that does not mean one thing only") from None
    if not isinstance(document, dict) or document.keys() != {"data"}:
        raise Forbidden("a body of something else than data")
    return document["data"]
