"""Charts that people hand over: what exists in the other system, as CSV files in one folder."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from .errors import SettingsError
from .providers.markers import CodeKind
from .schemas.chart import CHART_KINDS, Chart, ChartRow

HEADER = ("integration_id", "kind", "code", "name", "class", "active")
MAX_BYTES = 20 * 1024 * 1024
_YES, _NO = frozenset({"", "true", "yes", "1", "active"}), frozenset({"false", "no", "0", "inactive", "archived"})


class Charts:
    """The charts of a folder, read again when a file in it changes.

    Every `*.csv` has the header `integration_id,kind,code,name,class,active`; several classes are divided by `|`, and
    a blank `active` means yes. Raises SettingsError, naming the file and line, for one that cannot be understood.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._charts: dict[str, Chart] = {}
        self.refresh()

    def of(self, integration_id: str) -> Chart:
        """The chart of one integration, empty when nobody gave one."""
        self.refresh()
        return self._charts.get(integration_id, Chart())

    def refresh(self) -> None:
        """Read the files anew if one of them changed."""
        if self._folder is None:
            return
        if not self._folder.is_dir():
            raise SettingsError("PRODUCTIVE_CHARTS: there is no such folder; make it or unset the variable.")
        files = sorted(file for file in self._folder.glob("*.csv") if file.is_file())
        seen = tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
        if seen == self._seen:
            return
        rows: dict[str, dict[tuple[CodeKind, str], ChartRow]] = defaultdict(dict)
        for file in files:
            for place, integration_id, row in _rows(file):
                if rows[integration_id].setdefault((row.kind, row.code), row) is not row:
                    raise SettingsError(f"PRODUCTIVE_CHARTS: {place}: this code of this kind is there already.")
        self._charts = {integration_id: Chart(tuple(chart.values())) for integration_id, chart in rows.items()}
        self._seen = seen


def _rows(file: Path) -> Iterator[tuple[str, str, ChartRow]]:
    if file.stat().st_size > MAX_BYTES:
        raise SettingsError(f"PRODUCTIVE_CHARTS: {file.name} is larger than 20 MB.")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            if tuple(name.strip().lower() for name in next(reader, [])) != HEADER:
                raise SettingsError(f"PRODUCTIVE_CHARTS: {file.name} must begin with the line {','.join(HEADER)}.")
            for cells in reader:
                place = f"{file.name}, line {reader.line_num}"
                if any(cell.strip() for cell in cells):
                    yield place, *_row(cells, place)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"PRODUCTIVE_CHARTS: {file.name} is not a CSV file in UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"PRODUCTIVE_CHARTS: {file.name} cannot be read.") from error


def _row(cells: list[str], place: str) -> tuple[str, ChartRow]:
    if len(cells) != len(HEADER):
        raise SettingsError(f"PRODUCTIVE_CHARTS: {place} must have {len(HEADER)} cells.")
    integration_id, kind, code, name, classes, active = (cell.strip() for cell in cells)
    if not (integration_id.isascii() and integration_id.isdigit()):
        raise SettingsError(f"PRODUCTIVE_CHARTS: {place}: integration_id must be the number of an integration.")
    if kind.lower() not in CHART_KINDS:
        raise SettingsError(f"PRODUCTIVE_CHARTS: {place}: kind must be one of {', '.join(CHART_KINDS)}.")
    if not code:
        raise SettingsError(f"PRODUCTIVE_CHARTS: {place}: code is blank.")
    if active.lower() not in _YES | _NO:
        raise SettingsError(f"PRODUCTIVE_CHARTS: {place}: active must be true or false.")
    parts = frozenset("".join(part.split()).upper() for part in classes.split("|") if part.strip())
    return integration_id, ChartRow(CHART_KINDS[kind.lower()], code, name, parts, active.lower() in _YES)
