"""NetSuite, where the biggest client wants its invoices booked."""

from productive_integrations.sandbox.records import Record

from .making import OAUTH, integration
from .people import LONDON


def main() -> Record:
    """One field is both mapped and fixed, and one field of the header is on the line."""
    return integration(
        "82905",
        26,
        "NetSuite",
        "2024-09-02T08:30:00.000+00:00",
        secrets=(*OAUTH, "client_id"),
        subsidiary=LONDON,
        last_synced_at="2026-09-30T22:15:00.000+00:00",
        netsuite_item_mapping={
            "600131": "1040",
            "600137": "1040",
            "600203": "1041",
            "600217": "1041",
            "600298": "1043",
            "600335": "1045",
            "600350": "1050",
        },
        netsuite_default_item="1099",
        tax_rate_mapping={"31102": "7", "31117": "9", "31131": "11"},
        netsuite_customer_field_mapping={
            "companyname": "name",
            "accountnumber": "company_code",
            "custentity_segment": "44177",
        },
        netsuite_customer_fixed_value_mapping={"category": "3", "custentity_source": "Productive"},
        netsuite_project_field_mapping={"entityid": "project_number", "custentity_phase": "44226"},
        netsuite_sales_order_field_mapping={"memo": "name", "custbody_budget_owner": "44371"},
        netsuite_invoice_field_mapping={
            "memo": "subject",
            "otherrefnum": "44102",
            "custbody_region": "44135",
        },
        netsuite_invoice_fixed_value_mapping={"location": "2", "custbody_region": "UK"},
        netsuite_line_item_field_mapping={
            "description": "description",
            "custcol_department": "44398",
            "custbody_campaign": "note",
        },
        netsuite_line_item_fixed_value_mapping={"class": "14", "department": "12"},
        netsuite_relationship_mapping={"parent_company": "parent"},
        netsuite_customer_form_id=101,
        netsuite_project_form_id=114,
        netsuite_sales_order_form_id=122,
        netsuite_invoice_form_id=130,
        netsuite_credit_note_form_id=131,
        netsuite_default_subsidiary_id=1,
        netsuite_invoice_pdf_source="productive",
        netsuite_attach_timesheet=True,
        use_companies_export=True,
        payments_import=True,
        export_number=True,
        import_number=False,
        export_attachment=True,
    )
