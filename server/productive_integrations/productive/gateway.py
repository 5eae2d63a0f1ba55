"""Productive's integrations as our nouns."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from productive_integrations.errors import (
    AccessDenied,
    BadAnswer,
    NoAnswer,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerFault,
    TokenRefused,
    Unreachable,
)
from productive_integrations.providers import Provider, Reference, mappings_by_name, provider_of
from productive_integrations.providers.common import Common
from productive_integrations.schemas.integration import Integration

from .client import Client
from .jsonapi import Document, Identifier, Resource, patch_document
from .limits import Seats
from .pages import PAGE_SIZE, pages

_LINKS = ("deal", "organization", "project", "subsidiary")
_INCLUDE = {"include": ",".join(_LINKS)}


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """What is known after a PATCH; only a read tells what is stored.

    `accepted`: a 200, with the integration as the answer `shows` it. `refused`: the API said no for good. `limited`:
    turned away before it was looked at. `unsent`: it never left. `unclear`: it may have landed, or may land yet.
    """

    kind: Literal["accepted", "refused", "limited", "unsent", "unclear"]
    status: int | None = None
    seconds: float = 0
    shows: Integration | None = None


class Gateway:
    """Reads integrations and writes one mapping of one."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def reserve(self, requests: int, wait: float) -> Seats:
        """Leave to send a group of requests with no wait between them."""
        return await self._client.budget.reserve(requests, wait)

    async def integration(self, integration_id: str, seats: Seats | None = None) -> Integration:
        """One integration, fresh. Raises NotFound when the organization has none of that id."""
        try:
            page = await self._client.get(f"integrations/{integration_id}", _INCLUDE, seats)
        except NotFound:
            raise NotFound(
                f"No integration {integration_id} in this organization. list_integrations gives the ids."
            ) from None
        record = page.one
        if (record.type, record.id) != ("integrations", integration_id):
            raise BadAnswer("Productive answered with another record than the one asked for.")
        return self._read(record, page)

    async def integrations(
        self,
        filters: Mapping[str, str] | None = None,
        sort: str = "id",
        skip: int = 0,
        fields: Iterable[str] | None = None,
    ) -> AsyncIterator[Integration]:
        """The integrations that pass the filters, in order, after the first `skip`, with these attributes."""
        wanted = sorted({*(_listed_fields() if fields is None else fields), "integration_type_id", *_LINKS})
        params = {"sort": sort, **_INCLUDE, "fields[integrations]": ",".join(wanted)}
        params |= {f"filter[{name}]": value for name, value in (filters or {}).items()}
        place = skip % PAGE_SIZE
        async for page in pages(self._client, "integrations", params, first=skip // PAGE_SIZE + 1):
            for record in page.many[place:]:
                yield self._read(record, page)
            place = 0

    async def save_mapping(self, integration_id: str, attributes: Mapping[str, Any], seats: Seats) -> WriteAnswer:
        """Send a mapping, and its default when that changes, once."""
        body = patch_document("integrations", integration_id, attributes)
        try:
            page = await self._client.patch(f"integrations/{integration_id}", body, seats)
            record = page.one
        except (TokenRefused, AccessDenied, NotFound) as error:
            return WriteAnswer("refused", {TokenRefused: 401, AccessDenied: 403, NotFound: 404}[type(error)])
        except RequestRefused as error:
            return WriteAnswer("refused", error.status)
        except RateLimited as error:
            return WriteAnswer("limited", 429, error.seconds)
        except Unreachable:
            return WriteAnswer("unsent")
        except (NoAnswer, ServerFault, BadAnswer):
            return WriteAnswer("unclear")
        ours = (record.type, record.id) == ("integrations", integration_id)
        return WriteAnswer("accepted", shows=self._shown(record, page)) if ours else WriteAnswer("unclear")

    def _shown(self, record: Resource, page: Document) -> Integration | None:
        try:
            return self._read(record, page)
        except BadAnswer:
            return None

    def _read(self, record: Resource, page: Document) -> Integration:
        links = {name: record.relationships[name].one for name in _LINKS if name in record.relationships}
        values = dict(record.attributes) | {name: _reference(link, page) for name, link in links.items()}
        number = values.get("integration_type_id")
        if not isinstance(number, int):
            raise BadAnswer("Productive answered with an integration that has no type.")
        provider = _provider_of(number)
        return Integration(
            id=record.id,
            type_title=getattr(provider, "title", f"type {number}"),
            record=provider.read(values),
            present=frozenset(values),
        )


def _reference(link: Identifier | None, page: Document) -> Reference | None:
    return Reference(id=link.id, name=page.name_of(link)) if link else None


def _provider_of(number: int) -> type[Provider]:
    try:
        return provider_of(number)
    except LookupError:
        return Common


def _listed_fields() -> set[str]:
    """What a list asks for: names, state and mappings; no settings and nothing secret."""
    wanted = {"name", "connected_at", "deactivated_at", "last_synced_at", "jira_organization", "jira_project"}
    wanted |= mappings_by_name().keys()
    return wanted
