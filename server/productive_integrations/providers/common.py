from typing import Annotated

from pydantic import Field, JsonValue

from .base import Provider, Reference
from .markers import Attribute, Credential, Relationship, Setting, State


class Common(Provider):
    """What every integration carries, whatever its type."""

    integration_type_id: Annotated[int | None, Attribute(State(), "documented", "never")] = Field(
        None, description="Which product this integration connects to, as a number from 1 to 31."
    )
    name: Annotated[str | None, Attribute(Setting(), "documented", "confirm")] = Field(
        None, description="The label people gave this integration."
    )
    requested_at: Annotated[str | None, Attribute(State(), "documented", "never")] = Field(
        None, description="When somebody started to connect. With no connection time, they never finished."
    )
    connected_at: Annotated[str | None, Attribute(State(), "documented", "never")] = Field(
        None, description="When the other system let Productive in. Empty: it never has."
    )
    deactivated_at: Annotated[str | None, Attribute(State(), "documented", "never")] = Field(
        None, description="When the integration was switched off. Empty: it is switched on."
    )
    last_synced_at: Annotated[str | None, Attribute(State(), "documented", "never")] = Field(
        None, description="When data last went across without an error."
    )
    options: Annotated[JsonValue, Attribute(Credential(), "inferred", "never", "secret")] = Field(
        None,
        repr=False,
        description="The raw bag behind the other settings. It may hold anything, so it is never shown.",
    )
    request_token: Annotated[str | None, Attribute(Credential(), "documented", "never", "secret")] = Field(
        None, repr=False, description="A token of the login in progress. It is never shown."
    )
    request_uri: Annotated[str | None, Attribute(Credential(), "inferred", "never", "secret")] = Field(
        None, repr=False, description="The address that takes the login's answer. It can hold a token."
    )
    redirect_uri: Annotated[str | None, Attribute(State(), "inferred", "never", "secret")] = Field(
        None,
        repr=False,
        description="Where the browser goes back to once the login is done. It is never shown.",
    )
    creator: Annotated[Reference | None, Attribute(Relationship("people"), "documented", "never", "personal")] = Field(
        None, description="The person who set it up."
    )
    deal: Annotated[Reference | None, Attribute(Relationship("deals"), "documented", "never")] = Field(
        None, description="The one deal or budget that the integration serves. Empty: it is not tied to one."
    )
    organization: Annotated[Reference | None, Attribute(Relationship("organizations"), "documented", "never")] = Field(
        None, description="The Productive organization it was set up in."
    )
    project: Annotated[Reference | None, Attribute(Relationship("projects"), "documented", "never")] = Field(
        None, description="The one project that the integration serves. Empty: it is not tied to one."
    )
    subsidiary: Annotated[Reference | None, Attribute(Relationship("subsidiaries"), "documented", "never")] = Field(
        None, description="The subsidiary whose invoices go through it, and so the one whose tax rates count."
    )
