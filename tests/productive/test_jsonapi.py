import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productive_integrations.errors import BadAnswer
from productive_integrations.productive.jsonapi import error_codes, parse, patch_document, strict_json

MOST = 2**63 - 1
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-MOST, MOST), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


@given(JSON, st.sampled_from([{}, {"ensure_ascii": False}, {"indent": 2}]))
def test_json_that_means_one_thing_is_read_as_that_thing(value: Any, form: dict[str, Any]) -> None:
    assert strict_json(json.dumps(value, **form).encode()) == value


@given(JSON)
def test_types_survive_too(value: Any) -> None:
    assert json.dumps(strict_json(json.dumps(value).encode())) == json.dumps(value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":1} {"b":2}',
        b'{"a":1,"a":1}',
        b'[{"b":{"a":1,"\\u0061":2}}]',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"9223372036854775808",
        b"-9223372036854775808",
        b"1" * 5000,
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32"),
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"a\nb"',
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_json_that_parsers_read_differently_is_refused_in_words_of_ours(body: bytes) -> None:
    with pytest.raises(BadAnswer, match=r"^Productive's answer is not valid JSON\.$"):
        strict_json(body)


@pytest.mark.parametrize("body", [b"[" * 64 + b"]" * 64, b'{"a":' * 64 + b"1" + b"}" * 64], ids=["lists", "objects"])
def test_64_levels_are_read(body: bytes) -> None:
    assert json.dumps(strict_json(body), separators=(",", ":")).encode() == body


@pytest.mark.parametrize("text", ["[" * 200, "{" * 200, '\\"' + "[" * 200, "\\\\" * 99 + "]", '"[' * 90])
def test_brackets_in_text_are_no_levels(text: str) -> None:
    assert strict_json(json.dumps([text, {text: text}]).encode()) == [text, {text: text}]


@pytest.mark.parametrize("end", [b"", b"\\", b"\\\n", b"\n"])
def test_a_string_without_an_end_is_refused_without_delay(end: bytes) -> None:
    body = b'"' + b'\\"' * 200_000 + end

    started = time.monotonic()
    with pytest.raises(BadAnswer):
        strict_json(body)

    assert time.monotonic() - started < 2


def valid(document: Any) -> str:
    return json.dumps(document)


HOLDERS = st.sampled_from(["@", "[@]", "[1,@]", '{"a":@}', '{"a":[{"b":@}]}', '[{"a":null},@]'])
AMBIGUOUS = st.one_of(
    st.sampled_from(["NaN", "Infinity", "-Infinity", "1e999", "-1E+400", "01", "+1", "1.", ".5", "0x1F", "'a'", "nul"]),
    st.sampled_from(['"\\x41"', '"\\u12"', '"a\tb"', "[1,]", '{"a":1,}', "{a:1}", "//x\n1", "\ufeff1", "1 2", "]"]),
    st.integers(2**63).map(str),
    st.integers(max_value=-(2**63) - 1).map(str),
    st.builds(
        lambda key, one, two: f"{{{key}:{one},{key}:{two}}}", st.text().map(valid), JSON.map(valid), JSON.map(valid)
    ),
    st.integers(65, 300).map(lambda depth: "[" * depth + "]" * depth),
)


@given(HOLDERS, AMBIGUOUS)
def test_one_ambiguous_part_anywhere_refuses_the_whole(holder: str, part: str) -> None:
    with pytest.raises(BadAnswer):
        strict_json(holder.replace("@", part).encode())


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()), st.data())
def test_bytes_are_read_as_the_standard_parser_reads_them_or_refused(body: bytes, data: st.DataObject) -> None:
    place, extra = data.draw(st.integers(0, len(body))), data.draw(st.binary(max_size=3))
    body = body[:place] + extra + body[place:]
    try:
        read = strict_json(body)
    except BadAnswer:
        return

    assert json.dumps(read) == json.dumps(json.loads(body.decode("utf-8")))


@pytest.mark.parametrize(
    "content",
    [
        [],
        "text",
        {},
        {"data": None},
        {"data": {"type": "people"}},
        {"data": {"id": "1"}},
        {"data": {"type": "people", "id": 1}},
        {"data": {"type": "people", "id": "0"}},
        {"data": {"type": "people", "id": "01"}},
        {"data": {"type": "people", "id": "12\n"}},
        {"data": {"type": "people", "id": "\uff11\uff12"}},
        {"data": {"type": "people", "id": "../1"}},
        {"data": {"type": "people", "id": "1" * 20}},
        {"data": {"type": "people", "id": "1", "attributes": []}},
        {"data": [{"type": "people", "id": "x"}]},
        {"data": [], "links": {"next": 7}},
        {"data": [], "included": [{"type": "people", "id": "-1"}]},
    ],
    ids=str,
)
def test_json_that_is_no_document_is_refused_without_an_echo(content: object) -> None:
    with pytest.raises(BadAnswer, match=r"^Productive's answer is not a JSON:API document\.$"):
        parse(json.dumps(content).encode())


def test_one_record_and_many_are_not_taken_for_each_other() -> None:
    record = {"type": "people", "id": "7"}
    one, many = parse(json.dumps({"data": record}).encode()), parse(json.dumps({"data": [record]}).encode())

    assert one.one.id == "7"
    assert [each.id for each in many.many] == ["7"]
    with pytest.raises(BadAnswer, match="a list where one record"):
        _ = many.one
    with pytest.raises(BadAnswer, match="one record where a list"):
        _ = one.many


def test_a_relationship_that_was_not_included_says_nothing_and_a_null_one_that_there_is_none() -> None:
    relationships = {
        "hidden": {"meta": {"included": False}},
        "none": {"data": None},
        "one": {"data": {"type": "people", "id": "7"}},
        "many": {"data": [{"type": "people", "id": "7"}]},
    }
    record = {"type": "deals", "id": "1", "relationships": relationships}
    included = [
        {"type": "deals", "id": "7", "attributes": {"name": "wrong"}},
        {"type": "people", "id": "7", "attributes": {"name": "Ada"}},
    ]
    page = parse(json.dumps({"data": record, "included": included}).encode())
    links = page.one.relationships

    assert [links[name].one for name in ("hidden", "none", "many")] == [None, None, None]
    assert links["one"].one is not None
    assert page.name_of(links["one"].one) == "Ada"


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ({"errors": [{"status": 403, "code": "no_organization_id", "title": "T"}]}, ["no_organization_id"]),
        ({"errors": [{"status": "unprocessable_content", "title": "T"}, {"status": "1"}]}, ["T", ""]),
        ({"errors": []}, []),
        ({"errors": "no"}, []),
        ({"data": []}, []),
        ("<html>", []),
    ],
    ids=str,
)
def test_the_codes_of_an_error_answer_are_read_whatever_its_status_looks_like(
    content: object, codes: list[str]
) -> None:
    assert error_codes(json.dumps(content).encode()) == codes


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"errors":[],"errors":[]}', b"\xff"])
def test_an_error_answer_that_is_no_json_has_no_codes(body: bytes) -> None:
    assert error_codes(body) == []


@given(st.dictionaries(st.text(st.characters(exclude_categories=())), st.text(), max_size=5))
def test_a_patch_says_type_id_and_attributes_and_nothing_else(entries: dict[str, str]) -> None:
    body = patch_document("integrations", "74211", {"account_code_mapping": entries})

    assert json.loads(body) == {
        "data": {
            "type": "integrations",
            "id": "74211",
            "attributes": {"account_code_mapping": json.loads(json.dumps(entries))},
        }
    }


def test_a_stored_value_that_utf_8_cannot_carry_goes_back_as_it_came() -> None:
    attributes = parse(b'{"data":{"type":"integrations","id":"1","attributes":{"m":{"1":"a\\ud800"}}}}').one.attributes

    assert strict_json(patch_document("integrations", "1", attributes))["data"]["attributes"] == attributes
