from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Setting, State, Toggle
from .shared import (
    COST_CLASSES,
    SALES_CLASSES,
    ExportAttachment,
    ExportExpenseAttachment,
    ExportNumber,
    ImportAttachment,
    ImportNumber,
    PaymentsImport,
    RealmId,
    UseCompaniesExport,
    UseExpenseSync,
)

# Xero-OpenAPI v16.1.0: Account.Code has at most 10 characters; it is text ("0010" is a code).
ACCOUNT = Codes(
    CodeKind.ACCOUNT,
    "a Xero account code of 1 to 10 characters",
    r"[^\s](.{0,8}[^\s])?",
    strict=True,
    example="200",
)
# Xero Accounting API, "Tax Rates": lines carry the TaxType code (OUTPUT2, TAX001), not the rate's name.
# Whether Productive stores the code or the name is not known, so another form only asks.
TAX = Codes(
    CodeKind.TAX,
    "a Xero tax type code in capitals and digits, not the name of the rate",
    r"[A-Z0-9]+",
    example="OUTPUT2",
)
SETTINGS = "Settings > App marketplace > Xero"


class Xero(Common):
    """Xero: invoices, expenses and purchase orders are copied to one Xero organisation."""

    type_id: ClassVar[int] = 3
    title: ClassVar[str] = "Xero"

    account_code: Annotated[str | None, Attribute(Default(ACCOUNT), "inferred", "confirm")] = Field(
        None, description="The account for every invoice line whose service type has no entry of its own."
    )
    account_code_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ACCOUNT,
                direction="inferred",
                default="account_code",
                settings_path=SETTINGS,
                classes=SALES_CLASSES,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="Where invoice lines land in Xero, by service type.")
    tax_rate_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.TAX_RATE),
                value=TAX,
                direction="inferred",
                complete=True,
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="The Xero tax type for each tax rate. Every live rate of the subsidiary needs one.")
    # The help centre's article on expense sync maps service types; "expense categories" do not exist there.
    expense_account_code_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ACCOUNT,
                direction="inferred",
                default="xero_default_expense_account_code",
                settings_path=SETTINGS,
                classes=COST_CLASSES,
            ),
            "inferred",
            "checked",
        ),
    ] = Field(None, description="The Xero account an expense is posted to, by its service type.")
    xero_default_expense_account_code: Annotated[str | None, Attribute(Default(ACCOUNT), "documented", "confirm")] = (
        Field(None, description="The Xero account for expenses whose service type has no entry of its own.")
    )
    # The only published example, {"200": "47890", "300": "47891"}, can be read either way round.
    purchase_order_account_code_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ACCOUNT,
                direction="unknown",
                default="xero_default_purchase_order_account_code",
                settings_path=SETTINGS,
                classes=COST_CLASSES,
            ),
            "inferred",
            "checked",
        ),
    ] = Field(
        None,
        description=(
            "The Xero account for purchase order lines, by service type. "
            "Which side comes first has to be seen in your own data."
        ),
    )
    xero_default_purchase_order_account_code: Annotated[
        str | None, Attribute(Default(ACCOUNT), "documented", "confirm")
    ] = Field(None, description="The Xero account for purchase order lines with no entry of their own.")

    xero_organization_id: Annotated[Token | None, Attribute(State(parent=True), "inferred", "never", "internal")] = (
        Field(None, description="The connected Xero organisation. Every account and tax type belongs to it.")
    )
    # Holds the tenant ids of all organisations of the login, so it is as internal as the chosen one.
    xero_organizations: Annotated[list[JsonValue] | None, Attribute(State(), "documented", "never", "internal")] = (
        Field(None, description="The Xero organisations that the connected login can reach.")
    )
    realm_id: RealmId = None

    use_invoices_export: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Send invoices to Xero at all."
    )
    use_expenses_in_xero: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Let expenses go to Xero. Every expense in Productive then also asks about its payment."
    )
    use_purchase_orders_export: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Send purchase orders to Xero at all. Productive calls this a beta."
    )
    use_expense_sync: UseExpenseSync = None
    use_companies_export: UseCompaniesExport = None
    update_invoice_sent_status: Annotated[bool | None, Attribute(Toggle(), "unknown", "confirm")] = Field(
        None,
        description="Keep the invoice's sent mark alike on both sides. The exact effect is not documented.",
    )
    payments_import: PaymentsImport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
    import_attachment: ImportAttachment = None
    export_expense_attachment: ExportExpenseAttachment = None
    export_purchase_order_number: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Send the purchase order's number along with the purchase order."
    )

    # Help centre: Draft, Submitted, Approved or Manual. Their numbers are not published.
    xero_invoice_status_id: Annotated[Token | None, Attribute(Setting(), "documented", "never")] = Field(
        None, description="The status invoices get in Xero. An approved one is posted to the ledger at once."
    )
    xero_expense_status_id: Annotated[Token | None, Attribute(Setting(), "inferred", "confirm")] = Field(
        None, description="The status expenses get in Xero."
    )
    xero_purchase_order_status_id: Annotated[Token | None, Attribute(Setting(), "inferred", "confirm")] = Field(
        None, description="The status purchase orders get in Xero."
    )
    xero_reference: Annotated[Token | None, Attribute(Setting(), "documented", "confirm")] = Field(
        None, description="What fills Xero's reference: the invoice's subject or the purchase order number."
    )
    xero_internal_note_cf_id: Annotated[Token | None, Attribute(Setting(), "documented", "confirm")] = Field(
        None, description="The custom field of invoices that is copied to Xero's internal note."
    )
