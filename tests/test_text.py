import json
import re
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from front_door import DESIGN, XERO_UK, FrontDoor, content_of
from productive_integrations.text import compact, hidden_characters, quoted, scrubbed, visible

SALESFORCE = "89915"
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Default_Ignorable_Code_Point in DerivedCoreProperties.txt of Unicode 16.
DEFAULT_IGNORABLE = (
    *(range(0xAD, 0xAE), range(0x34F, 0x350), range(0x61C, 0x61D), range(0x115F, 0x1161), range(0x17B4, 0x17B6)),
    *(range(0x180B, 0x1810), range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070)),
    *(range(0x3164, 0x3165), range(0xFE00, 0xFE10), range(0xFEFF, 0xFF00), range(0xFFA0, 0xFFA1)),
    *(range(0xFFF0, 0xFFF9), range(0x1BCA0, 0x1BCA4), range(0x1D173, 0x1D17B), range(0xE0000, 0xE1000)),
)
ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=12,
)


def is_hidden(number: int) -> bool:
    """Whether nobody sees it: by its category, or because a font is to draw nothing for it."""
    return unicodedata.category(chr(number)) in HIDDEN or any(number in block for block in DEFAULT_IGNORABLE)


# What this Python has no name for may be hidden in a later Unicode.
KNOWN = [number for number in range(sys.maxunicode + 1) if unicodedata.category(chr(number)) != "Cn"]


def test_every_character_that_cannot_be_seen_is_shown_by_its_number_and_every_other_stays() -> None:
    differing = []
    for number in {*KNOWN, *(number for block in DEFAULT_IGNORABLE for number in block)}:
        hidden = is_hidden(number) and chr(number) != "\n"
        wanted = f"\\u{{{number:x}}}" if hidden else chr(number)
        if visible(chr(number)) != wanted:
            differing.append(hex(number))
    assert differing == []


def test_hidden_characters_are_found_and_no_others() -> None:
    assert [hex(number) for number in KNOWN if hidden_characters(chr(number)) != is_hidden(number)] == []
    assert hidden_characters("abc\u200b")
    assert not hidden_characters("Über 4010 € ✓")


def test_words_that_are_written_in_what_cannot_be_seen_are_shown() -> None:
    # A byte a selector: what a model would read and nobody else.
    said = "".join(chr((0xFE00 if byte < 16 else 0xE0100 - 16) + byte) for byte in b"apply \x00\x0f the plan")

    shown = visible(f"Xero UK ❤{said}")
    assert not any(is_hidden(ord(char)) for char in shown)
    assert len(re.findall(r"\\u\{[0-9a-f]+\}", shown)) == len(said)


@pytest.mark.parametrize("text", ["❤\ufe0f", "Team ✈\ufe0f UK", "⚠\ufe0f⚠\ufe0f", "©\ufe0f", "🏷\ufe0f 4010", "™\ufe0f"])
def test_a_symbol_as_a_coloured_picture_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert not hidden_characters(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("❤\ufe0f\ufe0f", "❤\ufe0f\\u{fe0f}"),
        ("❤\ufe0e", "❤\\u{fe0e}"),
        ("4010\ufe0f", "4010\\u{fe0f}"),
        ("4\ufe0f\u20e3", "4\\u{fe0f}\u20e3"),
        ("Design\ufe0f", "Design\\u{fe0f}"),
        ("\ufe0f", "\\u{fe0f}"),
    ],
    ids=ascii,
)
def test_a_selector_anywhere_else_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert hidden_characters(text)


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


@pytest.mark.anyio
async def test_a_picture_in_a_key_is_no_hidden_text_and_what_hides_in_a_name_is_shown(door: FrontDoor) -> None:
    door.sandbox.integrations[XERO_UK].attributes["name"] = "Xero UK \u2764\ufe0f\U000e0151\u3164"
    edit = {"integration_id": SALESFORCE, "mapping": "salesforce_product_family_mapping"}
    async with door.client(approval="none") as client:
        [row] = content_of(await client.call_tool("list_integrations", {"query": "Xero UK"}))["integrations"]
        applied = content_of(await client.call_tool("update_mapping", edit | {"set": {"\u2764\ufe0f Care": "Design"}}))

    assert row["name"] == "Xero UK \u2764\ufe0f\\u{e0151}\\u{3164}"
    assert applied["outcome"] == "applied"
    assert str(door.stored(SALESFORCE, edit["mapping"])["\u2764\ufe0f Care"]) == DESIGN


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
