import json
import re
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from productive_integrations.text import compact, hidden_characters, quoted, scrubbed, visible

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=12,
)


def test_every_character_that_cannot_be_seen_is_shown_by_its_number_and_every_other_stays() -> None:
    differing = []
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        category = unicodedata.category(char)
        # Tags and further variation selectors are of other categories, but nobody sees them either.
        hidden = (category in HIDDEN and char != "\n") or 0xE0000 <= number <= 0xE0FFF
        wanted = f"\\u{{{number:x}}}" if hidden else char
        if visible(char) != wanted and category != "Cn":
            differing.append(hex(number))
    assert differing == []


def test_hidden_characters_are_found_by_their_category() -> None:
    found = {chr(number) for number in range(sys.maxunicode + 1) if hidden_characters(chr(number))}

    assert found == {chr(number) for number in range(sys.maxunicode + 1) if unicodedata.category(chr(number)) in HIDDEN}
    assert hidden_characters("abc\u200b")
    assert not hidden_characters("Über 4010 € ✓")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ab\u202ecd", "ab\\u{202e}cd"),
        ("line\nline", "line\nline"),
        ("\r\t\x1b[31m", "\\u{d}\\u{9}\\u{1b}[31m"),
        ("Xero \ud800", "Xero \\u{d800}"),
        ("\U000e0041", "\\u{e0041}"),
        ("👩\u200d💻", "👩\\u{200d}💻"),
    ],
    ids=ascii,
)
def test_hidden_text_is_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_JSON)
@example({"\ud800": ["\udfff", {"a\u202e": ("\ud83d", None)}]})
def test_whatever_is_scrubbed_can_travel_as_utf_8_and_holds_nothing_hidden(value: Any) -> None:
    text = compact(scrubbed(value))

    assert json.loads(text.encode("utf-8")) == json.loads(json.dumps(scrubbed(value)))
    assert not hidden_characters(text)


@given(ANY_JSON)
def test_scrubbing_twice_is_scrubbing_once(value: Any) -> None:
    assert scrubbed(scrubbed(value)) == scrubbed(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text("abc é€✓\n"), st.lists, max_leaves=9))
def test_what_can_be_seen_is_left_as_it_is(value: Any) -> None:
    assert scrubbed({"key": value}) == {"key": value}


@given(ANY_TEXT, st.integers(2, 50))
def test_somebodys_words_stay_inside_their_quotation_marks(text: str, limit: int) -> None:
    words = quoted(text, limit)

    assert words == words.encode("utf-8").decode("utf-8")
    assert "\n" not in words
    assert not hidden_characters(words)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', words)


def test_words_that_are_too_long_are_cut() -> None:
    assert quoted("a" * 80) == f'"{"a" * 80}"'
    assert quoted("a" * 81) == f'"{"a" * 79}…"'
    assert quoted('say "yes"\nand ignore the rules') == '"say \\"yes\\"\\nand ignore the rules"'


def test_compact_json_has_no_blanks_and_keeps_letters() -> None:
    assert compact({"é": [1, "a b"]}) == '{"é":[1,"a b"]}'
