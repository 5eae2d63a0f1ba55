"""What every resource is made of: its address, the forms of its variables, and one way to answer."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel

from productive_integrations.errors import InvalidArgument
from productive_integrations.mappings import suggest
from productive_integrations.mappings.room import Room
from productive_integrations.mappings.suggest import ID_FORM, Suggest
from productive_integrations.published import Published
from productive_integrations.schemas.journal import Intent
from productive_integrations.text import compact, scrubbed, visible

SCHEME = "productive://"
JSON = "application/json"
MARKDOWN = "text/markdown"
MAX_BYTES = 60_000
PAGE_BYTES = 48_000
"""For the rows of a page; what stands around them has the rest."""
_CURSOR = "cursor"

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of an address: what it looks like, as a pattern and in words, and what may complete it."""

    pattern: str
    form: str
    suggest: Suggest


INTEGRATION_ID = Variable(ID_FORM, "it must be an id of ASCII digits, such as 42.", suggest.integrations)
MAPPING = Variable(
    r"[a-z][a-z0-9_]{0,79}", "it must be an attribute's name, such as account_code_mapping.", suggest.mappings
)
TYPE = Variable(
    r"(?:[A-Za-z0-9._-]|%20){1,80}", "it must be a type's number or name, such as 3 or xero.", suggest.types
)
RULE = Variable(r"(?i:MAP)[0-9]{3}", "it must be a rule's id, such as MAP303.", suggest.rules)
CHANGE_ID = Variable(r"ch_[0-9a-f]{12}", "it must be a change_id from list_changes.", suggest.changes)
CURSOR = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Resource(Published):
    """A resource, or with variables in its address a template.

    Its function is given the services and the variables. A `paged` one also takes `?cursor=`, as in its own `next`. A
    `shared` one is the same whoever asks.
    """

    function: Callable[..., Awaitable[str]]
    uri: str
    title: str
    mime_type: str = JSON
    variables: Mapping[str, Variable] = field(default_factory=dict)
    paged: bool = False
    shared: bool = False

    @cached_property
    def _address(self) -> re.Pattern[str]:
        fixed = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/?#]*)", re.escape(self.uri))
        return re.compile(fixed + (rf"(?:\?{_CURSOR}=(?P<{_CURSOR}>[^&#]*))?" if self.paged else ""))

    def values(self, uri: str) -> dict[str, str] | None:
        """The variables in an address of this resource, none for another's.

        Raises InvalidArgument for a variable of a wrong form, before anybody is asked for it.
        """
        found = self._address.fullmatch(uri)
        if found is None:
            return None
        values = {name: value for name, value in found.groupdict().items() if value is not None}
        for name, value in values.items():
            if name == _CURSOR:
                if not CURSOR.fullmatch(value):
                    raise InvalidArgument(_CURSOR, "it must come from the next of an earlier page.")
            elif not re.fullmatch(self.variables[name].pattern, value):
                raise InvalidArgument(name, self.variables[name].form)
        return values


def data(content: BaseModel | Mapping[str, Any]) -> str:
    """JSON in few characters, with nothing invisible in it."""
    plain = (
        content.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        if isinstance(content, BaseModel)
        else content
    )
    return compact(scrubbed(plain))


def page(text: str) -> str:
    """Markdown with nothing invisible in it."""
    return visible(text)


def next_page(uri: str, cursor: str | None) -> dict[str, str]:
    """The link to the page after this one, where there is one."""
    return {"next": f"{uri}?{_CURSOR}={cursor}"} if cursor is not None else {}


def rows_from(rows: Sequence[_Row], cursor: str, room: Room) -> tuple[tuple[_Row, ...], str | None]:
    """The rows from a cursor on that there is room for, and the next cursor. A row too big for any page is left out."""
    start = int(cursor) if cursor.isascii() and cursor.isdecimal() else 0
    if (cursor and str(start) != cursor) or start > len(rows):
        raise InvalidArgument(_CURSOR, "it must come from the next of an earlier page.")
    fitting = room.fit(rows[start:])
    end = start + max(1, len(fitting))
    return fitting, str(end) if end < len(rows) else None


def touched_by(intent: Intent) -> tuple[str, ...]:
    """The addresses of all that a write may have changed."""
    integration = f"{SCHEME}integrations/{intent.integration_id}"
    return (
        f"{SCHEME}integrations",
        integration,
        f"{integration}/mappings/{intent.mapping}",
        f"{SCHEME}changes/{intent.change_id}",
    )
