from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, WithJsonSchema

from .finding import Finding
from .outcome import Outcome, WithBothSides

State = Literal["active", "inactive"]


class IntegrationRow(BaseModel):
    """One integration in a list. `entries` counts those of each mapping in use."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    name: str
    state: State
    subsidiary: str | None = None
    connected_at: str | None = None
    last_synced_at: str | None = None
    entries: dict[str, int] = {}


class IntegrationList(BaseModel):
    """A page of integrations."""

    model_config = ConfigDict(frozen=True)

    integrations: tuple[IntegrationRow, ...]
    next_cursor: str | None = None


class MappingView(BaseModel):
    """A mapping for reading.

    `rows` hold what `columns` say: keys and values as stored, with the names of records beside their ids. `unmapped`
    counts live records without an entry, which use `default` if it is set; `unmapped_names` gives the first, or all
    of them when the mapping alone was asked for. `omitted` counts rows that did not fit.
    """

    model_config = ConfigDict(frozen=True)

    entries: int
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    omitted: int = 0
    unmapped: int = 0
    unmapped_names: tuple[str, ...] = ()
    default: str | None = None


class IntegrationView(BaseModel):
    """An integration in its type's own terms. Secrets are never part of it.

    `problems` counts all findings; `findings` has those that there is room for.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    name: str
    state: State
    subsidiary: str | None = None
    project: str | None = None
    deal: str | None = None
    connected_at: str | None = None
    last_synced_at: str | None = None
    mappings: dict[str, MappingView] = {}
    settings: dict[str, JsonValue] = {}
    problems: int = 0
    findings: tuple[Finding, ...]


class CheckedIntegration(BaseModel):
    """An integration with what the rules found in it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    type: str
    findings: tuple[Finding, ...]


class CheckResult(BaseModel):
    """What a check found. Integrations without findings are only counted; `omitted` findings did not fit."""

    model_config = ConfigDict(frozen=True)

    checked: int
    integrations: tuple[CheckedIntegration, ...]
    omitted: int = 0


class ChangedEntry(WithBothSides):
    """One entry of a change."""

    key: str
    key_name: str | None = None
    before: str | None
    after: str | None


class ListedChange(BaseModel):
    """One write made through this server. Outcome `unknown` means that it is not settled yet.

    `omitted` counts entries that did not fit.
    """

    model_config = ConfigDict(frozen=True)

    change_id: str
    integration_id: str
    mapping: str
    entries: tuple[ChangedEntry, ...]
    outcome: Annotated[Outcome, WithJsonSchema({"type": "string"})]
    at: str
    by: str
    reason: str | None = None
    omitted: int = 0


class ChangeList(BaseModel):
    """A page of changes, newest first."""

    model_config = ConfigDict(frozen=True)

    changes: tuple[ListedChange, ...]
    next_cursor: str | None = None
