"""Questions about integrations. Nothing here writes."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import JsonValue

from productive_integrations.errors import InvalidArgument
from productive_integrations.providers import Reference
from productive_integrations.providers.markers import Default, Records, Setting, State, Toggle
from productive_integrations.schemas.directory import folded
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.view import IntegrationList, IntegrationRow, IntegrationView, MappingView
from productive_integrations.validation import Proposal, judge

from .look import listings_of
from .plan import name_of
from .resolve import as_text
from .results import FIRST_NAMES, falls_back
from .services import Services

Section = Literal["summary", "mappings", "settings", "all"]
ROOM = 48_000
"""Characters that the rows of one mapping may take."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which integrations a list asks for. `filters` go to the API; the rest is looked at here."""

    filters: tuple[tuple[str, str], ...] = ()
    state: Literal["any", "active", "inactive"] = "any"
    query: str = ""
    sort: Literal["id", "-id", "created_at", "-created_at"] = "id"

    @property
    def digest(self) -> str:
        """Ties a cursor to its question."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]

    def fits(self, integration: Integration) -> bool:
        """Whether an integration is asked for."""
        return self.state in {"any", integration.state} and folded(self.query) in folded(
            f"{integration.name} {integration.type_title}"
        )


async def list_integrations(services: Services, question: Question, limit: int, cursor: str) -> IntegrationList:
    """Up to `limit` rows from where the cursor points; exactly that many while rows last."""
    place = _place(cursor, question) if cursor else 0
    rows: list[IntegrationRow] = []
    async for integration in services.gateway.integrations(dict(question.filters), question.sort, skip=place):
        if len(rows) == limit:
            return IntegrationList(integrations=tuple(rows), next_cursor=_cursor(place, question))
        place += 1
        if question.fits(integration):
            rows.append(_row(integration))
    return IntegrationList(integrations=tuple(rows))


def _cursor(place: int, question: Question) -> str:
    return urlsafe_b64encode(f"{place}.{question.digest}".encode()).decode().rstrip("=")


def _place(cursor: str, question: Question) -> int:
    try:
        place, _, digest = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(".")
    except (NotBase64, UnicodeDecodeError, ValueError):
        place, digest = "", ""
    if digest != question.digest or not place.isdecimal():
        raise InvalidArgument(
            "cursor", "it belongs to another question; repeat the arguments it came from, or leave it out."
        )
    return int(place)


def _row(integration: Integration) -> IntegrationRow:
    return IntegrationRow(
        id=integration.id,
        type=integration.type_title,
        name=integration.name,
        state=integration.state,
        subsidiary=_related(integration, "subsidiary"),
        connected_at=_day(integration, "connected_at"),
        last_synced_at=_day(integration, "last_synced_at"),
        entries={name: len(entries) for name in integration.mappings if (entries := integration.entries(name))},
    )


async def get_integration(
    services: Services, integration_id: str, section: Section, mapping: str = ""
) -> IntegrationView:
    """One integration. A `mapping` asks for that one alone, with all that is unmapped.

    Raises NotFound for an unknown id, InvalidArgument for a mapping that the type does not have.
    """
    integration = await services.gateway.integration(integration_id)
    names = list(integration.mappings)
    if mapping and mapping not in names:
        own = f"it has {', '.join(names)}" if names else "it has none"
        raise InvalidArgument("mapping", f"{integration.type_title} has no such mapping; {own}.")
    shown = [mapping] if mapping else names
    proposals = {name: Proposal(integration, name, directory=await listings_of(services, name)) for name in shown}
    full = mapping or section in {"mappings", "all"}
    views = {
        name: _mapping_view(proposal, rows=bool(full), every_name=bool(mapping))
        for name, proposal in proposals.items()
        if mapping or proposal.before or proposal.unmapped
    }
    return IntegrationView(
        id=integration.id,
        type=integration.type_title,
        name=integration.name,
        state=integration.state,
        subsidiary=_related(integration, "subsidiary"),
        project=_related(integration, "project"),
        deal=_related(integration, "deal"),
        connected_at=_day(integration, "connected_at"),
        last_synced_at=_day(integration, "last_synced_at"),
        mappings={} if section == "settings" and not mapping else views,
        settings=_settings(integration) if section in {"settings", "all"} and not mapping else {},
        findings=_findings(proposals),
    )


def _mapping_view(proposal: Proposal, *, rows: bool, every_name: bool) -> MappingView:
    entries = proposal.before
    left = falls_back(proposal, names=len(proposal.unmapped) if every_name else FIRST_NAMES if rows else 0)
    columns, table = _table(proposal) if rows else ((), [])
    fitting = _fitting(table)
    return MappingView(
        entries=len(entries),
        columns=columns,
        rows=tuple(table[:fitting]),
        omitted=len(table) - fitting,
        unmapped=left.count,
        unmapped_names=left.names,
        default=left.default,
    )


def _table(proposal: Proposal) -> tuple[tuple[str, ...], list[tuple[str | None, ...]]]:
    facts, directory = proposal.facts, proposal.directory
    if facts is None:
        return (), []
    named_key, named_value = isinstance(facts.key, Records), isinstance(facts.value, Records)
    columns = ("key", *(["name"] if named_key else []), "value", *(["value_name"] if named_value else []))
    table: list[tuple[str | None, ...]] = []
    for key, value in proposal.before.items():
        text = as_text(value)
        names = [name_of(key, facts.key, directory)] if named_key else []
        value_names = [name_of(text, facts.value, directory)] if named_value else []
        table.append((key, *names, text, *value_names))
    return columns, table


def _fitting(table: list[tuple[str | None, ...]]) -> int:
    taken = 0
    for number, row in enumerate(table):
        taken += sum(len(cell or "") + 4 for cell in row)
        if taken > ROOM:
            return number
    return len(table)


def _settings(integration: Integration) -> dict[str, JsonValue]:
    """What is set, in the type's own terms; personal and internal values only as being there."""
    settings: dict[str, JsonValue] = {}
    for name, _, fact in integration.record.attributes():
        value = integration.value(name)
        if not isinstance(fact.kind, Default | Setting | Toggle | State) or fact.sensitivity == "secret":
            continue
        if value is None or name in _SHOWN_ELSEWHERE:
            continue
        settings[name] = value if fact.sensitivity == "open" else "(set, not shown)"
    return settings


_SHOWN_ELSEWHERE = frozenset({"name", "integration_type_id", "connected_at", "deactivated_at", "last_synced_at"})


def _findings(proposals: dict[str, Proposal]) -> tuple[Finding, ...]:
    found = {finding: None for proposal in proposals.values() for finding in judge(proposal)}
    return tuple(found)


def _related(integration: Integration, relationship: str) -> str | None:
    reference = getattr(integration.record, relationship, None)
    return (reference.name or f"id {reference.id}") if isinstance(reference, Reference) else None


def _day(integration: Integration, attribute: str) -> str | None:
    value = integration.value(attribute)
    return value[:10] if isinstance(value, str) else None
