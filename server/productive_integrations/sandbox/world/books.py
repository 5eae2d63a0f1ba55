"""The other accounting systems. Each studio that joined the group kept its own for a while."""

from typing import Any

from productive_integrations.sandbox.records import Record

from .making import OAUTH, integration
from .people import AMSTERDAM, BERLIN, LONDON, STOCKHOLM

_COMMON: dict[str, Any] = {"payments_import": True, "export_number": True, "export_attachment": True}


def integrations() -> list[Record]:
    """All accounting integrations but Xero and NetSuite."""
    return [
        _quickbooks(),
        _quickbooks_before(),
        _exact(),
        _economic(),
        _fortnox(),
        _fortnox_never_connected(),
        _twinfield(),
        _sage(),
        _sage_intacct(),
        integration("84470", 29, "DATEV", "2022-10-11T09:00:00.000+00:00", secrets=OAUTH, subsidiary=BERLIN),
    ]


def _quickbooks() -> Record:
    """An item is still mapped for a service type that was merged into another."""
    return integration(
        "79216",
        2,
        "QuickBooks (New York office)",
        "2024-04-22T14:05:00.000+00:00",
        secrets=(*OAUTH, "realm_id"),
        subsidiary=LONDON,
        last_synced_at="2026-09-30T23:00:00.000+00:00",
        item_mapping={"600131": "19", "600203": "21", "600327": "24", "600350": "27", "598710": "19"},
        default_item="30",
        expense_account_code_mapping={"600402": "61", "600410": "66"},
        quickbooks_default_expense_account_code="70",
        quickbooks_default_expense_bank_account_code="35",
        quickbooks_default_expense_payment_type="CreditCard",
        tax_rate_mapping={"31117": "NON", "31138": "NON"},
        quickbooks_memo="note",
        customer_memo_cf_id=44102,
        use_expense_sync=True,
        export_expense_attachment=True,
        import_attachment=False,
        import_number=False,
        **_COMMON,
    )


def _quickbooks_before() -> Record:
    """Switched off, with all its mappings left in place."""
    return integration(
        "61930",
        2,
        "QuickBooks (old US books)",
        "2021-03-08T16:20:00.000+00:00",
        secrets=(*OAUTH, "realm_id"),
        subsidiary=LONDON,
        deactivated_at="2024-04-19T17:45:00.000+00:00",
        last_synced_at="2024-04-19T02:00:00.000+00:00",
        item_mapping={"600131": "8", "600203": "9", "580140": "11"},
        default_item="12",
        expense_account_code_mapping={"600402": "44"},
        quickbooks_default_expense_account_code="45",
        **_COMMON,
    )


def _exact() -> Record:
    """Two ledgers by code among those by GUID, and manual choice switched on."""
    return integration(
        "80533",
        4,
        "Exact Online",
        "2024-05-13T11:00:00.000+00:00",
        secrets=(*OAUTH, "realm_id"),
        subsidiary=AMSTERDAM,
        creator="187711",
        last_synced_at="2026-10-01T05:30:00.000+00:00",
        exact_country="NL",
        exact_division="1852033",
        exact_division_id=1852033,
        exact_divisions=[{"code": 1852033, "description": "Harbour & Pine B.V."}],
        exact_default_journal="70",
        exact_default_ledger="5f2c1b7e-8a40-4d6b-9f0e-1c7d3a52b801",
        exact_ledger_manually=True,
        exact_ledger_mapping={
            "600131": "0b8f4c52-6d1a-4a3e-8c77-90e1d2f3a4b5",
            "600137": "0b8f4c52-6d1a-4a3e-8c77-90e1d2f3a4b5",
            "600203": "c64e9a10-3f5b-4b21-b8d2-7a6c5e4f3d21",
            "600327": "8030",
            "600298": "8040",
        },
        import_attachment=False,
        import_number=False,
        **_COMMON,
    )


def _economic() -> Record:
    """One product under two spellings, and an entry with nothing in it."""
    return integration(
        "81047",
        13,
        "e-conomic (Copenhagen desk)",
        "2024-06-18T07:50:00.000+00:00",
        secrets=OAUTH,
        subsidiary=STOCKHOLM,
        last_synced_at="2026-09-30T20:00:00.000+00:00",
        economic_product_mapping={
            "600112": "1010",
            "600131": "1020",
            "600203": "1030",
            "600350": "RET-10",
            "600365": "ret-10",
            "600372": "",
        },
        default_product="9999",
        economic_export_subject=True,
        **_COMMON,
    )


def _fortnox() -> Record:
    """Accounts are numbers here; among them an article number."""
    return integration(
        "80122",
        15,
        "Fortnox",
        "2024-05-02T08:15:00.000+00:00",
        secrets=OAUTH,
        subsidiary=STOCKHOLM,
        creator="188024",
        last_synced_at="2026-10-01T04:45:00.000+00:00",
        fortnox_account_mapping={
            "600112": 3040,
            "600131": 3041,
            "600166": 3041,
            "600203": 3043,
            "600125": "WS-01",
        },
        fortnox_default_account=3001,
        fortnox_article_mapping={
            "600125": "WS-01",
            "600131": "DES-01",
            "600166": "MOT-01",
            "600203": "DEV-01",
        },
        fortnox_default_article="OVR-01",
        **_COMMON,
    )


def _fortnox_never_connected() -> Record:
    """Somebody asked for access and never finished."""
    return integration(
        "91077",
        15,
        "Fortnox (group account)",
        None,
        secrets=OAUTH,
        subsidiary=STOCKHOLM,
        creator="188024",
        requested_at="2026-08-27T09:05:00.000+00:00",
    )


def _twinfield() -> Record:
    """Posts for good at once, and still knows a project that is archived."""
    return integration(
        "83318",
        19,
        "Twinfield",
        "2023-11-06T10:25:00.000+00:00",
        secrets=OAUTH,
        subsidiary=AMSTERDAM,
        creator="187711",
        last_synced_at="2026-09-30T21:10:00.000+00:00",
        twinfield_ledger_mapping={"600131": "8010", "600137": "8010", "600203": "8020", "600327": "8030"},
        twinfield_default_ledger="8000",
        twinfield_cost_center_mapping={"600131": "100", "600203": "200", "600327": "300"},
        twinfield_default_cost_center="900",
        twinfield_project_mapping={"305590": "P0007", "305702": "P0004", "304206": "P0009"},
        twinfield_default_project="P0000",
        twinfield_invoice_destiny="final",
        twinfield_offices=[{"code": "HPBV", "name": "Harbour & Pine B.V."}],
        **_COMMON,
    )


def _sage() -> Record:
    """The obligatory default ledger is missing."""
    return integration(
        "83790",
        21,
        "Sage Accounting (Bristol studio)",
        "2023-08-14T09:35:00.000+00:00",
        secrets=OAUTH,
        subsidiary=LONDON,
        last_synced_at="2026-09-29T23:30:00.000+00:00",
        sage_business_name="Harbour & Pine Bristol",
        sage_country="GB",
        sage_ledger_mapping={
            "600131": "fe12f4bad52345fa806fed44f5ec7fbb",
            "600203": "0a7d51c2e8b94f36a1c0de45b7f29c83",
            "600350": "c3b8e6f1947a4d0295e1fa60d7c24b18",
        },
        import_attachment=False,
        import_number=False,
        **_COMMON,
    )


def _sage_intacct() -> Record:
    """Projects are exported, but the category that each new one needs is not set."""
    return integration(
        "88142",
        27,
        "Sage Intacct",
        "2025-07-21T15:00:00.000+00:00",
        secrets=(*OAUTH, "client_id"),
        subsidiary=LONDON,
        last_synced_at="2026-09-30T22:40:00.000+00:00",
        sage_intacct_account_code="40000",
        sage_intacct_account_code_mapping={"600131": "40100", "600203": "40200", "600350": "40300"},
        sage_intacct_entities=[{"id": "E100", "name": "Harbour & Pine Ltd"}],
        sage_intacct_export_project=True,
        import_number=False,
        **_COMMON,
    )
