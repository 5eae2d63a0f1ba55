from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .markers import Attribute, Filter

RecordId = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
TypeNumber = Annotated[int, Field(ge=1)]
Order = Literal["ascending", "descending"]


class ListFilters(BaseModel):
    """What a list of integrations can be narrowed and ordered by."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    deal_id: Annotated[RecordId | None, Attribute(Filter(), "documented", "none")] = Field(
        None, description="Only integrations of this deal or budget."
    )
    integration_type_id: Annotated[TypeNumber | None, Attribute(Filter(), "documented", "none")] = Field(
        None, description="Only integrations of this type."
    )
    jira_organization: Annotated[str | None, Attribute(Filter(), "documented", "none")] = Field(
        None, description="Only integrations with this Jira site."
    )
    jira_project: Annotated[str | None, Attribute(Filter(), "documented", "none")] = Field(
        None, description="Only integrations with this Jira project."
    )
    project_id: Annotated[RecordId | None, Attribute(Filter(), "documented", "none")] = Field(
        None, description="Only integrations of this project."
    )
    project_status: Annotated[int | None, Attribute(Filter(), "documented", "none")] = Field(
        None, description="Only integrations whose project has this status. The numbers are not documented."
    )
    subsidiary_id: Annotated[RecordId | None, Attribute(Filter(), "documented", "none")] = Field(
        None, description="Only integrations of this subsidiary."
    )
    id: Annotated[Order | None, Attribute(Filter(sort=True), "documented", "none")] = Field(
        None, description="Order by number, which is the order of creation as far as known."
    )
    created_at: Annotated[Order | None, Attribute(Filter(sort=True), "documented", "none")] = Field(
        None, description="Order by the time of creation."
    )
