from typing import Annotated, ClassVar

from pydantic import Field

from .base import Hash, Token
from .common import Common
from .markers import Attribute, CodeKind, Codes, Default, Fields, Mapping, Noun, Records, Setting, Toggle

# BambooHR account information API: a field has a whole number as id and sometimes an alias.
FIELD = Codes(
    CodeKind.FIELD,
    "the id or the alias of a BambooHR field",
    r"[0-9]+(\.[0-9]+)?|[A-Za-z][A-Za-z0-9_.]*",
    example="jobTitle",
)
# Whether an entry is the option's text or its id is not known.
PLACE = Codes(CodeKind.PLACE, "a value of the workplace field, exactly as BambooHR has it", example="Zagreb")
SETTINGS = "Settings > App marketplace > BambooHR"


class BambooHR(Common):
    """BambooHR: people and their time off come from BambooHR."""

    type_id: ClassVar[int] = 23
    title: ClassVar[str] = "BambooHR"
    aliases: ClassVar[tuple[str, ...]] = ("Bamboo",)

    # The help centre asks to map each value of the field, but only BambooHR can list them.
    bamboo_workplace_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(
                key=PLACE,
                value=Records(Noun.SUBSIDIARY),
                direction="inferred",
                settings_path=SETTINGS,
            ),
            "documented",
            "checked",
        ),
    ] = Field(
        None,
        description=(
            "The subsidiary each value of the workplace field stands for. "
            "Every value needs an entry, and only BambooHR knows them all."
        ),
    )
    bamboo_workplace_field: Annotated[str | None, Attribute(Setting(parent=True), "documented", "never")] = Field(
        None, description="The BambooHR list field that decides a person's subsidiary, such as Location."
    )
    # Offered instead of the field and its mapping; that it also covers unmapped values is stated nowhere.
    bamboo_default_subsidiary_id: Annotated[
        Token | None, Attribute(Default(Records(Noun.SUBSIDIARY)), "documented", "confirm")
    ] = Field(None, description="The subsidiary for new people when no workplace field decides it.")
    bamboo_custom_field_mapping: Annotated[
        Hash | None,
        Attribute(
            Mapping(key=FIELD, value=Fields("person"), direction="unknown", settings_path=SETTINGS),
            "inferred",
            "checked",
        ),
    ] = Field(
        None,
        description="Which BambooHR field fills which field of a person. It can bring private data over.",
    )
    bamboo_enable_cost_rates: Annotated[bool | None, Attribute(Toggle(), "documented", "never")] = Field(
        None, description="Bring what people cost over from BambooHR."
    )
    bamboo_enable_time_offs: Annotated[bool | None, Attribute(Toggle(), "documented", "confirm")] = Field(
        None, description="Bring absences over from BambooHR."
    )
    bamboo_enable_user_provisioning: Annotated[bool | None, Attribute(Toggle(), "documented", "never")] = Field(
        None, description="Create people in Productive for employees in BambooHR."
    )
