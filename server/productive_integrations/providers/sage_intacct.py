from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Setting, State, Toggle
from .shared import SALES_CLASSES, ClientId, ExportAttachment, ExportNumber, ImportNumber, UseCompaniesExport

# intacct-sdk-php, AccountsReceivable/InvoiceLineCreate: a line carries the account's number (glaccountno). No
# source gives its length, so the form only asks.
ACCOUNT = Codes(
    CodeKind.ACCOUNT,
    "a Sage Intacct account number without spaces",
    r"[0-9A-Za-z][0-9A-Za-z._-]*",
    example="40100",
)
# No source says whether Intacct tax details are mapped at all.
TAX = Codes(CodeKind.TAX, "a tax code of Sage Intacct", example="Standard")
SETTINGS = "Settings > App marketplace > Sage Intacct"


class SageIntacct(Common):
    """Sage Intacct: invoices are copied to one Intacct entity. Productive calls this a beta."""

    type_id: ClassVar[int] = 27
    title: ClassVar[str] = "Sage Intacct"
    aliases: ClassVar[tuple[str, ...]] = ("Intacct",)

    # Every sibling accounting integration has service types as the key; for Intacct no source shows it.
    sage_intacct_account_code_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ACCOUNT,
                direction="inferred",
                default="sage_intacct_account_code",
                settings_path=SETTINGS,
                classes=SALES_CLASSES,
            ),
            "inferred",
            "checked",
        ),
    ] = Field(None, description="Where invoice lines land in Intacct's revenue accounts, by service type.")
    sage_intacct_account_code: Annotated[Token | None, Attribute(Default(ACCOUNT), "documented", "confirm")] = Field(
        None, description="The Intacct revenue account for service types with no entry of their own."
    )
    tax_rate_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(key=Records(Noun.TAX_RATE), value=TAX, direction="unknown", settings_path=SETTINGS),
            "unknown",
            "checked",
        ),
    ] = Field(None, description="The Intacct tax code for each tax rate. Whether Intacct uses it is not documented.")
    sage_intacct_export_project: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Send the project along, and create it in Intacct when it is missing there."
    )
    sage_intacct_project_category: Annotated[Token | None, Attribute(Setting(), "inferred", "confirm")] = Field(
        None, description="The category of projects created in Intacct. Intacct asks for one."
    )
    sage_intacct_entities: Annotated[list[JsonValue] | None, Attribute(State(), "documented", "never")] = Field(
        None, description="The Intacct entities that the connected login can reach."
    )
    client_id: ClientId = None
    use_companies_export: UseCompaniesExport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
