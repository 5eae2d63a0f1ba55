from typing import Annotated, ClassVar

from pydantic import Field

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Toggle
from .shared import (
    ExportAttachment,
    ExportNumber,
    ImportAttachment,
    ImportNumber,
    PaymentsImport,
    UseCompaniesExport,
)

# e-conomic REST API, products: productNumber is text of 1 to 25 characters, also when it looks like a number.
PRODUCT = Codes(
    CodeKind.PRODUCT,
    "an e-conomic product number of 1 to 25 characters",
    r"[^\s](.{0,23}[^\s])?",
    strict=True,
    example="1010",
)
SETTINGS = "Settings > App marketplace > e-conomic"


class Economic(Common):
    """Visma e-conomic: invoices arrive as drafts in one e-conomic agreement."""

    type_id: ClassVar[int] = 13
    title: ClassVar[str] = "e-conomic"
    aliases: ClassVar[tuple[str, ...]] = ("Visma e-conomic",)

    economic_product_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=Records(Noun.SERVICE_TYPE),
                value=PRODUCT,
                direction="inferred",
                default="default_product",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(
        None,
        description="The e-conomic product each service type becomes. Its group decides account and VAT.",
    )
    default_product: Annotated[Token | None, Attribute(Default(PRODUCT), "documented", "confirm")] = Field(
        None, description="The e-conomic product for service types with no entry of their own."
    )
    # The help centre describes a choice to copy the subject; the API's page speaks of a template.
    economic_export_subject: Annotated[bool | str | None, Attribute(Toggle(), "inferred", "confirm")] = Field(
        None, description="Let the invoice carry its subject line over."
    )
    use_companies_export: UseCompaniesExport = None
    payments_import: PaymentsImport = None
    export_number: ExportNumber = None
    import_number: ImportNumber = None
    export_attachment: ExportAttachment = None
    import_attachment: ImportAttachment = None
