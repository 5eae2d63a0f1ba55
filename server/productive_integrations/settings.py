import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from .errors import SettingsError

PREFIX = "PRODUCTIVE_"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ADDRESS = re.compile(
    r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?(/[a-z0-9_~-][a-z0-9._~-]*)*/?", re.ASCII | re.IGNORECASE
)
_USUAL_PORTS = {"http": 80, "https": 443}
_POSTGRES = ("postgres://", "postgresql://")
_OAUTH_ADDRESS = re.compile(
    r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?(/\.?[a-z0-9_~-][a-z0-9._~-]*)*/?(\?[a-z0-9._~=&-]+)?",
    re.ASCII | re.IGNORECASE,
)
_OAUTH = ("oauth_issuer", "oauth_audience", "oauth_jwks_url")


_OAUTH_FORM = "https address (http for this machine alone)"


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where bearer tokens come from, and the address that they must be made for."""

    issuer: str
    audience: str
    jwks_url: str


class Settings(BaseModel):
    """What the environment says. Field names are the variables' names without `PRODUCTIVE_`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_token: Annotated[SecretStr, Field(description="a personal access token of Productive")]
    organization_id: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$", description="the organization's number")]
    base_url: Annotated[str, Field(description="an https address (http for this machine alone)")] = (
        "https://api.productive.io/api/v2/"
    )
    read_only: Annotated[bool, Field(description="true or false")] = False
    approval: Annotated[Literal["human", "host", "none"], Field(description="human, host or none")] = "host"
    state: Annotated[SecretStr, Field(description="the path of a SQLite file or a postgresql:// address")] = Field(
        default_factory=lambda: SecretStr(
            str(platformdirs.user_state_path("productive-integrations-mcp", appauthor=False) / "state.sqlite")
        )
    )
    charts: Annotated[Path | None, Field(description="the path of a folder of CSV charts")] = None
    timeout: Annotated[float, Field(gt=0, le=600, description="seconds, more than 0 and at most 600")] = 30
    wait: Annotated[float, Field(ge=0, le=600, description="seconds from 0 to 600")] = 20
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
        Field(description="DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    ] = "INFO"
    oauth_issuer: Annotated[str | None, Field(description=f"the issuer's {_OAUTH_FORM}, as its tokens carry it")] = None
    oauth_audience: Annotated[
        str | None, Field(description=f"this server's own {_OAUTH_FORM}, such as https://mcp.example.com/mcp")
    ] = None
    oauth_jwks_url: Annotated[str | None, Field(description=f"the {_OAUTH_FORM} of the issuer's keys")] = None

    @property
    def oauth(self) -> "OAuth | None":
        """Whose bearer tokens open the server over HTTP; none: nobody's, and it is for this machine alone."""
        if self.oauth_issuer and self.oauth_audience and self.oauth_jwks_url:
            return OAuth(self.oauth_issuer, self.oauth_audience, self.oauth_jwks_url)
        return None

    @property
    def state_shown(self) -> str:
        """Where the state is, in words that hold no password."""
        state = self.state.get_secret_value()
        if not state.startswith(_POSTGRES):
            return f"the SQLite file {state}"
        return f"the PostgreSQL database {unquote(urlsplit(state).path).lstrip('/') or 'of the user'}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no log: the token, and the password in an address of the state."""
        state = self.state.get_secret_value()
        parts = urlsplit(state if state.startswith(_POSTGRES) else "")
        given = [parts.password or "", *(word for name, word in parse_qsl(parts.query) if "password" in name)]
        passwords = {form for password in given if password for form in (password, unquote(password), quote(password))}
        return (self.api_token.get_secret_value(), *sorted(passwords))

    @field_validator("api_token")
    @classmethod
    def _printable_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]{1,512}", token.get_secret_value()):
            raise ValueError
        return token

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if not _ADDRESS.fullmatch(url) or (parts.scheme == "http" and host not in LOOPBACK):
            raise ValueError
        if port == 0 or any(label.startswith("xn--") for label in host.split(".")):
            raise ValueError
        # As the HTTP client writes it, for the exit guard compares the two.
        place = f"[{host}]" if ":" in host else host
        if port not in {None, _USUAL_PORTS[parts.scheme]}:
            place += f":{port}"
        return f"{parts.scheme}://{place}{parts.path.rstrip('/')}/"

    @field_validator(*_OAUTH)
    @classmethod
    def _safe_oauth_address(cls, url: str | None, info: ValidationInfo) -> str | None:
        # Kept letter by letter: issuer and audience are compared with what stands in a token.
        if url is not None:
            parts = urlsplit(url)
            if not _OAUTH_ADDRESS.fullmatch(url) or (parts.scheme.lower() == "http" and parts.hostname not in LOOPBACK):
                raise ValueError
            if parts.port == 0 or (parts.query and info.field_name != "oauth_jwks_url"):
                raise ValueError
        return url

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("read_only", mode="before")
    @classmethod
    def _plain_yes_or_no(cls, answer: object) -> object:
        if isinstance(answer, str):
            if answer.lower() not in {"true", "false"}:
                raise ValueError
            return answer.lower() == "true"
        return answer

    @field_validator("charts")
    @classmethod
    def _home_folder(cls, charts: Path | None) -> Path | None:
        try:
            return charts and charts.expanduser()
        except RuntimeError:  # no such user's home
            raise ValueError from None

    @field_validator("state")
    @classmethod
    def _file_or_address(cls, given: SecretStr) -> SecretStr:
        state = given.get_secret_value()
        if state.startswith(_POSTGRES):
            parts = urlsplit(state)
            # libpq takes these signs for a part of the password, and we for its end.
            if "#" in state or "@" in parts.query:
                raise ValueError
            return given
        if "://" in state:
            raise ValueError
        try:
            return SecretStr(str(Path(state).expanduser()))
        except RuntimeError:  # no such user's home
            raise ValueError from None


def read_settings(environment: Mapping[str, str] | None = None, **fixed: str) -> Settings:
    """Settings from the environment; `fixed` wins over it (the sandbox's address and credentials).

    Raises SettingsError with one sentence that names the variable and the remedy, never the value.
    """
    environment = os.environ if environment is None else environment
    given = {
        name.removeprefix(PREFIX).lower(): text.strip()
        for name, text in environment.items()
        if name.startswith(PREFIX) and text.strip()
    } | fixed
    for name in given.keys() - Settings.model_fields.keys():
        raise SettingsError(f"{PREFIX}{name.upper()} is no setting of this server{_nearest(name)}")
    _refuse_half_an_oauth(given)
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        raise SettingsError(_sentence(str(first["loc"][0]), missing=first["type"] == "missing")) from None


def _sentence(name: str, *, missing: bool) -> str:
    variable, form = PREFIX + name.upper(), Settings.model_fields[name].description
    if missing:
        return f"{variable} is not set: give it {form}, or start with --demo to try the bundled sandbox."
    return f"{variable} has a wrong value: it must be {form}."


def _nearest(name: str) -> str:
    near = get_close_matches(name, Settings.model_fields, n=1)
    return f"; did you mean {PREFIX}{near[0].upper()}?" if near else ": remove it."


def _refuse_half_an_oauth(given: Mapping[str, str]) -> None:
    missing = [name for name in _OAUTH if name not in given]
    if missing and len(missing) < len(_OAUTH):
        form = Settings.model_fields[missing[0]].description
        raise SettingsError(
            f"{PREFIX}{missing[0].upper()} is not set: give it {form}, or unset all three PRODUCTIVE_OAUTH_ settings."
        )
