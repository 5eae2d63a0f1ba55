from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Mapping, Noun, Records, Setting, Toggle

# HubSpot CRM Pipelines v3: a stage id is text that HubSpot makes ("1234912", "appointmentscheduled"). Labels
# often have spaces and are unique within a pipeline only; a space asks if a label was given for an id.
STAGE = Codes(
    CodeKind.STAGE,
    "the id of a HubSpot deal stage, which has no spaces, not its label",
    r"[^\s]+",
    example="appointmentscheduled",
)
SETTINGS = "Settings > App marketplace > HubSpot"


class HubSpot(Common):
    """HubSpot: a deal that reaches a mapped stage there becomes a deal in Productive."""

    type_id: ClassVar[int] = 18
    title: ClassVar[str] = "HubSpot"

    # Whether the hash is flat or grouped by pipeline is not known.
    hubspot_stages_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=STAGE,
                value=Records(Noun.DEAL_STATUS),
                direction="inferred",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(
        None,
        description="The deal status each HubSpot stage becomes. Deals in other stages do not come across.",
    )
    hubspot_pipelines: Annotated[list[JsonValue] | None, Attribute(Setting(), "documented", "confirm")] = Field(
        None, description="The HubSpot pipelines whose deals come across."
    )
    hubspot_sync_deals: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Bring deals over from HubSpot at all."
    )
    hubspot_default_company_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.COMPANY)), "inferred", "confirm")
    ] = Field(None, description="The Productive company for deals that come without one.")
    hubspot_default_deal_owner_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.PERSON)), "inferred", "confirm", "personal")
    ] = Field(None, description="Who owns a deal whose HubSpot owner is not found in Productive.")
    hubspot_default_subsidiary_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.SUBSIDIARY)), "documented", "confirm")
    ] = Field(None, description="The subsidiary that deals from HubSpot belong to.")
    hubspot_default_template_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.TEMPLATE)), "documented", "confirm")
    ] = Field(None, description="The template for projects that start from a HubSpot deal.")
