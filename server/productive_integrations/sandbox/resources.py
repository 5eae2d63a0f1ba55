"""What each resource can be filtered by, ordered by and read with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .records import Record, Records

Reader = Callable[[Record, Records], Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter compares with. `choices` are the only values it takes."""

    kind: Literal["number", "text", "flag"]
    value: Reader
    choices: frozenset[str] = frozenset()
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """An endpoint. `archived_by` is the filter that asks for archived rows, where there is one."""

    filters: Mapping[str, Filter]
    sorts: Mapping[str, Reader] = field(default_factory=dict)
    includes: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ("id",)
    archived_by: Literal["status", "archived"] | None = None


def _attribute(name: str) -> Reader:
    return lambda record, _: record.attributes.get(name)


def _link(name: str) -> Reader:
    return lambda record, _: record.related(name)


def _beyond(relationship: str, resource: str, attribute: str) -> Reader:
    def value(record: Record, records: Records) -> Any:
        other = records[resource].get(record.related(relationship) or "")
        return other.attributes.get(attribute) if other else None

    return value


def _status(record: Record, _: Records) -> str:
    return "2" if record.archived else "1"


def _project_status(record: Record, records: Records) -> str | None:
    project = records["projects"].get(record.related("project") or "")
    return _status(project, records) if project else None


def _full_name(record: Record, _: Records) -> str:
    return f"{record.attributes.get('first_name') or ''} {record.attributes.get('last_name') or ''}".strip()


def _whole_id(record: Record, _: Records) -> int:
    return int(record.id)


def _created_at(record: Record, _: Records) -> str:
    return record.created_at


def _numbers(*names: str) -> dict[str, Filter]:
    return {name: Filter("number", _attribute(name)) for name in names}


def _texts(*names: str) -> dict[str, Filter]:
    return {name: Filter("text", _attribute(name)) for name in names}


def _flags(*names: str) -> dict[str, Filter]:
    return {name: Filter("flag", _attribute(name)) for name in names}


def _links(*names: str) -> dict[str, Filter]:
    return {f"{name}_id": Filter("number", _link(name)) for name in names}


ONE_OR_TWO = frozenset({"1", "2"})
ID = {"id": Filter("number", lambda record, _: record.id)}
STATUS = {"status": Filter("number", _status, ONE_OR_TWO)}
QUERY = {"query": Filter("text", _attribute("name"), loose=True)}
BY_ID: Mapping[str, Reader] = {"id": _whole_id}
BY_AGE: Mapping[str, Reader] = {"created_at": _created_at}
BY_NAME: Mapping[str, Reader] = {"name": _attribute("name")}
OWNED = {"organization": "organizations"}

RESOURCES: Mapping[str, Resource] = {
    "integrations": Resource(
        filters=_links("deal", "project", "subsidiary")
        | _texts("jira_organization", "jira_project")
        | {
            "integration_type_id": Filter(
                "number",
                _attribute("integration_type_id"),
                frozenset(str(number) for number in range(1, 32)),
            ),
            "project_status": Filter("number", _project_status, ONE_OR_TWO),
        },
        sorts={**BY_ID, **BY_AGE},
        includes=OWNED | {"creator": "people", "deal": "deals", "project": "projects", "subsidiary": "subsidiaries"},
    ),
    "service_types": Resource(
        filters=ID | STATUS | QUERY | _texts("name") | {"person_id": Filter("number", lambda *_: None)},
        includes=OWNED,
        order=("name", "id"),
        archived_by="status",
    ),
    "tax_rates": Resource(
        filters=ID
        | STATUS
        | _texts("name", "primary_component_name", "secondary_component_name")
        | _numbers("primary_component_value", "secondary_component_value"),
        sorts={**BY_NAME, "subsidiary_name": _beyond("subsidiary", "subsidiaries", "name")},
        includes=OWNED | {"subsidiary": "subsidiaries"},
        archived_by="status",
    ),
    "subsidiaries": Resource(
        filters=ID | STATUS,
        sorts=BY_NAME,
        includes=OWNED | {"default_tax_rate": "tax_rates", "integration": "integrations"},
        archived_by="status",
    ),
    "pipelines": Resource(
        filters={"pipeline_type_id": Filter("number", _attribute("pipeline_type_id"), ONE_OR_TWO)},
        includes=OWNED,
    ),
    "deal_statuses": Resource(
        filters=ID
        | QUERY
        | _links("pipeline")
        | _flags(
            "booking_tracking_enabled",
            "expense_tracking_enabled",
            "lost_reason_enabled",
            "probability_enabled",
            "time_tracking_enabled",
        )
        | {
            "pipeline_type_id": Filter("number", _beyond("pipeline", "pipelines", "pipeline_type_id"), ONE_OR_TWO),
            "status_id": Filter("number", _attribute("status_id"), frozenset("1234")),
        },
        sorts={
            **BY_ID,
            **BY_AGE,
            **BY_NAME,
            "pipeline_id": _link("pipeline"),
            "position": _attribute("position"),
            "status_id": _attribute("status_id"),
        },
        includes=OWNED | {"pipeline": "pipelines"},
    ),
    "projects": Resource(
        filters=ID
        | STATUS
        | QUERY
        | _texts("name", "project_number")
        | _links("company")
        | {"project_type": Filter("number", _attribute("project_type_id"), ONE_OR_TWO)},
        sorts={
            **BY_AGE,
            **BY_NAME,
            "project_number": _attribute("project_number"),
            "company_name": _beyond("company", "companies", "name"),
        },
        includes=OWNED | {"company": "companies", "project_manager": "people"},
        archived_by="status",
    ),
    "people": Resource(
        filters=ID
        | STATUS
        | _texts("email", "first_name", "last_name", "title")
        | _links("company", "manager", "subsidiary")
        | {"query": Filter("text", _full_name, loose=True)},
        sorts={"name": _full_name, "email": _attribute("email"), "title": _attribute("title")},
        includes=OWNED | {"company": "companies", "manager": "people", "subsidiary": "subsidiaries"},
        archived_by="status",
    ),
    "companies": Resource(
        filters=ID
        | STATUS
        | QUERY
        | _texts("name", "company_code", "billing_name", "default_currency", "vat")
        | _links("default_subsidiary", "default_tax_rate")
        | {"subsidiary_id": Filter("number", _link("default_subsidiary"))},
        sorts={**BY_AGE, **BY_NAME, "company_code": _attribute("company_code")},
        includes=OWNED | {"default_subsidiary": "subsidiaries", "default_tax_rate": "tax_rates"},
        archived_by="status",
    ),
    "custom_fields": Resource(
        filters=_texts("customizable_type", "name")
        | _flags("global", "show_in_add_edit_views")
        | _links("project")
        | {"archived": Filter("flag", lambda record, _: record.archived)},
        includes=OWNED | {"project": "projects"},
        archived_by="archived",
    ),
    "deals": Resource(
        filters=ID | QUERY | _texts("name") | _links("company", "deal_status", "project", "subsidiary"),
        sorts={**BY_ID, **BY_AGE, **BY_NAME},
        includes=OWNED
        | {
            "company": "companies",
            "deal_status": "deal_statuses",
            "project": "projects",
            "subsidiary": "subsidiaries",
        },
    ),
    "organizations": Resource(filters=ID, sorts=BY_NAME),
}
