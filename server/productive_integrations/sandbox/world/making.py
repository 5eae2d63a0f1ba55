"""How the organization's records are put together."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from productive_integrations.sandbox.records import Link, Record

from .attributes import RELATIONSHIPS, RESPONSE_ATTRIBUTES

ORGANIZATION_ID = "28417"
FOUNDED = "2019-02-04T09:00:00.000+00:00"
OWNER = {"organization": ("organizations", ORGANIZATION_ID)}

Links = Mapping[str, tuple[str, str] | None]


def made(
    resource: str,
    record_id: str,
    attributes: Mapping[str, Any],
    links: Links = OWNER,
    created_at: str = FOUNDED,
) -> Record:
    """One record; a link is the type and id of the other one."""
    return Record(record_id, resource, created_at, dict(attributes), linked(links))


def linked(links: Links) -> dict[str, Link | None]:
    """Relationships as a record holds them."""
    return {name: {"type": link[0], "id": link[1]} if link else None for name, link in links.items()}


def integration(
    record_id: str,
    type_number: int,
    name: str,
    connected_at: str | None,
    *,
    secrets: Iterable[str] = (),
    subsidiary: str | None = None,
    work: Mapping[str, str] = MappingProxyType({}),
    creator: str = "187331",
    **attributes: Any,
) -> Record:
    """One integration with every attribute the API shows, and a canary in each of its secrets.

    `work` gives the project and the deal that it is tied to.
    """
    moment = connected_at or attributes.get("requested_at") or FOUNDED
    known = {
        "integration_type_id": type_number,
        "name": name,
        "requested_at": moment,
        "connected_at": connected_at,
        "options": {"access_token": f"CANARY-options-{record_id}"},
    }
    known |= {secret: f"CANARY-{secret}-{record_id}" for secret in secrets}
    links = {
        "creator": ("people", creator),
        "deal": ("deals", work["deal"]) if "deal" in work else None,
        "project": ("projects", work["project"]) if "project" in work else None,
        "subsidiary": ("subsidiaries", subsidiary) if subsidiary else None,
    }
    values = {**dict.fromkeys(RESPONSE_ATTRIBUTES), **known, **attributes}
    if values.keys() != set(RESPONSE_ATTRIBUTES):
        raise ValueError(f"attributes that no integration has: {values.keys() - set(RESPONSE_ATTRIBUTES)}")
    relationships = {name: (OWNER | links)[name] for name in RELATIONSHIPS}
    return made("integrations", record_id, values, relationships, moment)


OAUTH = ("request_token", "request_uri", "redirect_uri")
