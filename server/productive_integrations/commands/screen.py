"""A person's terminal, or a program's pipe."""

import json
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TextIO

from pydantic import BaseModel
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from productive_integrations.text import scrubbed, visible

if sys.platform == "win32":
    import msvcrt

    def forget_keys() -> None:
        """Drop what was typed before anybody could see the question."""
        while msvcrt.kbhit():
            msvcrt.getwch()
else:
    import termios

    def forget_keys() -> None:
        """Drop what was typed before anybody could see the question."""
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


_UNBROKEN = 100_000
"""Columns where no terminal wraps lines: a program reads them."""
_BETWEEN, _NARROW = 3, 10
"""Columns of the terminal between two of a table, and the least for one whose words are broken."""
Cell = str | tuple[str, ...] | None
"""Text of one line, or several of them."""
_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no"})


class OutputLost(Exception):
    """A result could not be shown, whatever it was."""


class Screen:
    """Results on standard output, as tables or as one JSON document; progress and questions on standard error.

    Names of others are shown as they are: never as markup, with invisible characters made visible.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._out, self._err = _console(sys.stdout), _console(sys.stderr)

    @property
    def can_ask(self) -> bool:
        """Whether a person sits in front of it."""
        # A shell may have closed either.
        return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))

    def data(self, value: BaseModel) -> None:
        """A result for a program."""
        plain = value.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        self.write(self.document(plain))

    @staticmethod
    def document(value: object) -> str:
        """JSON that a person can read and edit."""
        return json.dumps(scrubbed(value), indent=2, ensure_ascii=False) + "\n"

    @staticmethod
    def write(text: str) -> None:
        """Text as it is. Raises BrokenPipeError when the reader has gone, OutputLost when it can go nowhere else."""
        if sys.stdout is None:
            raise OutputLost("Standard output is closed.")
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(f"Standard output cannot be written ({error.strerror}).") from error

    def line(self, text: str = "") -> None:
        """A line of a result."""
        if self._out.is_terminal:
            self._out.print(Text(_one_line(text)))
        else:
            self.write(f"{_one_line(text)}\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Rows under their columns; a column with nothing in it is left out."""
        if self._out.is_terminal:
            self._out.print(table_of(columns, rows, self._out.width, box.SIMPLE) or "", end="")
        elif table := table_of(columns, rows, _UNBROKEN, None):
            drawn = StringIO()
            _console(drawn).print(table)
            self.write("".join(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines()))

    def table_beside(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """The same where questions are put."""
        self._err.print(table_of(columns, rows, self._err.width, box.SIMPLE) or "", end="")

    def notice(self, text: str) -> None:
        """A line beside the result, such as what is being waited for."""
        self._err.print(Text(_one_line(text)))

    @contextmanager
    def progress(self, total: int) -> Iterator["Bar"]:
        """A bar while something of so many steps runs, where somebody can see it."""
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
        with Progress(*columns, console=self._err, transient=True, disable=not self._err.is_terminal) as shown:
            yield Bar(shown, total)

    def ask(self, question: str) -> bool | None:
        """The answer of the person, or none when they leave the question. Ctrl-C raises KeyboardInterrupt."""
        # asyncio's own handler would wait until the line is read.
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            forget_keys()
            while True:
                sys.stderr.write(f"{visible(question)} [y/n] ")
                sys.stderr.flush()
                # Whatever is typed, a yes is a yes and anything else is not.
                line = sys.stdin.buffer.readline()
                answer = line.decode("utf-8", "replace").strip().lower()
                if not line or answer in _YES | _NO:
                    return answer in _YES if line else None
        finally:
            signal.signal(signal.SIGINT, handler)


class Bar:
    """How far something is."""

    def __init__(self, shown: Progress, total: int) -> None:
        self._shown, self._task = shown, shown.add_task("", total=total)

    def step(self, doing: str) -> None:
        """One more is about to be done."""
        self._shown.update(self._task, description=_one_line(doing))

    def done(self) -> None:
        """One more is done."""
        self._shown.advance(self._task)


def table_of(columns: Sequence[str], rows: Iterable[Sequence[Cell]], width: int, frame: box.Box | None) -> Table | None:
    """The table for a terminal of so many columns, none where nothing is in it."""
    held = [[(cell,) if isinstance(cell, str) else cell or () for cell in row] for row in rows]
    shown = [index for index, _ in enumerate(columns) if any(any(row[index]) for row in held)]
    table = Table(box=frame, pad_edge=False)
    lines = [[columns[index], *(_one_line(line) for row in held for line in row[index])] for index in shown]
    for index, whole in zip(shown, _unbroken(lines, width), strict=True):
        # Half a code would be another code, so nothing is cut.
        table.add_column(columns[index], overflow="fold", no_wrap=whole)
    for row in held:
        table.add_row(*(Text("\n".join(map(_one_line, row[index]))) for index in shown))
    return table if shown else None


def _unbroken(columns: Sequence[Sequence[str]], width: int) -> list[bool]:
    """Which columns keep their lines whole: those of single words, from the narrowest on while there is room."""
    needed = [max(map(cell_len, lines)) for lines in columns]
    single = [index for index, lines in enumerate(columns) if not any(" " in line for line in lines)]
    room = width - _BETWEEN * len(columns) - _NARROW * len(columns)
    whole = [False] * len(columns)
    for index in sorted(single, key=needed.__getitem__):
        room -= max(0, needed[index] - _NARROW)
        whole[index] = room >= 0
    return whole


def _one_line(text: str) -> str:
    """Somebody's words cannot begin a line that looks like one of ours."""
    return visible(text).replace("\n", "\\u{a}")


def _console(stream: TextIO | None) -> Console:
    # One that a shell has closed is no terminal, and what is written beside results is lost with it.
    stream = stream or StringIO()
    width = None if stream.isatty() else _UNBROKEN
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
