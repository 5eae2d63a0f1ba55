"""Filters, sorts and pages of a list, and the 400s of what a list does not have."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import problems
from .problems import Refused
from .records import Record, Records
from .resources import BY_AGE, BY_ID, BY_NAME, Filter, Reader, Resource

DEFAULT_PAGE_SIZE = 30
MAX_PAGE_SIZE = 200
OPERATIONS = frozenset({"eq", "not_eq", "contains", "not_contain"})
_DEFAULT_ORDERS = {**BY_ID, **BY_NAME}
_KEYSET_ORDERS: Mapping[str, Reader] = {**BY_ID, **BY_AGE}

Keep = Callable[[Record, Records], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `links` gives the page parameters of other parts."""

    records: list[Record]
    meta: dict[str, int]
    links: dict[str, dict[str, str]]


def chosen(resource: Resource, params: Mapping[str, str]) -> tuple[Keep, bool]:
    """What the filters keep, and whether they say themselves if archived rows are wanted."""
    tree: dict[str, Any] = {}
    for name, value in params.items():
        if name.startswith("filter"):
            *path, last = re.findall(r"\[([^\]]*)\]", name) or [""]
            node = tree
            for step in path:
                below = node.setdefault(step, {})
                if not isinstance(below, dict):
                    raise Refused(problems.unsupported_filter(step))
                node = below
            node[last] = value
    names = {name for key in params if key.startswith("filter") for name in re.findall(r"\[(\w+)\]", key)}
    return _group(resource, tree), resource.archived_by in names


def _group(resource: Resource, tree: Mapping[str, Any]) -> Keep:
    how = tree.get("$op", "and")
    if how not in {"and", "or"}:
        raise Refused(problems.unsupported_group(str(how)))
    parts = [
        _group(resource, value) if name.isdigit() and isinstance(value, dict) else _field(resource, name, value)
        for name, value in tree.items()
        if name != "$op"
    ]
    combine = all if how == "and" or not parts else any
    return lambda record, records: combine(part(record, records) for part in parts)


def _field(resource: Resource, name: str, value: Any) -> Keep:
    if name not in resource.filters:
        raise Refused(problems.unsupported_filter(name))
    known = resource.filters[name]
    tests = [
        _test(name, known, operation, text)
        for operation, text in (value if isinstance(value, dict) else {"eq": value}).items()
    ]
    return lambda record, records: all(test(known.value(record, records)) for test in tests)


def _test(name: str, known: Filter, operation: str, text: Any) -> Callable[[Any], bool]:
    if operation not in OPERATIONS or not isinstance(text, str):
        raise Refused(problems.unsupported_operation(name, operation))
    wanted = [_parsed(name, known, part.strip()) for part in text.split(",")]
    part_of = known.loose or (known.kind == "text" and operation.endswith(("contains", "contain")))

    def fits(actual: Any) -> bool:
        if actual is None:
            return False
        if part_of:
            return any(str(part).lower() in str(actual).lower() for part in wanted)
        return (str(actual).lower() if known.kind == "flag" else _same(known, str(actual))) in wanted

    return (lambda actual: not fits(actual)) if operation.startswith("not") else fits


def _parsed(name: str, known: Filter, text: str) -> str:
    if known.choices and text not in known.choices:
        raise Refused(problems.unsupported_value(name, text))
    if known.kind == "number" and not re.fullmatch(r"-?\d{1,19}(\.\d+)?", text):
        raise Refused(problems.unsupported_value(name, text))
    if known.kind == "flag" and text not in {"true", "false"}:
        raise Refused(problems.unsupported_value(name, text))
    return _same(known, text)


def _same(known: Filter, text: str) -> str:
    """A form in which equal values are equal: 20 is 20.0."""
    return text.removesuffix(".0") if known.kind == "number" else text


def ordered(resource: Resource, records: Iterable[Record], world: Records, params: Mapping[str, str]) -> list[Record]:
    """The records in the order that was asked for, else in the endpoint's own."""
    result = list(records)
    for name in reversed(resource.order):
        result.sort(key=_key(_DEFAULT_ORDERS[name], world))
    for name in reversed([part for part in params.get("sort", "").split(",") if part]):
        reader = resource.sorts.get(name.removeprefix("-"))
        if reader is None:
            raise Refused(problems.unsupported_sort(name.removeprefix("-")))
        result.sort(key=_key(reader, world), reverse=name.startswith("-"))
    return result


def _key(reader: Reader, world: Records) -> Callable[[Record], tuple[bool, Any]]:
    def key(record: Record) -> tuple[bool, Any]:
        value = reader(record, world)
        return (value is None, "" if value is None else value)

    return key


def page(records: list[Record], world: Records, params: Mapping[str, str]) -> Page:
    """One page, by number or after a cursor."""
    asked = _whole(params.get("page[size]", ""))
    size = min(asked, MAX_PAGE_SIZE) if asked else DEFAULT_PAGE_SIZE
    if "page[after]" in params:
        return _after(records, world, params, size)
    number = _whole(params.get("page[number]", "")) or 1
    pages = max(1, -(-len(records) // size))
    meta = {
        "current_page": number,
        "total_pages": pages,
        "total_count": len(records),
        "page_size": size,
        "max_page_size": MAX_PAGE_SIZE,
    }
    places = {"first": 1, "last": pages}
    if number > 1:
        places["prev"] = number - 1
    if number < pages:
        places["next"] = number + 1
    links = {name: {"page[number]": str(place), "page[size]": str(size)} for name, place in places.items()}
    return Page(records[(number - 1) * size : number * size], meta, links)


def _after(records: list[Record], world: Records, params: Mapping[str, str], size: int) -> Page:
    if "page[number]" in params:
        raise Refused(problems.keyset("keyset_conflict", "page[after] and page[number] exclude each other"))
    sort = params.get("sort", "id")
    reader = _KEYSET_ORDERS.get(sort.removeprefix("-"))
    if reader is None:
        detail = f"Sort by '{sort.removeprefix('-')}' is not supported with page[after]"
        raise Refused(problems.keyset("keyset_unsupported_sort", detail))
    down = sort.startswith("-")

    def place(record: Record) -> list[Any]:
        return [reader(record, world), int(record.id)]

    rows = sorted(records, key=place, reverse=down)
    if params["page[after]"]:
        cursor = _opened(params["page[after]"], sort)
        rows = [row for row in rows if (place(row) < cursor if down else place(row) > cursor)]
    links = {}
    if len(rows) > size:
        links["next"] = {"page[after]": _sealed(sort, place(rows[size - 1])), "page[size]": str(size)}
    return Page(rows[:size], {"page_size": size, "max_page_size": MAX_PAGE_SIZE}, links)


def _sealed(sort: str, place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, place]).encode()).decode().rstrip("=")


def _opened(cursor: str, sort: str) -> list[Any]:
    try:
        made_for, place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError):
        made_for, place = None, None
    if made_for != sort or not isinstance(place, list):
        raise Refused(problems.keyset("keyset_invalid_cursor", "The cursor is not valid"))
    return place


def _whole(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else 0
