r"""A mapping as a file that a person edits: CSV for spreadsheets, JSON for programs. Pure but for reading the file.

Each row has `key` and `value`; `name` and `value_name` are there for the reader alone. `was` is the value when the file
was made: a row whose value is still that is no edit, and one that differs is an edit of exactly that value. A blank
value is no entry. Characters that cannot be seen are shown as `\u{…}`.
"""

import csv
import io
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from productive_integrations.errors import BadAnswer, InvalidArgument
from productive_integrations.productive.jsonapi import strict_json
from productive_integrations.schemas.edit import MAX_VALUE
from productive_integrations.text import quoted

from .base import is_unicode

COLUMNS = ("key", "name", "value", "value_name", "was")
MAX_BYTES = 5 * 1024 * 1024
MAX_KEY = 200
"""Characters."""
_DELIMITERS = ",;\t"
_WORKBOOK = b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
ESCAPE = re.compile(r"\\u\{[0-9a-f]+\}")
"""How a character that cannot be seen is shown."""
_FORMULA = "=+-@\t\r'"
"""What a spreadsheet would compute, or swallow, at the start of a cell."""


class FileRow(BaseModel):
    """One row. `was` counts where it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    key: str
    name: str | None = None
    value: str | None = None
    value_name: str | None = None
    was: str | None = None

    @property
    def tells_before(self) -> bool:
        """Whether the row says what the value was."""
        return "was" in self.model_fields_set

    @property
    def is_edit(self) -> bool:
        """Whether the row wants something changed."""
        return not self.tells_before or (self.value or None) != (self.was or None)


_ROWS = TypeAdapter(list[FileRow])


def as_csv(rows: Iterable[FileRow]) -> str:
    """The rows as CSV, with no cell that a spreadsheet would compute."""
    held = list(rows)
    columns = [column for column in COLUMNS if "name" not in column or any(getattr(row, column) for row in held)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(getattr(row, column) or "") for column in columns] for row in held)
    return text.getvalue()


def as_json(rows: Iterable[FileRow]) -> list[dict[str, str | None]]:
    """The rows as JSON."""
    return [
        {"key": row.key}
        | {column: given for column in ("name", "value_name") if (given := getattr(row, column))}
        | {"value": row.value, "was": row.was}
        for row in rows
    ]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] and cell[0] in _FORMULA else cell


def _meant(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA else cell


def write_new(name: str, text: str, encoding: str) -> None:
    """Write a file that is not there yet: one that is may hold somebody's work. Raises InvalidArgument."""
    try:
        with Path(name).open("x", encoding=encoding) as file:
            file.write(text)
    except FileExistsError:
        raise InvalidArgument("--output", "there is such a file already; choose another name.") from None
    except OSError as error:
        raise InvalidArgument("--output", f"it cannot be written ({error.strerror}).") from error


def read_rows(name: str) -> tuple[FileRow, ...]:
    """The rows of a file, or of standard input for `-`. Raises InvalidArgument, naming line and remedy."""
    try:
        with _opened(name) as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _wrong(f"it cannot be read ({error.strerror}).") from error
    if len(content) > MAX_BYTES:
        raise _wrong("it is larger than 5 MB.")
    return parse(content)


def _opened(name: str) -> BinaryIO:
    if name != "-":
        return Path(name).open("rb")
    if sys.stdin is None:  # as where a shell has closed it
        raise _wrong("there is no standard input to read.")
    return sys.stdin.buffer


def parse(content: bytes) -> tuple[FileRow, ...]:
    """Rows from JSON (an array of objects) or CSV (with a header). Raises InvalidArgument, naming line and remedy."""
    text = _text(content)
    rows = _from_json(text) if text.lstrip()[:1] in {"[", "{"} else _from_csv(text)
    seen: dict[str, str] = {}
    for place, row in rows:
        if first := seen.get(row.key):
            raise _wrong(f"{place} has the key of {first}; keep one of them.")
        seen[row.key] = place
        if row.is_edit:
            _check_edit(place, row)
    return tuple(row for _, row in rows)


def _check_edit(place: str, row: FileRow) -> None:
    if not row.key:
        raise _wrong(f"{place}: key is missing.")
    if "value" not in row.model_fields_set:
        raise _wrong(f"{place} has no member value; give it, null to unmap the key.")
    if not row.value and not row.tells_before:
        raise _wrong(f"{place} has no value; leave the row out, or name its key with --remove.")
    if not is_unicode(row.key + (row.value or "")):
        raise _wrong(f"{place} holds text that is not Unicode.")
    if len(row.key) > MAX_KEY or len(row.value or "") > MAX_VALUE:
        raise _wrong(f"{place}: a key has up to {MAX_KEY} characters, a value up to {MAX_VALUE}.")
    if ESCAPE.search(row.value or ""):
        raise _wrong(f"{place}: value holds a character that cannot be seen and is only shown here; write it anew.")


def _text(content: bytes) -> str:
    if content.startswith(_WORKBOOK):
        raise _wrong('it is a workbook; save it as "CSV UTF-8".')
    try:
        return content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong('it is not in UTF-8; save it as "CSV UTF-8".') from None


def _from_json(text: str) -> list[tuple[str, FileRow]]:
    try:
        rows = _ROWS.validate_python(strict_json(text.encode()))
    except BadAnswer:
        raise _wrong("it is not valid JSON.") from None
    except ValidationError as error:
        raise _wrong(_first_mistake(error)) from None
    return [(f"row {number}", row) for number, row in enumerate(rows, 1)]


def _from_csv(text: str) -> list[tuple[str, FileRow]]:
    first, _, rest = text.partition("\n")
    if first.strip().lower() in {f"sep={delimiter}".strip() for delimiter in _DELIMITERS}:
        # How some spreadsheets say which delimiter they use.
        first, text = rest.partition("\n")[0], rest
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        _check_header(header)
        for cells in reader:
            place = f"line {reader.line_num}"
            if any(cell.strip() for cell in cells):
                rows.append((place, _row(header, cells, place)))
    except csv.Error:
        raise _wrong(f"line {reader.line_num} is not CSV: look at its quotation marks.") from None
    return rows


def _check_header(header: Sequence[str]) -> None:
    known = ", ".join(COLUMNS)
    if not {"key", "value"} <= set(header):
        raise _wrong(f"its first line must name the columns key and value, and may name {known}.")
    named = [column for column in header if column]
    if unknown := [column for column in named if column not in COLUMNS]:
        raise _wrong(f"take out the column {quoted(unknown[0])}; it may have {known}.")
    if len(set(named)) != len(named):
        raise _wrong("its first line names a column twice.")


def _row(header: Sequence[str], cells: Sequence[str], place: str) -> FileRow:
    if len(cells) != len(header):
        raise _wrong(f"{place} has {len(cells)} cells, and the first line has {len(header)}.")
    pairs = list(zip(header, cells, strict=True))
    if any(cell.strip() for column, cell in pairs if not column):
        raise _wrong(f"{place} has a cell in a column without a name.")
    held = {column: _meant(cell) or None for column, cell in pairs if column}
    try:
        return FileRow.model_validate(held | {"key": held["key"] or ""})
    except ValidationError as error:
        raise _wrong(_first_mistake(error, place)) from None


def _first_mistake(error: ValidationError, place: str = "") -> str:
    mistake = error.errors(include_input=False, include_url=False)[0]
    at = mistake["loc"]
    if at and isinstance(at[0], int):
        place, at = f"row {at[0] + 1}", at[1:]
    if not at:
        return f"{place or 'it'} must be {'an object with key and value' if place else 'an array of objects'}."
    if mistake["type"] == "extra_forbidden":
        return f"{place} has a member of another name than {', '.join(COLUMNS)}; take it out."
    what = "must be text, in quotation marks" if mistake["type"] == "string_type" else "is missing"
    return f"{place}: {at[0]} {what}."


def _wrong(remedy: str) -> InvalidArgument:
    return InvalidArgument("FILE", remedy)
