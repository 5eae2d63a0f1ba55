"""The books in Xero: the British ones are well kept, the Dutch ones were set up in a hurry."""

from productive_integrations.sandbox.records import Record

from .making import OAUTH, integration
from .people import AMSTERDAM, LONDON

SECRETS = (*OAUTH, "realm_id")
_UK_ACCOUNTS = {
    "4000": "600112 600118 600125 600327",
    "4010": "600131 600137 600144 600152 600159 600166",
    "4020": "600173 600180 600188 600195",
    "4030": "600203 600210 600217 600224 600231 600239 600246 600254",
    "4040": "600261 600268 600275",
    "4050": "600283 600290 600298 600305 600312",
    "4060": "600320 600380",
    "4070": "600335 600342",
    "4080": "600350",
    "4090": "600357 600365",
    "4100": "600372 617330",
    "4110": "600387",
}


def _accounts(by_account: dict[str, str]) -> dict[str, str]:
    return {key: account for account, keys in by_account.items() for key in keys.split()}


def uk() -> Record:
    """The one that most invoices go through."""
    return integration(
        "74211",
        3,
        "Xero UK",
        "2023-01-16T10:12:00.000+00:00",
        secrets=SECRETS,
        subsidiary=LONDON,
        last_synced_at="2026-10-01T06:00:00.000+00:00",
        account_code="4000",
        account_code_mapping=_accounts(_UK_ACCOUNTS),
        tax_rate_mapping={
            "31102": "OUTPUT2",
            "31109": "RROUTPUT",
            "31117": "ZERORATEDOUTPUT",
            "31124": "EXEMPTOUTPUT",
            "31131": "ECZROUTPUTSERVICES",
            "31138": "NONE",
            "30871": "TAX005",
        },
        expense_account_code_mapping={
            "600402": "7400",
            "600410": "7502",
            "600395": "5200",
            "600188": "5210",
            "600357": "0510",
        },
        xero_default_expense_account_code="7900",
        purchase_order_account_code_mapping={
            "600298": "5100",
            "600395": "5200",
            "600188": "5210",
            "600195": "5220",
            "582330": "5200",
        },
        xero_default_purchase_order_account_code="5000",
        xero_organization_id="b1f6a3d2-5c1e-4b7a-9d11-3f0a6d9c7e21",
        xero_organizations=[
            {"id": "b1f6a3d2-5c1e-4b7a-9d11-3f0a6d9c7e21", "name": "Harbour & Pine Ltd"},
            {"id": "7e0c94b8-02af-4c3d-8a55-d2b1f4e6a903", "name": "Harbour & Pine B.V."},
        ],
        xero_invoice_status_id=1,
        xero_expense_status_id=1,
        xero_purchase_order_status_id=1,
        xero_internal_note_cf_id=44118,
        xero_reference="invoice_subject",
        use_invoices_export=True,
        use_expenses_in_xero=True,
        use_expense_sync=True,
        use_purchase_orders_export=True,
        use_companies_export=True,
        update_invoice_sent_status=True,
        payments_import=True,
        export_number=True,
        export_attachment=True,
        export_expense_attachment=True,
        export_purchase_order_number=True,
        import_attachment=False,
        import_number=False,
    )


def netherlands() -> Record:
    """Two spellings of one account, a code that is too long, and a tax rate of the British company."""
    return integration(
        "78804",
        3,
        "Xero NL",
        "2024-02-05T13:40:00.000+00:00",
        secrets=SECRETS,
        subsidiary=AMSTERDAM,
        creator="187711",
        last_synced_at="2026-10-01T06:02:00.000+00:00",
        account_code="8000",
        account_code_mapping={
            "600131": "8010",
            "600137": "8010",
            "600144": "8010 ",
            "600203": "8020",
            "600217": "8020",
            "600224": "8020",
            "600298": "8000-MEDIA-NL",
            "600327": "8030",
        },
        tax_rate_mapping={
            "31410": "OUTPUT",
            "31418": "TAX001",
            "31425": "ZERORATED",
            "31433": "TAX004",
            "31440": "NONE",
            "31102": "OUTPUT",
        },
        expense_account_code_mapping={"600402": "4600", "600410": "4310"},
        xero_default_expense_account_code="4900",
        xero_organization_id="7e0c94b8-02af-4c3d-8a55-d2b1f4e6a903",
        xero_organizations=[{"id": "7e0c94b8-02af-4c3d-8a55-d2b1f4e6a903", "name": "Harbour & Pine B.V."}],
        xero_invoice_status_id=1,
        use_invoices_export=True,
        use_expenses_in_xero=True,
        use_expense_sync=True,
        use_purchase_orders_export=False,
        payments_import=True,
        export_number=True,
        export_attachment=True,
        import_attachment=False,
        import_number=False,
    )
