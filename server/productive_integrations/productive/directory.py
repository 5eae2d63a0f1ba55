"""Service types, tax rates and the rest: ids and names, fetched when a mapping needs them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from productive_integrations.errors import BadAnswer
from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.directory import Directory, Entry, Listing

from .client import Client
from .jsonapi import Document, Resource
from .pages import pages

# Whether a list without a status filter holds archived records is not documented, so both are asked for.
_ANY_STATUS = {"filter[status]": "1,2"}
_PHASES: Mapping[object, Literal["open", "won", "lost"]] = {1: "open", 2: "won", 3: "lost"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a noun's records are, and how one is read."""

    path: str
    read: Callable[[Resource, Document], Entry]
    params: Mapping[str, str] = field(default_factory=dict)


def _plain(record: Resource, _: Document) -> Entry:
    return Entry(id=record.id, name=_text(record, "name"), archived=_archived(record))


def _tax_rate(record: Resource, page: Document) -> Entry:
    group, group_name = _group(record, page, "subsidiary")
    parts = [record.attributes.get(f"{part}_component_value") for part in ("primary", "secondary")]
    known = [number for number in (_number(part) for part in parts) if number is not None]
    return Entry(
        record.id,
        _text(record, "name"),
        _archived(record),
        group,
        group_name,
        percent=sum(known) if known else None,
    )


def _deal_status(record: Resource, page: Document) -> Entry:
    group, group_name = _group(record, page, "pipeline")
    phase = _PHASES.get(record.attributes.get("status_id"))
    return Entry(record.id, _text(record, "name"), _archived(record), group, group_name, phase=phase)


def _person(record: Resource, _: Document) -> Entry:
    full_name = f"{_text(record, 'first_name')} {_text(record, 'last_name')}".strip()
    return Entry(record.id, full_name or _text(record, "name"), _archived(record))


def _custom_field(record: Resource, _: Document) -> Entry:
    return Entry(record.id, _text(record, "name"), _archived(record), group=_text(record, "customizable_type"))


SOURCES: Mapping[Noun, Source] = {
    Noun.SERVICE_TYPE: Source("service_types", _plain, _ANY_STATUS),
    Noun.TAX_RATE: Source("tax_rates", _tax_rate, _ANY_STATUS | {"include": "subsidiary"}),
    Noun.SUBSIDIARY: Source("subsidiaries", _plain, _ANY_STATUS),
    Noun.DEAL_STATUS: Source("deal_statuses", _deal_status, {"include": "pipeline"}),
    Noun.PROJECT: Source("projects", _plain, _ANY_STATUS),
    Noun.PERSON: Source("people", _person, _ANY_STATUS),
    Noun.COMPANY: Source("companies", _plain, _ANY_STATUS),
    Noun.CUSTOM_FIELD: Source("custom_fields", _custom_field),
}


class DirectoryReader:
    """Reads listings and keeps each for a while; at most one read of a noun is under way."""

    def __init__(self, client: Client, keep: float = 300, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._keep = keep
        self._clock = clock
        self._kept: dict[Noun, tuple[float, Listing]] = {}
        self._reading: dict[Noun, asyncio.Lock] = {noun: asyncio.Lock() for noun in SOURCES}

    async def load(self, nouns: Iterable[Noun], max_age: float | None = None) -> Directory:
        """The listings of these nouns, none older than `max_age` seconds (else the usual five minutes)."""
        wanted = sorted(set(nouns))
        return Directory(await asyncio.gather(*(self._listing(noun, max_age) for noun in wanted)))

    async def _listing(self, noun: Noun, max_age: float | None) -> Listing:
        keep = self._keep if max_age is None else max_age
        async with self._reading[noun]:
            at, listing = self._kept.get(noun, (float("-inf"), Listing(noun)))
            if self._clock() - at >= keep:
                at, listing = self._clock(), await self._read(noun)
                self._kept[noun] = (at, listing)
            return listing

    async def _read(self, noun: Noun) -> Listing:
        source = SOURCES[noun]
        entries: dict[str, Entry] = {}
        async for page in pages(self._client, source.path, source.params):
            for record in page.many:
                entries[record.id] = source.read(record, page)
            total = page.meta.total_count
        if total is not None and len(entries) < total:
            # A record missing here would look like a key that does not exist.
            raise BadAnswer("Productive's list changed while it was read. Try again.")
        return Listing(noun, tuple(entries.values()))


def _text(record: Resource, attribute: str) -> str:
    value = record.attributes.get(attribute)
    return value if isinstance(value, str) else ""


def _archived(record: Resource) -> bool:
    return bool(record.attributes.get("archived_at") or record.attributes.get("deactivated_at"))


def _number(value: object) -> float | None:
    try:
        return None if value is None else float(str(value))
    except ValueError:
        return None


def _group(record: Resource, page: Document, relationship: str) -> tuple[str | None, str | None]:
    link = record.relationships[relationship].one if relationship in record.relationships else None
    return (link.id, page.name_of(link)) if link else (None, None)
