from typing import Annotated, ClassVar

from pydantic import Field

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Setting

# Both keys are texts of Salesforce picklists; that they are compared letter for letter is our conclusion.
FAMILY = Codes(CodeKind.FAMILY, "a Salesforce product family, exactly as it is spelt there", example="Training")
PLACE = Codes(CodeKind.PLACE, "a value of the subsidiary field, exactly as it is spelt there", example="DACH")
SETTINGS = "Settings > App marketplace > Salesforce"


class Salesforce(Common):
    """Salesforce: opportunities there become deals and projects in Productive."""

    type_id: ClassVar[int] = 31
    title: ClassVar[str] = "Salesforce"

    salesforce_product_family_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=FAMILY,
                value=Records(Noun.SERVICE_TYPE),
                direction="inferred",
                default="salesforce_default_service_type_id",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="The service type that products of each Salesforce family become.")
    salesforce_default_service_type_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.SERVICE_TYPE)), "documented", "confirm")
    ] = Field(None, description="The service type for products whose family has no entry.")
    salesforce_subsidiary_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=PLACE,
                value=Records(Noun.SUBSIDIARY),
                direction="inferred",
                default="salesforce_default_subsidiary_id",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(None, description="The subsidiary each value of the chosen Salesforce field stands for.")
    salesforce_subsidiary_field: Annotated[str | None, Attribute(Setting(parent=True), "documented", "never")] = Field(
        None, description="The Salesforce field that decides a deal's subsidiary."
    )
    # The API's page calls it NetSuite's; its siblings are ids of Productive.
    salesforce_default_subsidiary_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.SUBSIDIARY)), "inferred", "confirm")
    ] = Field(None, description="The subsidiary for deals that the chosen Salesforce field gives none.")
    salesforce_project_template_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.TEMPLATE)), "documented", "confirm")
    ] = Field(None, description="The template for projects that start from a Salesforce opportunity.")
    # Declared a number, but the ids of Salesforce stages are text: whose stage it is, is not known.
    salesforce_stage_id: Annotated[Token | None, Attribute(Setting(), "unknown", "confirm")] = Field(
        None,
        description="The stage at which an opportunity comes across. Whose stage ids these are is unclear.",
    )
