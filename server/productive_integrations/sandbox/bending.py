"""Answers to one request, as they should be and bent by a fault."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response

from . import problems, wire
from .operations import Answer, Call
from .problems import Problem

_HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def whole(answer: Answer) -> Response:
    """The answer as it should be."""
    if answer.document is None:
        return Response(status_code=answer.status)
    return wire.Document(wire.encoded(answer.document), answer.status)


def error(problem: Problem) -> Response:
    """An error answer."""
    return wire.Document(wire.encoded(problem.document), problem.status)


def _page(status: int, title: str) -> Response:
    return Response(_HTML.format(title), status, media_type="text/html")


def _doubled(answer: Answer) -> Response:
    """The record twice under one key, the second time without attributes."""
    data = wire.encoded((answer.document or {}).get("data"))
    return wire.Document(b'{"data":' + data + b',"data":{"id":"1","type":"integrations","attributes":{}}}')


def _with_name(name: Any) -> Callable[[Answer], Response]:
    """The answer with something odd as the name of its record, or of the first of a list."""

    def bent(answer: Answer) -> Response:
        document = json.loads(wire.encoded(answer.document))
        data = document.get("data")
        record = data[0] if isinstance(data, list) and data else data
        if isinstance(record, dict):
            record["attributes"]["name"] = name
        body = wire.encoded(document).replace(b'"{deep}"', b"[" * 20_000 + b"]" * 20_000)
        return wire.Document(body, answer.status)

    return bent


BEFORE: Mapping[str, Callable[[Call], Response]] = {
    "drop_before": lambda _: wire.Dropped(),
    "status_500_before": lambda _: error(problems.SERVER_ERROR),
    "status_503_before": lambda _: _page(503, "503 Service Temporarily Unavailable"),
    "redirect": lambda call: RedirectResponse(f"{call.base_url}organizations", 302),
}
AFTER: Mapping[str, Callable[[Answer], Response]] = {
    "drop_after": lambda _: wire.Dropped(),
    "status_502_after": lambda _: _page(502, "502 Bad Gateway"),
    "truncated": lambda answer: wire.Truncated(wire.encoded(answer.document), answer.status),
    "bomb": lambda _: wire.bomb(),
    "html": lambda _: _page(200, "Productive"),
    "not_json": lambda _: wire.Document(b"<<< not JSON"),
    "duplicate_keys": _doubled,
    "nan": _with_name(float("nan")),
    "deep": _with_name("{deep}"),
    "lone_surrogate": _with_name("Xero \ud800"),
}
