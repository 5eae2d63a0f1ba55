from typing import Annotated, ClassVar

from pydantic import Field

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Fields, Mapping, Noun, Records, Setting, Toggle
from .shared import (
    ClientId,
    ExportAttachment,
    ExportNumber,
    ImportNumber,
    PaymentsImport,
    UseCompaniesExport,
)

SETTINGS = "Settings > App marketplace > NetSuite"
# The API's page speaks of item ids; NetSuite's errors name internal ids ("Invalid item reference key 149").
ITEM = Codes(CodeKind.ITEM, "the internal id of a NetSuite item, digits only", r"[0-9]+", strict=True, example="149")
FORM = Codes(CodeKind.FORM, "the internal id of a NetSuite form, digits only", r"[0-9]+", example="101")
CONSTANT = Codes(CodeKind.CONSTANT, "a fixed text, or an internal id where the field is a list", example="12")
# No source says whether NetSuite tax codes are mapped at all.
TAX = Codes(CodeKind.TAX, "a tax code of NetSuite", example="7")
RELATION = Codes(CodeKind.RELATION, "a NetSuite record type or field", example="customer")
# By NetSuite's convention a custom field's id starts with custentity (customers, projects), custbody (a whole
# transaction) or custcol (one line of it). No source shows what Productive stores, so another form only asks.
CUSTOMER_FIELD = Codes(
    CodeKind.FIELD,
    "a NetSuite customer field, a standard one or one that starts with custentity",
    r"custentity[A-Za-z0-9_]+|(?!cust(entity|body|col))[A-Za-z][A-Za-z0-9_.]*",
    example="custentity_region",
)
PROJECT_FIELD = Codes(
    CodeKind.FIELD,
    "a NetSuite project field, a standard one or one that starts with custentity",
    CUSTOMER_FIELD.pattern,
    example="custentity_phase",
)
INVOICE_FIELD = Codes(
    CodeKind.FIELD,
    "a NetSuite invoice field, a standard one or one that starts with custbody",
    r"custbody[A-Za-z0-9_]+|(?!cust(entity|body|col))[A-Za-z][A-Za-z0-9_.]*",
    example="custbody_po_number",
)
SALES_ORDER_FIELD = Codes(
    CodeKind.FIELD,
    "a NetSuite sales order field, a standard one or one that starts with custbody",
    INVOICE_FIELD.pattern,
    example="custbody_budget",
)
LINE_FIELD = Codes(
    CodeKind.FIELD,
    "a NetSuite line field, a standard one or one that starts with custcol",
    r"custcol[A-Za-z0-9_]+|(?!cust(entity|body|col))[A-Za-z][A-Za-z0-9_.]*",
    example="custcol_department",
)


def _filled_from(of: str, key: Codes) -> Attribute:
    """Fields of one record, filled from fields of Productive. Only names hint at which side is the key."""
    return Attribute(Mapping(key, Fields(of), "unknown", settings_path=SETTINGS), "unknown", "checked")


def _fixed(key: Codes) -> Attribute:
    """Fields of one record, each with a fixed value."""
    return Attribute(Mapping(key, CONSTANT, "inferred", settings_path=SETTINGS), "inferred", "checked")


class NetSuite(Common):
    """NetSuite: customers, projects, sales orders and invoices are copied to one NetSuite account."""

    type_id: ClassVar[int] = 26
    title: ClassVar[str] = "NetSuite"
    aliases: ClassVar[tuple[str, ...]] = ("Oracle NetSuite",)

    netsuite_item_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ITEM,
                direction="inferred",
                default="netsuite_default_item",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="The NetSuite item that stands on the invoice for each service type.")
    netsuite_default_item: Annotated[Token | None, Attribute(Default(ITEM), "documented", "confirm")] = Field(
        None, description="The NetSuite item for service types with no entry of their own."
    )
    tax_rate_mapping: Annotated[
        Hash | None,
        Attribute(Mapping(Records(Noun.TAX_RATE), TAX, "unknown", settings_path=SETTINGS), "unknown", "checked"),
    ] = Field(
        None,
        description="The NetSuite tax code for each tax rate. Whether NetSuite uses it is not documented.",
    )
    netsuite_customer_field_mapping: Annotated[Hash | None, _filled_from("company", CUSTOMER_FIELD)] = Field(
        None, description="Which field of a company fills which field of a NetSuite customer."
    )
    netsuite_project_field_mapping: Annotated[Hash | None, _filled_from("project", PROJECT_FIELD)] = Field(
        None, description="Which field of a project fills which field of a NetSuite project."
    )
    # That a sales order is made from a budget, a deal in the API, is our conclusion.
    netsuite_sales_order_field_mapping: Annotated[Hash | None, _filled_from("deal", SALES_ORDER_FIELD)] = Field(
        None, description="Which field of a budget fills which field of a NetSuite sales order."
    )
    netsuite_invoice_field_mapping: Annotated[Hash | None, _filled_from("invoice", INVOICE_FIELD)] = Field(
        None, description="Which field of an invoice fills which field of a NetSuite invoice."
    )
    netsuite_line_item_field_mapping: Annotated[Hash | None, _filled_from("line item", LINE_FIELD)] = Field(
        None, description="Which field of an invoice line fills which field of a NetSuite line."
    )
    netsuite_customer_fixed_value_mapping: Annotated[Hash | None, _fixed(CUSTOMER_FIELD)] = Field(
        None, description="Values written to every NetSuite customer. They win over a mapped customer field."
    )
    netsuite_invoice_fixed_value_mapping: Annotated[Hash | None, _fixed(INVOICE_FIELD)] = Field(
        None, description="Values written to every NetSuite invoice. They win over a mapped invoice field."
    )
    netsuite_line_item_fixed_value_mapping: Annotated[Hash | None, _fixed(LINE_FIELD)] = Field(
        None, description="Values written to every NetSuite line. They win over a mapped line field."
    )
    netsuite_relationship_mapping: Annotated[
        Hash | None,
        Attribute(Mapping(Fields("company"), RELATION, "unknown", settings_path=SETTINGS), "unknown", "checked"),
    ] = Field(
        None,
        description="How links between companies appear in NetSuite. Look first: its form is not published.",
    )

    netsuite_customer_form_id: Annotated[Token | None, Attribute(Default(FORM), "inferred", "confirm")] = Field(
        None, description="The NetSuite form that new customers are made with."
    )
    netsuite_project_form_id: Annotated[Token | None, Attribute(Default(FORM), "inferred", "confirm")] = Field(
        None, description="The NetSuite form that new projects are made with."
    )
    netsuite_sales_order_form_id: Annotated[Token | None, Attribute(Default(FORM), "inferred", "confirm")] = Field(
        None, description="The NetSuite form that sales orders are made with."
    )
    netsuite_invoice_form_id: Annotated[Token | None, Attribute(Default(FORM), "inferred", "confirm")] = Field(
        None, description="The NetSuite form that invoices are made with."
    )
    netsuite_credit_note_form_id: Annotated[Token | None, Attribute(Default(FORM), "documented", "confirm")] = Field(
        None, description="The NetSuite form that credit notes are made with."
    )
    # Whether the id is NetSuite's or Productive's is not known.
    netsuite_default_subsidiary_id: Annotated[Token | None, Attribute(Setting(parent=True), "unknown", "never")] = (
        Field(None, description="The subsidiary for records that bring none. Items must be available in it.")
    )
    netsuite_invoice_pdf_source: Annotated[Token | None, Attribute(Setting(), "documented", "confirm")] = Field(
        None, description="Whose PDF of the invoice counts, Productive's or NetSuite's."
    )
    netsuite_attach_timesheet: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Send a PDF of the hours along with the invoice."
    )
    client_id: ClientId = None
    use_companies_export: UseCompaniesExport = None
    payments_import: PaymentsImport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
