"""Harbour & Pine: a design and technology agency in London, with studios in Amsterdam and Stockholm."""

from productive_integrations.sandbox.records import Records

from . import books, crm, netsuite, people, sales, tools, xero
from .making import ORGANIZATION_ID, made

__all__ = ["ORGANIZATION_ID", "world"]


def world() -> Records:
    """A fresh copy of all records."""
    rows = [
        made("organizations", ORGANIZATION_ID, {"name": "Harbour & Pine", "currency": "GBP"}, {}),
        *people.subsidiaries(),
        *people.people(),
        *people.companies(),
        *people.projects(),
        *people.custom_fields(),
        *sales.service_types(),
        *sales.tax_rates(),
        *sales.pipelines(),
        *sales.deal_statuses(),
        *sales.deals(),
        xero.uk(),
        xero.netherlands(),
        netsuite.main(),
        *books.integrations(),
        *crm.integrations(),
        *tools.integrations(),
    ]
    records: Records = {}
    for row in sorted(rows, key=lambda row: int(row.id)):
        records.setdefault(row.type, {})[row.id] = row
    return records
