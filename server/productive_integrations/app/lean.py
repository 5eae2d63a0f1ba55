"""Schemas in as few characters as say the same, since a model pays for each."""

from typing import Any

Schema = dict[str, Any]


def lean_input(schema: Schema) -> Schema:
    """What a tool takes: without generated titles and empty defaults, and closed to unknown arguments."""
    return _lean(schema, {}, described=True) | {"additionalProperties": False}


def lean_output(schema: Schema) -> Schema:
    """What a tool gives: without titles, defaults and descriptions of classes, and every definition in its place.

    A property that may be left out is shown without null: results leave it out then. Only the fields of
    the whole say which are required.
    """
    lean = _lean(schema, schema.get("$defs", {}), described=False)
    return lean | {"type": "object", "required": schema.get("required", [])}


def _lean(schema: Schema, definitions: dict[str, Schema], *, described: bool) -> Schema:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    kept = {name: value for name, value in schema.items() if not _costs_only(name, value, described=described)}
    if "properties" in kept:
        if not described:
            kept.pop("type", None)
        required = schema.get("required", ())
        kept["properties"] = {
            key: _lean(value if key in required else _not_null(value), definitions, described=described)
            for key, value in kept["properties"].items()
        }
    for name in ("items", "additionalProperties"):
        if isinstance(kept.get(name), dict):
            kept[name] = _lean(kept[name], definitions, described=described)
    if "anyOf" in kept:
        choices = [_lean(choice, definitions, described=described) for choice in kept.pop("anyOf")]
        only_types = all(choice.keys() == {"type"} for choice in choices)
        kept |= {"type": [choice["type"] for choice in choices]} if only_types else {"anyOf": choices}
    return kept


def _costs_only(name: str, value: Any, *, described: bool) -> bool:
    if name in {"title", "$defs"} or (name == "default" and (value is None or value == "")):
        return True
    return not described and name in {"description", "default", "required"}


def _not_null(schema: Schema) -> Schema:
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1 or len(choices) == len(schema["anyOf"]):
        return schema
    only: Schema = choices[0]
    return only | {name: value for name, value in schema.items() if name != "anyOf"}
