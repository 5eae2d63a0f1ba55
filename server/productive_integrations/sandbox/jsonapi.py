"""JSON:API documents of records."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import problems
from .problems import Refused
from .records import Record, Records
from .resources import RESOURCES
from .world.attributes import CREDENTIALS

Tree = dict[str, "Tree"]
"""Relationships to include, by name, each with those to include beyond it."""


@dataclass(slots=True)
class View:
    """What one request sees of the organization, and how it wants it written."""

    records: Records
    include: Tree = field(default_factory=dict)
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    secrets_blanked: bool = False

    def one(self, record: Record) -> dict[str, Any]:
        """The document of one record."""
        return {"data": self._resource(record, self.include), **self._included([record])}

    def many(self, records: list[Record]) -> dict[str, Any]:
        """The document of some records."""
        data = [self._resource(record, self.include) for record in records]
        return {"data": data, **self._included(records)}

    def _resource(self, record: Record, include: Tree) -> dict[str, Any]:
        attributes = dict(record.attributes)
        if self.secrets_blanked and record.type == "integrations":
            attributes |= dict.fromkeys(CREDENTIALS)
        relationships: dict[str, Any] = {
            name: {"data": link} if name in include else {"meta": {"included": False}}
            for name, link in record.relationships.items()
        }
        wanted = self.fields.get(record.type)
        if wanted is not None:
            attributes = {name: value for name, value in attributes.items() if name in wanted}
            relationships = {name: value for name, value in relationships.items() if name in wanted}
        return {
            "id": record.id,
            "type": record.type,
            "attributes": attributes,
            "relationships": relationships,
        }

    def _included(self, records: Iterable[Record]) -> dict[str, Any]:
        if not self.include:
            return {}
        found: dict[tuple[str, str], tuple[Record, Tree]] = {}
        self._collect(records, self.include, found)
        return {"included": [self._resource(record, beyond) for record, beyond in found.values()]}

    def _collect(
        self, records: Iterable[Record], include: Tree, found: dict[tuple[str, str], tuple[Record, Tree]]
    ) -> None:
        for record in records:
            for name, beyond in include.items():
                link = record.relationships.get(name)
                other = self.records[link["type"]].get(link["id"]) if link else None
                if other is not None:
                    _, known = found.get((other.type, other.id), (other, {}))
                    found[other.type, other.id] = (other, known | beyond)
                    self._collect([other], beyond, found)


def include_tree(resource: str, text: str) -> Tree:
    """What `include=` asks for. Raises Refused for a relationship that the resource does not have."""
    tree: Tree = {}
    for path in filter(None, text.split(",")):
        node, place = tree, resource
        for name in path.split("."):
            if name not in RESOURCES[place].includes:
                raise Refused(problems.unsupported_include(path))
            node = node.setdefault(name, {})
            place = RESOURCES[place].includes[name]
    return tree


def sparse_fields(params: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """What `fields[type]=` asks for, by type."""
    names = {name: re.fullmatch(r"fields\[(\w+)\]", name) for name in params}
    return {match[1]: frozenset(params[name].split(",")) for name, match in names.items() if match}
