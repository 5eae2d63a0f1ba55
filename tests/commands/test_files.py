import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productive_integrations.commands.files import ESCAPE, MAX_BYTES, FileRow, as_csv, as_json, parse, read_rows
from productive_integrations.errors import InvalidArgument
from productive_integrations.text import visible

texts = st.text(max_size=12).map(visible)
writable = st.none() | texts.filter(lambda text: text.strip() and not ESCAPE.search(text))
keys = texts.filter(str.strip)
values = st.none() | texts.filter(str.strip)


@st.composite
def exported(draw: st.DrawFn) -> list[FileRow]:
    held = draw(st.dictionaries(keys, values, min_size=1, max_size=8))
    names = draw(st.lists(st.none() | texts.filter(str.strip), min_size=len(held), max_size=len(held)))
    pairs = zip(held.items(), names, strict=True)
    return [FileRow(key=key, name=name, value=value, was=value) for (key, value), name in pairs]


@given(exported())
def test_a_file_that_nobody_changed_holds_the_same_rows_and_no_edit(rows: list[FileRow]) -> None:
    for content in (as_csv(rows), json.dumps(as_json(rows))):
        read = parse(content.encode())

        assert [(row.key, row.value, row.was) for row in read] == [(row.key, row.value, row.was) for row in rows]
        assert not any(row.is_edit for row in read)


@given(exported(), st.data())
def test_exactly_the_values_that_somebody_changed_are_edits(rows: list[FileRow], data: st.DataObject) -> None:
    wanted = {row.key: data.draw(writable) for row in rows}
    changed = [row.model_copy(update={"value": wanted[row.key]}) for row in rows]

    edits = {row.key: (row.was, row.value) for row in parse(as_csv(changed).encode()) if row.is_edit}

    assert edits == {row.key: (row.was, wanted[row.key]) for row in rows if row.was != wanted[row.key]}


@given(exported())
def test_no_cell_is_one_that_a_spreadsheet_computes(rows: list[FileRow]) -> None:
    cells = [cell for line in csv.reader(io.StringIO(as_csv(rows), newline="")) for cell in line]

    assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for cell in cells if cell)


@pytest.mark.parametrize(
    "content",
    [
        b"key,value\nDesign,4010\n",
        b"\xef\xbb\xbfkey,value\r\nDesign,4010\r\n",
        b"Key;Value\nDesign;4010",
        b"sep=;\r\nkey;value\r\nDesign;4010\r\n",
        b"key,value,,\nDesign,4010,,\n",
        b"value\tkey\n4010\tDesign\n\n\t\n",
        "key,value\nDesign,4010\n".encode("utf-16"),
        b'[{"key": "Design", "value": "4010"}]',
        b'\xef\xbb\xbf\n[{"key": "Design", "value": "4010"}]\n',
    ],
)
def test_the_forms_in_which_programs_save_it_mean_the_same(content: bytes) -> None:
    [row] = parse(content)

    assert (row.key, row.value, row.is_edit) == ("Design", "4010", True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "must name the columns key and value"),
        (b"Design,4010\n", "must name the columns key and value"),
        (b"key,value,note\nDesign,4010,x\n", 'the column "note"'),
        (b"key,value,\nDesign,4010,x\n", "a column without a name"),
        (b"PK\x03\x04\x14\x00\x06\x00", "a workbook"),
        (b"key,value,value\nDesign,4010,4020\n", "a column twice"),
        (b"key,value\nDesign\n", "line 2 has 1 cells"),
        (b"key,value\nDesign,4010,x\n", "line 2 has 3 cells"),
        (b"key,value\n,4010\n", "line 2: key"),
        (b"key,value\nDesign,\n", "line 2 has no value"),
        (b'[{"key": "Design", "value": null}]', "row 1 has no value"),
        (b'[{"key": "Design", "was": "4010"}]', "row 1 has no member value"),
        (b"key,value\nDesign,4010\\u{200b}\n", "cannot be seen"),
        (b"key,value\nDesign,4010\nDesign,4020\n", "line 3 has the key of line 2"),
        (b'key,value\n"Design,4010\n', "quotation marks"),
        (b"key,value\nDesign,caf\xe9\n", "UTF-8"),
        (b"key,value\nDesign," + b"4" * 1001, "line 2: a key has up to 200 characters"),
        (b"key,value\n" + b"D" * 201 + b",4010", "line 2: a key has up to 200 characters"),
        (b"{}", "array of objects"),
        (b'["Design"]', "row 1 must be an object"),
        (b'[{"key": "\\ud800", "value": "1"}]', "row 1 holds text that is not Unicode"),
        (b'[{"key": "Design"', "not valid JSON"),
        (b'[{"key": "Design", "key": "UX", "value": "1"}]', "not valid JSON"),
        (b'[{"key": "Design", "value": 4010}]', "row 1: value must be text"),
        (b'[{"key": "A", "value": "1"}, {"value": "4010"}]', "row 2: key is missing"),
        (b'[{"key": "Design", "value": "4010", "waz": "1"}]', "row 1 has a member of another name"),
    ],
)
def test_a_file_that_could_be_misread_is_refused_with_the_place_and_the_remedy(content: bytes, says: str) -> None:
    with pytest.raises(InvalidArgument, match="FILE: ") as refused:
        parse(content)

    assert says in str(refused.value)
    assert "4010" not in str(refused.value)


@given(st.binary(max_size=60))
def test_any_bytes_are_rows_or_one_sentence(content: bytes) -> None:
    try:
        keys_read = [row.key for row in parse(content)]
    except InvalidArgument as error:
        keys_read = [str(error).removeprefix("FILE: ")]

    assert all(keys_read)


def test_a_file_that_cannot_be_read_is_refused() -> None:
    for name in ("/nowhere/file.csv", "."):
        with pytest.raises(InvalidArgument, match="it cannot be read"):
            read_rows(name)


def test_a_huge_file_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    huge = tmp_path_factory.mktemp("huge") / "huge.csv"
    huge.write_bytes(b"x" * (MAX_BYTES + 1))

    with pytest.raises(InvalidArgument, match="5 MB"):
        read_rows(str(huge))
