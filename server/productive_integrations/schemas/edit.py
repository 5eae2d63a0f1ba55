import hashlib
import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from productive_integrations.providers import Hash

MAX_ENTRIES = 500
MAX_VALUE = 1000
"""Characters."""
Key = Annotated[str, Field(max_length=200)]
Value = Annotated[str, Field(max_length=MAX_VALUE)]


class Edit(BaseModel):
    """What somebody wants changed in one mapping, in their words: ids or names, values as text."""

    model_config = ConfigDict(frozen=True)

    integration_id: str
    mapping: str
    set: dict[Key, Value] = {}
    remove: tuple[Key, ...] = ()
    expect: dict[Key, Value] = {}
    default: Value | None = None
    reason: str | None = None

    def digest(self, organization_id: str, caller: str) -> str:
        """The same for the same edit by the same caller, whatever reason is given: a repeated call is known by it."""
        edit = self.model_dump(mode="json", exclude={"reason"})
        words = json.dumps([organization_id, caller, edit], sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()


class EntryChange(BaseModel):
    """One entry before and after. None means that there is no entry."""

    model_config = ConfigDict(frozen=True)

    key: str
    before: JsonValue = None
    after: JsonValue = None
    key_name: str | None = None
    after_name: str | None = None


class DefaultChange(BaseModel):
    """The attribute that covers unmapped keys, before and after."""

    model_config = ConfigDict(frozen=True)

    attribute: str
    before: JsonValue = None
    after: JsonValue = None
    after_name: str | None = None


class Change(BaseModel):
    """What an edit comes to on a mapping as it was read."""

    model_config = ConfigDict(frozen=True)

    entries: tuple[EntryChange, ...] = ()
    default: DefaultChange | None = None

    def __bool__(self) -> bool:
        return bool(self.entries) or self.default is not None

    def applied_to(self, current: Hash) -> Hash:
        """The whole hash with these entries changed and every other one as it is, in its place."""
        wanted = dict(current)
        for entry in self.entries:
            if entry.after is None:
                wanted.pop(entry.key, None)
            else:
                wanted[entry.key] = entry.after
        return wanted
