from typing import Annotated, ClassVar

from pydantic import Field

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records
from .shared import (
    SALES_CLASSES,
    ExportAttachment,
    ExportNumber,
    ImportAttachment,
    ImportNumber,
    PaymentsImport,
    UseCompaniesExport,
)

# fortnox-api (accodeing) calls an account number "4 digits"; that it starts at 1000 is the practice of
# Swedish charts and no rule of the API, so another form only asks.
ACCOUNT = Codes(CodeKind.ACCOUNT, "a Fortnox account number of 4 digits", r"[1-9][0-9]{3}", example="3041")
# fortnox-api (accodeing) and fortnox.NET: ArticleNumber has at most 50 letters, digits and + / . _ -
ARTICLE = Codes(
    CodeKind.ARTICLE,
    "a Fortnox article number of 1 to 50 letters, digits and the signs + / . _ -",
    r"[A-Za-z0-9+/._-]{1,50}",
    strict=True,
    example="WS-01",
)
# No source says whether Fortnox tax codes are mapped at all.
TAX = Codes(CodeKind.TAX, "a tax code of Fortnox", example="25")
SETTINGS = "Settings > App marketplace > Fortnox"


class Fortnox(Common):
    """Fortnox: invoices are copied to one Fortnox company, which can serve one subsidiary only."""

    type_id: ClassVar[int] = 15
    title: ClassVar[str] = "Fortnox"

    fortnox_account_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ACCOUNT,
                direction="inferred",
                default="fortnox_default_account",
                settings_path=SETTINGS,
                classes=SALES_CLASSES,
            ),
            "documented",
            "checked",
        ),
    ] = Field(
        None,
        description="The Fortnox account each service type is posted to. It goes before the article's own.",
    )
    fortnox_default_account: Annotated[Token | None, Attribute(Default(ACCOUNT), "documented", "confirm")] = Field(
        None, description="The Fortnox account for service types with no account of their own."
    )
    fortnox_article_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=ARTICLE,
                direction="inferred",
                default="fortnox_default_article",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="The Fortnox article that stands on the invoice for each service type.")
    fortnox_default_article: Annotated[Token | None, Attribute(Default(ARTICLE), "inferred", "confirm")] = Field(
        None, description="The Fortnox article for service types with no article of their own."
    )
    tax_rate_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(key=Records(Noun.TAX_RATE), value=TAX, direction="unknown", settings_path=SETTINGS),
            "unknown",
            "checked",
        ),
    ] = Field(None, description="The Fortnox tax code for each tax rate. Whether Fortnox uses it is not documented.")
    use_companies_export: UseCompaniesExport = None
    payments_import: PaymentsImport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
    import_attachment: ImportAttachment = None
