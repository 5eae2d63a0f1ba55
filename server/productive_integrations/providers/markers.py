"""What an attribute of an integration is, said as data beside its pydantic type."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Sensitivity = Literal["open", "personal", "internal", "secret"]
"""Who may see a value: who may ask (open), nobody beyond counts (personal, internal), nobody (secret)."""

Confidence = Literal["documented", "inferred", "unknown"]
"""How a fact is known: a source says it, we conclude it, or nothing was found."""


class Noun(StrEnum):
    """A kind of Productive record that a mapping can refer to by id."""

    SERVICE_TYPE = "service type"
    TAX_RATE = "tax rate"
    SUBSIDIARY = "subsidiary"
    DEAL_STATUS = "deal status"
    PROJECT = "project"
    PERSON = "person"
    COMPANY = "company"
    CUSTOM_FIELD = "custom field"
    TEMPLATE = "project template"


class CodeKind(StrEnum):
    """A kind of thing on the other side of a mapping."""

    ACCOUNT = "account"
    ITEM = "item"
    PRODUCT = "product"
    ARTICLE = "article"
    LEDGER = "ledger"
    TAX = "tax code"
    PROJECT = "external project"
    COST_CENTER = "cost centre"
    STAGE = "deal stage"
    FIELD = "field"
    CONSTANT = "fixed value"
    FAMILY = "product family"
    PLACE = "field value"
    RELATION = "relationship"
    JOURNAL = "journal"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Records:
    """The Productive side of a mapping: ids of one noun."""

    noun: Noun


@dataclass(frozen=True, slots=True)
class Fields:
    """The Productive side of a field mapping: names of fields, or custom field ids of one record type."""

    of: str


@dataclass(frozen=True, slots=True)
class Codes:
    """The other system's side of a mapping.

    `pattern` must match the whole value. A `strict` form has a source and blocks; another only asks.
    `example` is a well-formed value for messages.
    """

    kind: CodeKind
    form: str
    pattern: str = r"[^\s](.*[^\s])?"
    strict: bool = False
    example: str = ""


Side = Records | Fields | Codes


@dataclass(frozen=True, slots=True)
class Mapping:
    """An attribute that holds a hash from one side to the other.

    `key` and `value` are the documented direction; `direction` says how far that is known.
    `default` names the attribute that covers unmapped keys. `complete` demands that every live key of
    the integration's subsidiary is mapped. `classes` are those that an account should be of.
    """

    key: Side
    value: Side
    direction: Confidence
    default: str | None = None
    complete: bool = False
    settings_path: str = ""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Default:
    """An attribute used where a mapping has no entry; `value` is what it refers to."""

    value: Side


@dataclass(frozen=True, slots=True)
class Setting:
    """A choice made once for the integration.

    A `parent` decides which catalogue every code of the mappings belongs to; it is never changed here.
    """

    parent: bool = False


@dataclass(frozen=True, slots=True)
class Toggle:
    """A yes-or-no choice."""


@dataclass(frozen=True, slots=True)
class State:
    """A fact that Productive or the other system reports; nobody sets it here."""

    parent: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """Part of a login. It never leaves the server."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link to another record, read from the document's relationships."""

    resource: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A name that narrows a list, or with `sort` orders it."""

    sort: bool = False


Kind = Mapping | Default | Setting | Toggle | State | Credential | Relationship | Filter


@dataclass(frozen=True, slots=True)
class Attribute:
    """Everything known about one attribute beside its pydantic type and description.

    `change` says who may change it: `checked` by an edit that passes the rules, `confirm` with a person's
    yes, `never` from here, `none` where there is nothing to change.
    """

    kind: Kind
    confidence: Confidence
    change: Literal["checked", "confirm", "never", "none"]
    sensitivity: Sensitivity = "open"
