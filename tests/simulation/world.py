"""A small organization: a few service types, and integrations that map them."""

from typing import Any

from productive_integrations.charts import Charts
from productive_integrations.providers.markers import CodeKind
from productive_integrations.sandbox.records import Record, Records
from productive_integrations.sandbox.world.making import linked
from productive_integrations.schemas.chart import Chart, ChartRow

ORGANIZATION = "28417"
ACCOUNTS, PURCHASES = "account_code_mapping", "purchase_order_account_code_mapping"
DEFAULTS = {ACCOUNTS: "account_code", PURCHASES: "xero_default_purchase_order_account_code"}
KEYS = tuple(str(number) for number in range(600101, 600117))
CODES = (*(str(number) for number in range(4001, 4013)), "0410", "0420")
EDITED = tuple(str(number) for number in range(70002, 70010))
_CHART = Chart(tuple(ChartRow(CodeKind.ACCOUNT, code) for code in CODES))


def small_world(integrations: int) -> Records:
    """Fresh records, with so many integrations to edit."""
    rows = [
        _record("organizations", ORGANIZATION, {"name": "Small"}),
        *(_record("service_types", key, {"name": f"Service {key}", "archived_at": None}) for key in KEYS),
    ]
    for place, integration_id in enumerate(EDITED[:integrations]):
        codes = {key: CODES[(position * 5 + place) % len(CODES)] for position, key in enumerate(KEYS[:12])}
        # What is stored in odd forms must come back exactly as it was.
        odd: dict[str, Any] = {KEYS[4]: 4005, KEYS[5]: "0410", KEYS[9]: None}
        rows.append(_integration(integration_id, codes | (odd if place % 2 else {})))
        rows.append(_record("subsidiaries", _subsidiary(integration_id), {"name": "Small Ltd", "archived_at": None}))
    records: Records = {name: {} for name in ("deals", "projects", "people", "integrations")}
    for row in rows:
        records.setdefault(row.type, {})[row.id] = row
    return records


class EveryCode(Charts):
    """A chart of every code for each integration, so that no rule asks about one."""

    def __init__(self) -> None:
        super().__init__(None)

    def of(self, integration_id: str) -> Chart:
        return _CHART


def _subsidiary(integration_id: str) -> str:
    """One for each, so that no rule asks which of several integrations is meant."""
    return f"5{integration_id}"


def _record(resource: str, record_id: str, attributes: dict[str, Any]) -> Record:
    owner = {} if resource == "organizations" else linked({"organization": ("organizations", ORGANIZATION)})
    return Record(record_id, resource, "2024-01-01T00:00:00Z", attributes, owner)


def _integration(record_id: str, mapping: dict[str, Any]) -> Record:
    attributes = {
        "integration_type_id": 3,
        "name": f"Books {record_id}",
        "connected_at": "2024-01-01T00:00:00Z",
        "deactivated_at": None,
        "last_synced_at": None,
        "xero_organization_id": f"org-{record_id}",
        ACCOUNTS: mapping,
        PURCHASES: dict(list(mapping.items())[:6]),
        DEFAULTS[ACCOUNTS]: CODES[0],
        DEFAULTS[PURCHASES]: CODES[1],
    }
    links = {
        "organization": ("organizations", ORGANIZATION),
        "subsidiary": ("subsidiaries", _subsidiary(record_id)),
        "deal": None,
        "project": None,
    }
    return Record(record_id, "integrations", "2024-01-01T00:00:00Z", attributes, linked(links))
