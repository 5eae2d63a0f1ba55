import json
from typing import Any, Literal

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import BaseModel, Field

from productive_integrations.app.build import build_server
from productive_integrations.app.lean import lean_input, lean_output
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import ChangeRow, FallsBack, WriteResult
from productive_integrations.schemas.view import IntegrationList, IntegrationRow, IntegrationView, MappingView
from productive_integrations.settings import read_settings

pytestmark = pytest.mark.anyio
ROW = IntegrationRow(id="1", type="Xero", name="Xero UK", state="active", entries={"item_mapping": 3})
MAPPING = MappingView(entries=2, columns=("key", "value"), rows=(("600131", "200"), ("600203", None)), default="200")
FINDING = Finding(rule="MAP101", severity="block", field="set", message="No.")
RESULTS = [
    IntegrationList(integrations=(ROW,), next_cursor="x"),
    IntegrationList(integrations=()),
    IntegrationView(
        id="1",
        type="Xero",
        name="Xero UK",
        state="active",
        mappings={"item_mapping": MAPPING},
        settings={"a": [1, {"b": None}]},
        findings=(FINDING,),
    ),
    WriteResult(
        outcome="applied",
        plan_id="p",
        changes=(ChangeRow(key="600131", before="200", after="4010"),),
        untouched=40,
        falls_back=FallsBack(count=1, names=("Design",), default="200"),
        findings=(FINDING,),
        next="Nothing.",
    ),
    WriteResult(
        outcome="busy", changes=(), untouched=0, falls_back=FallsBack(count=0), findings=(), next="Call again."
    ),
]


class Inner(BaseModel):
    """An inner thing."""

    title: str = Field(description="what it is called")
    default: int | None = None


class Outer(BaseModel):
    """An outer thing."""

    inner: Inner
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    maybe: Inner | None = None
    either: str | int = ""
    three: str | int | None = None
    choice: Literal["a", "b"] = "a"


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_a_result_fits_the_lean_schema_of_its_class_and_a_damaged_one_does_not(result: BaseModel) -> None:
    schema = lean_output(type(result).model_json_schema())
    given = result.model_dump(mode="json", exclude_none=True)

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(given, schema)
    for name in schema["required"]:
        damaged = {key: value for key, value in given.items() if key != name}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(damaged, schema)
    for name in [name for name, value in given.items() if not isinstance(value, dict)]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(given | {name: {}}, schema)


def test_an_output_schema_has_every_definition_in_its_place_and_no_word_too_many() -> None:
    schema = lean_output(Outer.model_json_schema())
    properties = schema["properties"]
    inner = {"title": {"type": "string"}, "default": {"type": "integer"}}

    assert (schema["type"], schema["required"]) == ("object", ["inner"])
    assert properties.keys() == Outer.model_fields.keys()
    assert properties["inner"]["properties"] == inner
    assert properties["many"]["items"]["properties"] == inner
    assert properties["named"]["additionalProperties"]["properties"] == inner
    assert properties["maybe"]["properties"] == inner
    assert properties["either"] == {"type": ["string", "integer"]}
    assert properties["choice"] == {"type": "string", "enum": ["a", "b"]}
    text = json.dumps(schema)
    assert not [word for word in ("$ref", "$defs", "an inner thing", "what it is called") if word in text]


def test_an_input_schema_is_closed_and_keeps_descriptions_and_defaults_that_say_something() -> None:
    schema = {
        "title": "Arguments",
        "type": "object",
        "properties": {
            "title": {"type": "string", "title": "Title", "description": "words", "default": ""},
            "limit": {"type": "integer", "title": "Limit", "default": 50, "minimum": 1},
            "cursor": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "description": "a place"},
            "only": {"type": "boolean", "default": False},
        },
    }

    assert lean_input(schema) == {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "words"},
            "limit": {"type": "integer", "default": 50, "minimum": 1},
            "cursor": {"type": "string", "description": "a place"},
            "only": {"type": "boolean", "default": False},
        },
        "additionalProperties": False,
    }
    assert schema["title"] == "Arguments"


async def test_the_schemas_of_all_tools_are_lean_closed_and_valid() -> None:
    server = build_server(read_settings({"PRODUCTIVE_API_TOKEN": "t", "PRODUCTIVE_ORGANIZATION_ID": "1"}))

    tools = await server.list_tools()

    assert tools
    for tool in tools:
        given: dict[str, Any] = tool.input_schema
        answer: dict[str, Any] = tool.output_schema or {}
        assert given["additionalProperties"] is False
        assert answer["properties"]
        for schema in (given, answer):
            jsonschema.Draft202012Validator.check_schema(schema)
            text = json.dumps(schema)
            assert not [word for word in ('"$ref"', '"$defs"', '"title":') if word in text]
