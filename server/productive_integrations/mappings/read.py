"""Questions about integrations. Nothing here writes."""

import hashlib
import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import asdict, dataclass
from typing import Literal

from productive_integrations.errors import InvalidArgument
from productive_integrations.providers import Reference
from productive_integrations.schemas.directory import folded
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.view import IntegrationList, IntegrationRow, IntegrationView, MappingView
from productive_integrations.validation import Proposal

from .arguments import check_mapping
from .check import findings_of
from .look import listings_of
from .room import Room, shortened
from .services import Services
from .views import Detail, mapping_view, settings_view

Section = Literal["summary", "mappings", "settings", "all"]
SOME_ROWS = 20
"""First entries that all mappings of a section share, two at least for each."""
FINDINGS_BYTES = 240
"""For findings in a section, which is an overview; `check_integration` has them all."""


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
        """Whether an integration is asked for. The API may ignore a filter without a word, so each is looked at."""
        asked = all(_passes(integration, name, value) for name, value in self.filters)
        return (
            asked
            and self.state in {"any", integration.state}
            and folded(self.query) in folded(f"{integration.name} {integration.type_title}")
        )


def _passes(integration: Integration, name: str, value: str) -> bool:
    if name == "integration_type_id":
        return str(integration.type_id) == value
    if name in {"subsidiary_id", "project_id", "deal_id"}:
        reference = getattr(integration.record, name.removesuffix("_id"), None)
        return isinstance(reference, Reference) and reference.id == value
    return name == "project_status" or integration.value(name) == value


async def list_integrations(services: Services, question: Question, limit: int, cursor: str) -> IntegrationList:
    """Up to `limit` rows from where the cursor points; exactly that many while rows last and the answer has room."""
    place = _place(cursor, question) if cursor else 0
    rows: list[IntegrationRow] = []
    room = Room()
    async for integration in services.gateway.integrations(dict(question.filters), question.sort, skip=place):
        row = _row(integration) if question.fits(integration) else None
        if row and (len(rows) == limit or not room.takes(row)):
            return IntegrationList(integrations=tuple(rows), next_cursor=_cursor(place, question))
        place += 1
        rows += [row] if row else []
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
        name=shortened(integration.name),
        state=integration.state,
        subsidiary=_related(integration, "subsidiary"),
        connected_at=_day(integration, "connected_at"),
        last_synced_at=_day(integration, "last_synced_at"),
        entries={name: len(entries) for name in integration.mappings if (entries := integration.entries(name))},
    )


async def get_integration(
    services: Services, integration_id: str, section: Section, mapping: str = ""
) -> IntegrationView:
    """One integration. A `mapping` asks for that one alone, with every entry, all that is unmapped and the findings.

    Raises NotFound for an unknown id, InvalidArgument for a mapping that the type does not have.
    """
    if mapping:
        check_mapping(mapping)
    integration = await services.gateway.integration(integration_id)
    if mapping:
        _refuse_foreign(integration, mapping)
    names = list(integration.mappings)
    shown = [mapping] if mapping else names
    directory, chart = await listings_of(services, shown), services.charts.of(integration.id)
    proposals = {name: Proposal(integration, name, directory=directory, chart=chart) for name in shown}
    detail: Detail = "all" if mapping else "some" if section in {"mappings", "all"} else "counts"
    first_rows = max(2, SOME_ROWS // max(1, sum(bool(proposal.before) for proposal in proposals.values())))
    room = Room()
    views = {
        name: mapping_view(proposal, detail, room, first_rows)
        for name, proposal in proposals.items()
        if mapping or proposal.before or proposal.unmapped
    }
    found = findings_of(proposals.values())
    told = room.fit(found) if mapping else _first_few(found, detail)
    return IntegrationView(
        id=integration.id,
        type=integration.type_title,
        name=shortened(integration.name),
        state=integration.state,
        subsidiary=_related(integration, "subsidiary"),
        project=_related(integration, "project"),
        deal=_related(integration, "deal"),
        connected_at=_day(integration, "connected_at"),
        last_synced_at=_day(integration, "last_synced_at"),
        mappings={} if section == "settings" and not mapping else views,
        settings=settings_view(integration, room) if section in {"settings", "all"} and not mapping else {},
        problems=len(found),
        findings=told,
    )


async def get_mapping(services: Services, integration_id: str, mapping: str) -> MappingView:
    """One mapping with every entry and all that is unmapped, however much that is. Raises as `get_integration`."""
    check_mapping(mapping)
    integration = await services.gateway.integration(integration_id)
    _refuse_foreign(integration, mapping)
    proposal = Proposal(integration, mapping, directory=await listings_of(services, [mapping]))
    return mapping_view(proposal, "all", Room(sys.maxsize), 0)


def _refuse_foreign(integration: Integration, mapping: str) -> None:
    names = list(integration.mappings)
    if mapping not in names:
        own = f"it has {', '.join(names)}" if names else "it has none"
        raise InvalidArgument("mapping", f"{integration.type_title} has no such mapping; {own}.")


def _first_few(found: tuple[Finding, ...], detail: Detail) -> tuple[Finding, ...]:
    """What forbids every edit, and in a section the first of the others, their fixes left to `check_integration`."""
    about_all = [one for one in found if one.field == "integration_id"]
    others = [one for one in found if one.field != "integration_id"] if detail == "some" else []
    told = [one.model_copy(update={"fix": None}) for one in about_all + others]
    return tuple(told[: len(about_all)]) + Room(FINDINGS_BYTES).fit(told[len(about_all) :])


def _related(integration: Integration, relationship: str) -> str | None:
    reference = getattr(integration.record, relationship, None)
    return shortened(reference.name or f"id {reference.id}") if isinstance(reference, Reference) else None


def _day(integration: Integration, attribute: str) -> str | None:
    value = integration.value(attribute)
    return value[:10] if isinstance(value, str) else None
