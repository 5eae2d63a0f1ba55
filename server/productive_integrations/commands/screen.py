"""A person's terminal, or a program's pipe."""

import json
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from productive_integrations.text import scrubbed, visible

_UNBROKEN = 100_000
"""Columns where no terminal wraps lines: a program reads them."""
_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no"})


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
        return sys.stdin.isatty() and sys.stderr.isatty()

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
        """Text as it is."""
        sys.stdout.write(text)

    def line(self, text: str = "") -> None:
        """A line of a result."""
        if self._out.is_terminal:
            self._out.print(Text(visible(text)))
        else:
            self.write(f"{visible(text)}\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        """Rows under their columns; a column with nothing in it is left out."""
        held = [[cell or "" for cell in row] for row in rows]
        shown = [index for index, _ in enumerate(columns) if any(row[index] for row in held)]
        if not shown:
            return
        on_terminal = self._out.is_terminal
        table = Table(box=box.SIMPLE if on_terminal else None, pad_edge=False)
        for index in shown:
            # Half a code would be another code, so nothing is cut.
            table.add_column(columns[index], overflow="fold")
        for row in held:
            table.add_row(*(Text(visible(row[index])) for index in shown))
        if on_terminal:
            self._out.print(table)
            return
        with self._out.capture() as drawn:
            self._out.print(table)
        self.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))

    def notice(self, text: str) -> None:
        """A line beside the result, such as what is being waited for."""
        self._err.print(Text(visible(text)))

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
            while True:
                sys.stderr.write(f"{visible(question)} [y/n] ")
                sys.stderr.flush()
                line = sys.stdin.readline()
                answer = line.strip().lower()
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
        self._shown.update(self._task, description=visible(doing))

    def done(self) -> None:
        """One more is done."""
        self._shown.advance(self._task)


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else _UNBROKEN
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
