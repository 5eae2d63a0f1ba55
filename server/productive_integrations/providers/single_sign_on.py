from typing import Annotated, ClassVar

from pydantic import Field

from .common import Common
from .markers import Attribute, Credential, Toggle


class SingleSignOn(Common):
    """Single sign-on: people log in to Productive through a SAML identity provider."""

    type_id: ClassVar[int] = 8
    title: ClassVar[str] = "Single sign-on"
    aliases: ClassVar[tuple[str, ...]] = ("SSO", "SAML")

    force_sso_login: Annotated[bool | None, Attribute(Toggle(), "documented", "never")] = Field(
        None,
        description="Everybody must log in through the identity provider. Switching it on logs people out.",
    )
    sso_url: Annotated[str | None, Attribute(Credential(), "documented", "never", "secret")] = Field(
        None, repr=False, description="The identity provider's own login address."
    )
    sso_target_url: Annotated[str | None, Attribute(Credential(), "documented", "never", "secret")] = Field(
        None, repr=False, description="Where people are sent when they log in."
    )
    sso_metadata: Annotated[str | None, Attribute(Credential(), "documented", "never", "secret")] = Field(
        None,
        repr=False,
        description="The identity provider's certificates and addresses, as it published them.",
    )
    sso_metadata_url: Annotated[str | None, Attribute(Credential(), "documented", "never", "secret")] = Field(
        None, repr=False, description="Where the identity provider publishes its certificates and addresses."
    )
