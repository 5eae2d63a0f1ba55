from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Setting, State
from .shared import SALES_CLASSES, ExportAttachment, ExportNumber, UseCompaniesExport

# php-twinfield, SalesTransactionLine: dim1 is the profit and loss account, dim2 the cost centre, and dim3
# is taken to be the project. They are text; no source gives a length or a mask.
LEDGER = Codes(CodeKind.LEDGER, "the code of a Twinfield profit and loss account", example="8010")
COST_CENTER = Codes(CodeKind.COST_CENTER, "the code of a Twinfield cost centre", example="100")
PROJECT = Codes(CodeKind.PROJECT, "the code of a Twinfield project", example="P0001")
SETTINGS = "Settings > App marketplace > Twinfield"


class Twinfield(Common):
    """Twinfield: invoices become sales transactions in one Twinfield office."""

    type_id: ClassVar[int] = 19
    title: ClassVar[str] = "Twinfield"

    twinfield_ledger_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=LEDGER,
                direction="inferred",
                default="twinfield_default_ledger",
                settings_path=SETTINGS,
                classes=SALES_CLASSES,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="Where invoice lines land in Twinfield's ledger, by service type.")
    twinfield_default_ledger: Annotated[Token | None, Attribute(Default(LEDGER), "documented", "confirm")] = Field(
        None, description="The Twinfield ledger account for service types with no entry of their own."
    )
    # No source names the key; a service type is the guess, as in the ledger mapping.
    twinfield_cost_center_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=COST_CENTER,
                direction="unknown",
                default="twinfield_default_cost_center",
                settings_path=SETTINGS,
            ),
            "unknown",
            "checked",
        ),
    ] = Field(
        None,
        description="The Twinfield cost centre for a line, probably by service type. No source says so.",
    )
    twinfield_default_cost_center: Annotated[Token | None, Attribute(Default(COST_CENTER), "inferred", "confirm")] = (
        Field(None, description="The Twinfield cost centre for lines that nothing else gives one.")
    )
    twinfield_project_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.PROJECT),
                value=PROJECT,
                direction="inferred",
                default="twinfield_default_project",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="The Twinfield project code that lines of a Productive project get.")
    twinfield_default_project: Annotated[Token | None, Attribute(Default(PROJECT), "documented", "confirm")] = Field(
        None, description="The Twinfield project for Productive projects with no entry of their own."
    )
    # php-twinfield, Enums/Destiny: final or temporary. How Productive stores it is not known.
    twinfield_invoice_destiny: Annotated[Token | None, Attribute(Setting(), "documented", "never")] = Field(
        None,
        description="Whether invoices arrive as temporary or final. A final one cannot be changed any more.",
    )
    twinfield_offices: Annotated[list[JsonValue] | None, Attribute(State(), "documented", "never")] = Field(
        None, description="The Twinfield companies that the connected login can reach."
    )
    use_companies_export: UseCompaniesExport = None
    export_number: ExportNumber = None
    export_attachment: ExportAttachment = None
