from typing import Annotated, ClassVar

from pydantic import Field

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, State
from .shared import (
    SALES_CLASSES,
    ExportAttachment,
    ExportNumber,
    ImportAttachment,
    ImportNumber,
    PaymentsImport,
    UseCompaniesExport,
)

# Sage Accounting's guide shows such ids on a price type. That ledger accounts look alike is our conclusion,
# so another form only asks.
LEDGER = Codes(
    CodeKind.LEDGER,
    "the id of a Sage ledger account, 32 small hexadecimal digits, not its nominal code",
    r"[0-9a-f]{32}",
    example="fe12f4bad52345fa806fed44f5ec7fbb",
)
SETTINGS = "Settings > App marketplace > Sage Accounting"


class SageAccounting(Common):
    """Sage Accounting: invoices are copied to one Sage business."""

    type_id: ClassVar[int] = 21
    title: ClassVar[str] = "Sage Accounting"
    aliases: ClassVar[tuple[str, ...]] = ("Sage",)

    sage_ledger_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=LEDGER,
                direction="inferred",
                default="sage_default_ledger",
                settings_path=SETTINGS,
                classes=SALES_CLASSES,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="Where invoice lines land in Sage's ledger, by service type.")
    sage_default_ledger: Annotated[Token | None, Attribute(Default(LEDGER), "documented", "confirm")] = Field(
        None,
        description="The Sage ledger account for service types with no entry of their own. Sage needs one.",
    )
    sage_business_name: Annotated[str | None, Attribute(State(), "documented", "never")] = Field(
        None, description="What the connected business is called in Sage."
    )
    sage_country: Annotated[str | None, Attribute(State(), "documented", "never")] = Field(
        None, description="Where the connected business is registered in Sage."
    )
    use_companies_export: UseCompaniesExport = None
    payments_import: PaymentsImport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
    import_attachment: ImportAttachment = None
