from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from front_door import DESIGN, XERO_UK
from mappings.workbench import ACCOUNTS, xero
from productive_integrations.errors import BadAnswer, InvalidArgument
from productive_integrations.mappings.plan import rebased, unexpected, work_out
from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Change, DefaultChange, Edit, EntryChange
from productive_integrations.schemas.outcome import Difference
from productive_integrations.validation import Proposal

DIRECTORY = Directory(
    [
        Listing(
            Noun.SERVICE_TYPE,
            (
                Entry(DESIGN, "Design"),
                Entry("600203", "Development"),
                Entry("614080", "Community management"),
                Entry("629510", "Community management"),
            ),
        )
    ]
)
STORED = {DESIGN: "4010", "600203": "4030", "1": "4040"}


def proposal(entries: object = None, **attributes: Any) -> Proposal:
    entries = STORED if entries is None else entries
    return Proposal(xero(**{ACCOUNTS: entries, "account_code": "4000"} | attributes), ACCOUNTS, directory=DIRECTORY)


def edit(**words: Any) -> Edit:
    return Edit(integration_id=XERO_UK, mapping=ACCOUNTS, **words)


def test_names_become_ids_and_only_what_differs_becomes_a_change() -> None:
    worked_out = work_out(edit(set={"design": "4050", "Development": "4030"}, remove=("1",)), proposal())

    assert worked_out.change.entries == (
        EntryChange(key=DESIGN, before="4010", after="4050", key_name="Design"),
        EntryChange(key="1", before="4040"),
    )
    assert worked_out.after == {DESIGN: "4050", "600203": "4030"}


def test_removing_what_is_not_there_is_no_change() -> None:
    assert not work_out(edit(remove=("614080",)), proposal()).change


def test_a_word_without_one_meaning_stays_out_of_the_change() -> None:
    worked_out = work_out(edit(set={"Community management": "4050", "Sculpture": "4050"}), proposal())

    assert not worked_out.change
    assert [word.meaning for word in worked_out.asked if word.role == "key"] == [None, None]
    assert {entry.id for entry in worked_out.asked[0].candidates} == {"614080", "629510"}


def test_a_default_is_changed_with_its_value_before() -> None:
    worked_out = work_out(edit(default="4050"), proposal())

    assert worked_out.change.default == DefaultChange(attribute="account_code", before="4000", after="4050")
    assert not work_out(edit(default="4000"), proposal()).change


def test_a_value_takes_the_form_that_the_hash_has() -> None:
    assert work_out(edit(set={"Design": "4050"}), proposal({DESIGN: 4010})).after == {DESIGN: 4050}
    assert work_out(edit(set={"Design": "0510"}), proposal({DESIGN: 4010})).after == {DESIGN: "0510"}
    assert work_out(edit(set={"Design": "4050"}), proposal({})).after == {DESIGN: "4050"}


def test_an_answer_without_the_mapping_is_no_basis_for_an_edit() -> None:
    bare = replace(proposal(), integration=xero(account_code="4000"))

    with pytest.raises(BadAnswer, match="nothing was sent"):
        work_out(edit(set={"Design": "4050"}), bare)


def test_a_default_of_a_mapping_without_one_is_refused_by_its_name() -> None:
    taxes = Proposal(xero(tax_rate_mapping={}), "tax_rate_mapping", directory=Directory([Listing(Noun.TAX_RATE)]))

    with pytest.raises(InvalidArgument, match=r"^default: "):
        work_out(Edit(integration_id=XERO_UK, mapping="tax_rate_mapping", default="NONE"), taxes)


def test_what_is_not_as_expected_is_a_difference() -> None:
    words = edit(set={"Design": "4050"}, expect={"Design": "4011", "600203": "4030", "614080": "4000"})

    assert unexpected(words, work_out(words, proposal())) == (
        Difference(key=DESIGN, planned_from="4011", now="4010", wanted="4050"),
        Difference(key="614080", planned_from="4000"),
    )


@pytest.mark.parametrize("alike", [True, 1.0, "1"], ids=repr)
def test_an_entry_that_python_takes_for_unchanged_is_a_difference(alike: object) -> None:
    change = Change(entries=(EntryChange(key="600131", before=1, after="4050"),))

    assert rebased(proposal({"600131": 1}), change) == (change, ())
    _, (difference,) = rebased(proposal({"600131": alike}), change)
    assert (difference.key, difference.planned_from) == ("600131", "1")


def test_a_changed_default_is_rebased_too() -> None:
    change = Change(default=DefaultChange(attribute="account_code", before="4000", after="4050"))

    assert rebased(proposal(account_code="4000"), change) == (change, ())
    assert rebased(proposal(account_code="4050"), change) == (Change(), ())
    _, (difference,) = rebased(proposal(account_code="4090"), change)
    assert difference == Difference(key="account_code", planned_from="4000", now="4090", wanted="4050")


# Few letters, so that people meet at the same entries.
KEYS = st.text("ab", max_size=2) | st.text(max_size=4)
VALUES = st.one_of(st.sampled_from(["4010", "0510", ""]), st.text(max_size=4), st.integers())
HASHES = st.dictionaries(KEYS, VALUES, max_size=8)


@st.composite
def hashes_with_changes(draw: st.DrawFn) -> tuple[dict[str, Any], Change]:
    before = draw(HASHES)
    keys = draw(st.lists(st.one_of(st.sampled_from(sorted(before)), KEYS) if before else KEYS, unique=True, max_size=6))
    entries = []
    for key in keys:
        after = draw(st.one_of(st.none(), VALUES) if key in before else VALUES)
        entries.append(EntryChange(key=key, before=before.get(key), after=after))
    return before, Change(entries=tuple(entries))


@given(hashes_with_changes())
def test_a_change_touches_only_its_keys_and_keeps_the_order(case: tuple[dict[str, Any], Change]) -> None:
    before, change = case
    kept = dict(before)
    after = change.applied_to(before)
    touched = {entry.key: entry.after for entry in change.entries}
    removed = {key for key, value in touched.items() if value is None}

    assert before == kept
    assert after == {key: value for key, value in (before | touched).items() if key not in removed}
    assert list(after) == [key for key in before | touched if key not in removed]


@given(hashes_with_changes(), HASHES, st.data())
def test_rebasing_never_drops_another_persons_entry(
    case: tuple[dict[str, Any], Change], theirs: dict[str, Any], data: st.DataObject
) -> None:
    before, change = case
    gone = data.draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
    now = {key: value for key, value in (before | theirs).items() if key not in gone}
    ours = {entry.key: entry for entry in change.entries}

    left, differences = rebased(proposal(now), change)
    after = left.applied_to(now)

    assert {key: value for key, value in after.items() if key not in ours} == {
        key: value for key, value in now.items() if key not in ours
    }
    if not differences:
        assert all(after.get(key) == entry.after for key, entry in ours.items())
    moved = [key for key, entry in ours.items() if now.get(key) not in {entry.before, entry.after}]
    assert [difference.key for difference in differences] == moved


@given(hashes_with_changes())
def test_rebasing_on_what_was_planned_from_changes_nothing_about_the_end(case: tuple[dict[str, Any], Change]) -> None:
    before, change = case
    left, differences = rebased(proposal(before), change)

    assert differences == ()
    assert left.applied_to(before) == change.applied_to(before)


@given(hashes_with_changes())
def test_a_change_and_then_its_inverse_is_as_if_nothing_happened(case: tuple[dict[str, Any], Change]) -> None:
    before, change = case
    inverse = Change(
        entries=tuple(EntryChange(key=one.key, before=one.after, after=one.before) for one in change.entries)
    )

    assert inverse.applied_to(change.applied_to(before)) == before
