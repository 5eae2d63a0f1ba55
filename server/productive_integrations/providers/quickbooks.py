from typing import Annotated, ClassVar

from pydantic import Field

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Setting
from .shared import (
    COST_CLASSES,
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

# QuickBooks V3 SDK, IPPItem and its ItemRef: an invoice line refers to an item by its Id, which is digits. That
# Productive stores this Id is a conclusion, so another form only asks.
ITEM = Codes(
    CodeKind.ITEM,
    "the id of a QuickBooks product or service, digits only",
    r"[0-9]+",
    example="19",
)
# QuickBooks V3 SDK, IPPAccount: Id and the optional AcctNum are two fields. Which of them Productive calls a
# "code" is not known, so another form only asks.
ACCOUNT = Codes(CodeKind.ACCOUNT, "a QuickBooks account id, digits only", r"[0-9]+", example="84")
# No source says whether QuickBooks tax codes are mapped at all, nor by id or by name.
TAX = Codes(CodeKind.TAX, "a QuickBooks tax code", example="TAX")
SETTINGS = "Settings > App marketplace > QuickBooks"


class QuickBooks(Common):
    """QuickBooks Online: invoices and expenses are copied to one QuickBooks company."""

    type_id: ClassVar[int] = 2
    title: ClassVar[str] = "QuickBooks"
    aliases: ClassVar[tuple[str, ...]] = ("QuickBooks Online", "QBO")

    item_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ITEM,
                direction="inferred",
                default="default_item",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(
        None,
        description="The QuickBooks item each service type becomes. The item decides the income account.",
    )
    default_item: Annotated[Token | None, Attribute(Default(ITEM), "inferred", "confirm")] = Field(
        None, description="The QuickBooks item for service types with no entry of their own."
    )
    # The key follows the help centre's wording for Xero; no source states it for QuickBooks.
    expense_account_code_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ACCOUNT,
                direction="inferred",
                default="quickbooks_default_expense_account_code",
                settings_path=SETTINGS,
                classes=COST_CLASSES,
            ),
            "inferred",
            "checked",
        ),
    ] = Field(None, description="The QuickBooks account an expense is booked on, by its service type.")
    quickbooks_default_expense_account_code: Annotated[
        Token | None, Attribute(Default(ACCOUNT), "inferred", "confirm")
    ] = Field(None, description="The QuickBooks account for expenses whose service type has no entry.")
    quickbooks_default_expense_bank_account_code: Annotated[
        Token | None, Attribute(Default(ACCOUNT), "inferred", "never")
    ] = Field(
        None,
        description="The bank or card account that pays expenses. It must suit the payment type.",
    )
    # QuickBooks V3 SDK, IPPPurchase.PaymentType: Cash, Check or CreditCard. Its stored form is unknown.
    quickbooks_default_expense_payment_type: Annotated[Token | None, Attribute(Setting(), "inferred", "confirm")] = (
        Field(None, description="How paid expenses are recorded: cash, check or credit card.")
    )
    tax_rate_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(key=Records(Noun.TAX_RATE), value=TAX, direction="unknown", settings_path=SETTINGS),
            "unknown",
            "checked",
        ),
    ] = Field(
        None,
        description="The QuickBooks tax code for each tax rate. Whether QuickBooks has it is not documented.",
    )

    quickbooks_memo: Annotated[Token | None, Attribute(Setting(), "documented", "confirm")] = Field(
        None,
        description="What fills the memo: the invoice's subject, note, order number or a custom field.",
    )
    customer_memo_cf_id: Annotated[Token | None, Attribute(Setting(), "inferred", "confirm")] = Field(
        None, description="The custom field of invoices that is copied to the memo for the customer."
    )
    realm_id: RealmId = None
    use_expense_sync: UseExpenseSync = None
    use_companies_export: UseCompaniesExport = None
    payments_import: PaymentsImport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
    import_attachment: ImportAttachment = None
    export_expense_attachment: ExportExpenseAttachment = None
