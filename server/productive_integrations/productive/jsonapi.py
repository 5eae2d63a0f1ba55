"""JSON:API documents, read strictly and built plainly. No I/O."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from productive_integrations.errors import BadAnswer

MAX_DEPTH = 64
LONGEST_INTEGER = len(str(-(2**63)))
MEDIA_TYPE = "application/vnd.api+json"


class Identifier(BaseModel):
    """A link to a record."""

    model_config = ConfigDict(frozen=True)

    type: str
    id: str


class Relationship(BaseModel):
    """A relationship. Productive leaves `data` out, not null, when it was not included: nothing is known then."""

    model_config = ConfigDict(frozen=True)

    data: Identifier | list[Identifier] | None = None

    @property
    def one(self) -> Identifier | None:
        """The linked record of a to-one relationship."""
        return self.data if isinstance(self.data, Identifier) else None


class Resource(BaseModel):
    """One record."""

    model_config = ConfigDict(frozen=True)

    type: str
    id: str = Field(pattern=r"^[1-9][0-9]{0,18}$")
    attributes: dict[str, JsonValue] = {}
    relationships: dict[str, Relationship] = {}

    @property
    def owner(self) -> Identifier | None:
        """Its organization, where it says so; an organization is its own."""
        if self.type == "organizations":
            return Identifier(type=self.type, id=self.id)
        link = self.relationships.get("organization")
        return link.one if link else None


class Meta(BaseModel):
    """Page figures of a list."""

    model_config = ConfigDict(frozen=True)

    current_page: int | None = None
    total_pages: int | None = None
    total_count: int | None = None


class Links(BaseModel):
    """Only `next` is used, and of it only the cursor or page number."""

    model_config = ConfigDict(frozen=True)

    next: str | None = None


class Document(BaseModel):
    """An answer of the API: one record or a page of them."""

    model_config = ConfigDict(frozen=True)

    data: Resource | list[Resource]
    included: list[Resource] = []
    meta: Meta = Meta()
    links: Links = Links()

    @property
    def one(self) -> Resource:
        """The single record. Raises BadAnswer for a list."""
        if isinstance(self.data, Resource):
            return self.data
        raise BadAnswer("Productive answered with a list where one record was asked for.")

    @property
    def many(self) -> list[Resource]:
        """The records of a page. Raises BadAnswer for a single record."""
        if isinstance(self.data, list):
            return self.data
        raise BadAnswer("Productive answered with one record where a list was asked for.")

    def of_another(self, organization_id: str) -> bool:
        """Whether any record, included ones too, says that it belongs to another organization."""
        records = [*(self.data if isinstance(self.data, list) else [self.data]), *self.included]
        owners = {owner.id for record in records if (owner := record.owner)}
        return not owners <= {organization_id}

    def name_of(self, link: Identifier) -> str | None:
        """The name of a linked record when it was included."""
        for record in self.included:
            if (record.type, record.id) == (link.type, link.id):
                name = record.attributes.get("name")
                return name if isinstance(name, str) else None
        return None


class Problem(BaseModel):
    """One entry of an error answer; `status` may be a number, its text or a symbol, so it is not read."""

    code: str | None = None
    title: str | None = None


class Problems(BaseModel):
    """An error answer."""

    errors: list[Problem]


def parse(body: bytes) -> Document:
    """Read an answer. Raises BadAnswer for anything that is not one unambiguous JSON:API document."""
    try:
        return Document.model_validate(strict_json(body))
    except ValidationError:
        raise BadAnswer("Productive's answer is not a JSON:API document.") from None


def error_codes(body: bytes) -> list[str]:
    """The codes of an error answer; none when it is not one."""
    try:
        problems = Problems.model_validate(strict_json(body))
    except (BadAnswer, ValidationError):
        return []
    return [problem.code or problem.title or "" for problem in problems.errors]


def strict_json(body: bytes) -> Any:
    """Parse JSON that means one thing only.

    Refuses duplicate keys, NaN and infinities, numbers past 64 bits, a byte order mark, other encodings than UTF-8
    and nesting past 64 levels, all of which Python's parser lets through (reliability-security.md 5.1).
    """
    try:
        text = body.decode("utf-8")
        if _depth(text) > MAX_DEPTH:
            _refuse("nested too deep")
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_whole, parse_float=_real)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise BadAnswer("Productive's answer is not valid JSON.") from None


# A string that does not end is read to the end of the text: starting anew at each of its quotes would take for ever.
_STRINGS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _STRINGS_AND_BRACKETS.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse("duplicate keys")
    return members


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= LONGEST_INTEGER else _refuse("number too large")
    return number if abs(number) < 2**63 else _refuse("number too large")


def _real(digits: str) -> float:
    number = float(digits)
    return number if abs(number) < float("inf") else _refuse("number too large")


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)


def patch_document(record_type: Literal["integrations"], record_id: str, attributes: Mapping[str, Any]) -> bytes:
    """The body of a PATCH: type, id and attributes, nothing else."""
    data = {"type": record_type, "id": record_id, "attributes": dict(attributes)}
    return json.dumps({"data": data}, allow_nan=False).encode()
