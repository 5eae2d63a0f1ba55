from collections import Counter
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich import box
from rich.console import Console

from productive_integrations.commands.screen import table_of

words = st.text("abcdefgh", min_size=1, max_size=40)
lines = st.lists(words, min_size=1, max_size=4).map(" ".join)
rows = st.lists(st.tuples(words, lines, words, lines), min_size=1, max_size=4)


@given(rows, st.integers(60, 140))
def test_no_letter_is_lost_however_narrow_the_terminal(cells: list[tuple[str, ...]], width: int) -> None:
    drawn = StringIO()
    table = table_of(("1", "2", "3", "4"), cells, width, box.SIMPLE)
    Console(file=drawn, width=width).print(table or "")

    shown = Counter(letter for letter in drawn.getvalue() if letter.isalpha())
    assert shown == Counter(letter for row in cells for cell in row for letter in cell if letter.isalpha())
    assert all(len(line) <= width for line in drawn.getvalue().splitlines())
