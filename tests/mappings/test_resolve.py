import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from productive_integrations.mappings.resolve import Lists, as_text, ask_all, in_stored_form, meaning
from productive_integrations.providers import Hash, mappings_by_name
from productive_integrations.providers.markers import Noun, Records
from productive_integrations.schemas.chart import Chart
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Edit

SERVICES = Records(Noun.SERVICE_TYPE)
NAMED = (
    Entry("11", "Design"),
    Entry("12", "Events"),
    Entry("13", "events", archived=True),
    Entry("14", "Twin"),
    Entry("15", "TWIN "),
    Entry("16", "Old", archived=True),
    Entry("17", "11"),
)
LISTS = Lists(Directory([Listing(noun, NAMED) for noun in Noun]), Chart())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("11", "11"),
        ("Design", "11"),
        ("  design ", "11"),
        ("EVENTS", "12"),
        ("old", "16"),
        ("Twin", None),
        ("Nothing", None),
        ("", None),
        ("99", "99"),
        ("\uff11\uff11", "\uff11\uff11"),
    ],
)
def test_a_word_means_an_id_or_the_one_record_of_that_name(text: str, wanted: str | None) -> None:
    assert meaning(text, SERVICES, LISTS)[0] == wanted


def test_a_name_that_two_have_comes_with_both() -> None:
    assert [entry.id for entry in meaning("twin", SERVICES, LISTS)[1]] == ["14", "15"]


def test_a_stored_key_keeps_its_meaning_when_its_record_is_gone() -> None:
    assert meaning("gone", SERVICES, LISTS, {"gone": "4010"}) == ("gone", ())


@pytest.mark.parametrize(
    ("text", "stored", "wanted"),
    [
        ("4010", {"1": 4000, "2": 4005}, 4010),
        ("0510", {"1": 4000}, "0510"),
        ("4010", {"1": "4000"}, "4010"),
        ("4010", {"1": 4000, "2": "4005"}, "4010"),
        ("4010", {"1": 4000, "2": 4005, "3": "WS-01", "4": None}, 4010),
        ("4010", {"1": 4000, "2": "4005", "3": "4006"}, "4010"),
        ("1", {"1": True}, "1"),
        ("4010", {}, "4010"),
        ("\uff14\uff10", {"1": 4000}, "\uff14\uff10"),
        ("-1", {"1": 4000}, "-1"),
    ],
)
def test_text_is_stored_in_the_form_that_the_hash_has(text: str, stored: Hash, wanted: JsonValue) -> None:
    assert in_stored_form(text, stored) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [("0510", "0510"), (None, None), (4010, "4010"), (True, "true"), (1.5, "1.5"), ([], "[]"), ({"a": 1}, '{"a":1}')],
    ids=repr,
)
def test_any_stored_value_has_a_text(value: JsonValue, text: str | None) -> None:
    assert as_text(value) == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
WORDS = st.text(max_size=12) | st.sampled_from(["11", "twin", "Old", "9" * 200, "²", "1\n", "../people", "\u202e"])
SIDES = [home.mappings()[name] for name, homes in mappings_by_name().items() for home in homes]


@given(
    st.sampled_from(SIDES),
    st.dictionaries(WORDS, WORDS, max_size=4),
    st.lists(WORDS, max_size=3),
    WORDS | st.none(),
    st.dictionaries(WORDS, JSON, max_size=4),
)
def test_no_words_and_no_stored_hash_make_resolving_fail(
    facts: object, entries: dict[str, str], removed: list[str], default: str | None, stored: Hash
) -> None:
    edit = Edit(integration_id="1", mapping="m", set=entries, remove=tuple(removed), default=default)
    asked = ask_all(edit, facts, LISTS, stored)  # type: ignore[arg-type]  # drawn from the mappings

    assert [word.text for word in asked if word.role == "key"] == list(entries)
    assert [word.text for word in asked if word.role == "removed key"] == removed
    assert all(in_stored_form(word.meaning or "", stored) is not None for word in asked)
