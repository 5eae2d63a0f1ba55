from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Setting, State, Toggle
from .shared import (
    SALES_CLASSES,
    ExportAttachment,
    ExportNumber,
    ImportAttachment,
    ImportNumber,
    PaymentsImport,
    RealmId,
    UseCompaniesExport,
)

# Exact Online SalesEntryLines: GLAccount is a GUID and GLAccountCode a code. Which of them Productive
# stores is not known, so the form only asks.
LEDGER = Codes(
    CodeKind.LEDGER,
    "an Exact ledger account, either its code or its GUID, in the same form as the other entries",
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9A-Za-z.]{1,20}",
    example="8000",
)
# Exact Online Journals: a journal is known by its Code; its length is not in the source.
JOURNAL = Codes(CodeKind.JOURNAL, "the code of an Exact sales journal", example="70")
SETTINGS = "Settings > App marketplace > Exact Online"


class ExactOnline(Common):
    """Exact Online: invoices are copied to one Exact company (a division)."""

    type_id: ClassVar[int] = 4
    title: ClassVar[str] = "Exact Online"
    aliases: ClassVar[tuple[str, ...]] = ("Exact",)

    exact_ledger_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=LEDGER,
                direction="inferred",
                default="exact_default_ledger",
                settings_path=SETTINGS,
                classes=SALES_CLASSES,
            ),
            "documented",
            "checked",
        ),
    ] = Field(
        None,
        description="The Exact ledger account for each service type. A ledger can bring its own VAT code.",
    )
    exact_default_ledger: Annotated[Token | None, Attribute(Default(LEDGER), "documented", "confirm")] = Field(
        None, description="The Exact ledger account for service types with no entry of their own."
    )
    exact_default_journal: Annotated[Token | None, Attribute(Default(JOURNAL), "documented", "confirm")] = Field(
        None, description="The sales journal chosen beforehand when somebody exports. It may stay empty."
    )
    exact_ledger_manually: Annotated[bool | None, Attribute(Toggle(), "inferred", "confirm")] = Field(
        None, description="Pick ledger accounts by hand on export. While on, the mapping may have no effect."
    )
    exact_division_id: Annotated[Token | None, Attribute(Setting(parent=True), "documented", "never")] = Field(
        None, description="The Exact company that gets the invoices. Ledgers and journals belong to it."
    )
    exact_division: Annotated[Token | None, Attribute(State(parent=True), "documented", "never")] = Field(
        None, description="An old copy of the connected Exact company, kept for earlier programs."
    )
    exact_divisions: Annotated[list[JsonValue] | None, Attribute(State(), "documented", "never")] = Field(
        None, description="The Exact companies that the connected login can reach."
    )
    exact_country: Annotated[str | None, Attribute(State(), "inferred", "never")] = Field(
        None, description="The Exact site of the login: Belgium, the Netherlands or Germany."
    )
    realm_id: RealmId = None
    use_companies_export: UseCompaniesExport = None
    payments_import: PaymentsImport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
    import_attachment: ImportAttachment = None
