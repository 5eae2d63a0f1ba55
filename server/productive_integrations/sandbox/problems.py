"""Error answers, in the words of Productive's guides and of reports from the live API."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One error. `symbol` is what the body gives as status where that is not HTTP's number."""

    status: int
    title: str
    detail: str
    code: str | None = None
    symbol: str | None = None
    source: tuple[str, str] | None = None
    limit: int | None = None
    period: int | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        entry: dict[str, Any] = {"status": self.symbol or self.status, "code": self.code}
        entry |= {"title": self.title, "detail": self.detail}
        entry |= {"source": dict([self.source]) if self.source else None}
        entry |= {"limit": self.limit, "period": self.period}
        return {"errors": [{name: value for name, value in entry.items() if value is not None}]}


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


UNAUTHENTICATED = Problem(401, "Unauthenticated", "You are not authenticated", "invalid_auth_token")
# Missing and out of the token's reach: the live API answers the same to both.
NO_ORGANIZATION = Problem(
    403,
    "Organization Id Missing",
    "The organizationId has to be provided in the X-Organization-Id header",
    "no_organization_id",
)
ACCESS_DENIED = Problem(403, "Access Denied", "You are not authorized to access this resource")
RECORD_NOT_FOUND = Problem(404, "Record Not Found", "The requested record was not found")
ROUTE_NOT_FOUND = Problem(404, "Route Not Found", "The requested route was not found")
METHOD_NOT_ALLOWED = Problem(405, "Method Not Allowed", "The method is not allowed on this endpoint")
UNSUPPORTED_MEDIA_TYPE = Problem(415, "Unsupported Media Type", "Unsupported content type")
BAD_REQUEST = Problem(400, "Bad Request", "The request body could not be read")
SERVER_ERROR = Problem(500, "Server Error", "An error occured on the server")
SERVER_TIME_EXCEEDED = Problem(
    429,
    "Server time limit exceeded",
    "Server time limit reached. Try again later",
    limit=1800,
    period=3600,
)


def too_many_requests(limit: int, period: int) -> Problem:
    """More than `limit` requests in `period` seconds."""
    detail = "Rate limit reached. Try again later"
    return Problem(429, "Too many requests", detail, limit=limit, period=period)


def invalid_attribute(attribute: str, detail: str) -> Problem:
    """A value that fails Productive's own validation; the pointer has no leading slash."""
    pointer = ("pointer", f"data/attributes/{attribute}")
    return Problem(422, "Invalid Attribute", detail, symbol="unprocessable_content", source=pointer)


def mismatch(member: str) -> Problem:
    """A `type` or `id` in the body that is not the address's."""
    pointer = ("pointer", f"data/{member}")
    return Problem(409, "Conflict", "does not match the endpoint", source=pointer)


def unsupported_filter(name: str) -> Problem:
    """A filter that the endpoint does not have."""
    detail = f"Filter '{name}' is not supported on this endpoint"
    return _of_query("unsupported_filter", "Unsupported filter", detail, f"filter[{name}]")


def unsupported_operation(name: str, operation: str) -> Problem:
    """A filter operator that the endpoint does not have."""
    detail = f"Operation '{operation}' is not supported for filter '{name}'"
    parameter = f"filter[{name}][{operation}]"
    return _of_query("unsupported_filter_operation", "Unsupported filter operation", detail, parameter)


def unsupported_value(name: str, value: str) -> Problem:
    """A filter value of a wrong form, or none of the known choices."""
    detail = f"Value '{value}' is not supported for filter '{name}'"
    return _of_query("unsupported_filter_value", "Unsupported Filter Value", detail, f"filter[{name}]")


def unsupported_group(value: str) -> Problem:
    """A way of combining filters other than `and` and `or`."""
    detail = f"Group '{value}' is not supported on this endpoint"
    return _of_query("unsupported_group", "Unsupported Group", detail, "filter[$op]")


def unsupported_sort(name: str) -> Problem:
    """A sort that the endpoint does not have."""
    detail = f"Sort by '{name}' is not supported on this endpoint"
    return _of_query("sort_param_unsupported", "Unsupported Sort", detail, "sort")


def unsupported_include(name: str) -> Problem:
    """A relationship that the endpoint cannot include."""
    detail = f"Include '{name}' is not supported on this endpoint"
    return _of_query("unsupported_include", "Unsupported Include", detail, "include")


def keyset(code: str, detail: str) -> Problem:
    """A cursor that cannot be followed."""
    return _of_query(code, "Unsupported Pagination", detail, "page[after]")


def _of_query(code: str, title: str, detail: str, parameter: str) -> Problem:
    return Problem(400, title, detail, code, "unprocessable_content", ("parameter", parameter))
