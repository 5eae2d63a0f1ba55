from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from productive_integrations.providers import PROVIDERS
from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.directory import Directory, Entry, Listing, folded
from productive_integrations.schemas.edit import MAX_ENTRIES, Change, DefaultChange, Edit, EntryChange
from productive_integrations.schemas.integration import Integration, fingerprint
from productive_integrations.schemas.outcome import FallsBack, WriteResult
from productive_integrations.schemas.plan import Plan

XERO = next(provider for provider in PROVIDERS if provider.type_id == 3)
EDIT = Edit(integration_id="74211", mapping="account_code_mapping", set={"Design": "4010"})
VALUES = st.none() | st.integers() | st.text(max_size=5)
HASHES = st.dictionaries(st.text(max_size=3), VALUES, max_size=6)


def integration(**attributes: Any) -> Integration:
    values = {"integration_type_id": 3} | attributes
    return Integration(id="74211", type_title="Xero", record=XERO.read(values), present=frozenset(values))


@given(HASHES, st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_a_change_makes_its_entries_so_and_leaves_every_other_as_it_is_and_in_its_place(
    current: dict[str, Any], wanted: dict[str, Any]
) -> None:
    before = dict(current)
    change = Change(entries=tuple(EntryChange(key=key, after=after) for key, after in wanted.items()))

    after = change.applied_to(current)

    assert current == before
    assert {key: after.get(key) for key in wanted} == wanted
    assert not [key for key, value in wanted.items() if value is None and key in after]
    kept = [(key, value) for key, value in current.items() if key not in wanted]
    assert [(key, value) for key, value in after.items() if key not in wanted] == kept
    assert set(after) <= set(current) | set(wanted)


@pytest.mark.parametrize(
    ("change", "something"),
    [
        (Change(), False),
        (Change(entries=(EntryChange(key="1", after="2"),)), True),
        (Change(default=DefaultChange(attribute="account_code", after="2")), True),
    ],
    ids=str,
)
def test_a_change_of_nothing_is_none(change: Change, *, something: bool) -> None:
    assert bool(change) is something


@pytest.mark.parametrize(
    "other",
    [
        {"integration_id": "1"},
        {"mapping": "item_mapping"},
        {"set": {"Design": "4011"}},
        {"set": {"design": "4010"}},
        {"set": {}},
        {"remove": ("Design",)},
        {"expect": {"Design": "200"}},
        {"default": "200"},
    ],
    ids=str,
)
def test_an_edit_is_known_again_by_everything_that_it_says_and_by_who_says_it(other: dict[str, Any]) -> None:
    again = Edit.model_validate_json(EDIT.model_dump_json())

    assert again.digest("28417", "somebody") == EDIT.digest("28417", "somebody")
    assert EDIT.model_copy(update=other).digest("28417", "somebody") != EDIT.digest("28417", "somebody")
    assert EDIT.digest("28418", "somebody") != EDIT.digest("28417", "somebody")
    assert EDIT.digest("28417", "else") != EDIT.digest("28417", "somebody")


def test_the_order_of_the_entries_makes_no_other_edit() -> None:
    one = EDIT.model_copy(update={"set": {"a": "1", "b": "2"}})
    other = EDIT.model_copy(update={"set": {"b": "2", "a": "1"}})

    assert one.digest("28417", "somebody") == other.digest("28417", "somebody")


@pytest.mark.parametrize(
    ("fits", "too_long"),
    [
        ({"set": {"k" * 200: "v" * 1000}}, {"set": {"k" * 201: "v"}}),
        ({"remove": ("k" * 200,)}, {"remove": ("k" * 201,)}),
        ({"default": "v" * 1000}, {"default": "v" * 1001}),
        ({"expect": {"k": "v" * 1000}}, {"expect": {"k": "v" * 1001}}),
    ],
    ids=["set", "remove", "default", "expect"],
)
def test_keys_have_at_most_200_and_values_at_most_1000_characters(
    fits: dict[str, Any], too_long: dict[str, Any]
) -> None:
    shared = {"integration_id": "1", "mapping": "item_mapping"}

    Edit(**(shared | fits))
    with pytest.raises(ValidationError):
        Edit(**(shared | too_long))
    assert MAX_ENTRIES == 500


def test_a_plan_is_another_when_anything_about_it_is() -> None:
    shown = WriteResult(
        outcome="approval_required", changes=(), untouched=1, falls_back=FallsBack(count=0), findings=(), next="Ask."
    )
    plan = Plan(
        id="p",
        organization_id="28417",
        caller="somebody",
        edit=EDIT,
        place="Xero UK",
        change=Change(),
        identity={"integration_type_id": "a1"},
        shown=shown,
        created=1.0,
        expires=601.0,
    )
    others: dict[str, Any] = {
        "id": "q",
        "organization_id": "1",
        "caller": "else",
        "edit": EDIT.model_copy(update={"default": "1"}),
        "place": "Xero NL",
        "change": Change(entries=(EntryChange(key="1", after="2"),)),
        "identity": {"integration_type_id": "b2"},
        "places": {"1": "set.Design"},
        "shown": shown.model_copy(update={"untouched": 2}),
        "accepted": ("MAP303",),
        "created": 2.0,
        "expires": 602.0,
    }

    assert others.keys() == Plan.model_fields.keys()
    assert Plan.model_validate_json(plan.model_dump_json()).digest == plan.digest
    digests = {plan.model_copy(update={name: value}).digest for name, value in others.items()}
    assert len(digests | {plan.digest}) == len(others) + 1


@pytest.mark.parametrize(
    ("name", "shown"), [("Xero UK", "Xero UK"), (None, "Xero"), ("", "Xero"), ("  ", "Xero"), (7, "Xero")]
)
def test_an_integration_without_a_label_is_called_by_its_type(name: object, shown: str) -> None:
    assert integration(name=name).name == shown


def test_an_integration_is_inactive_once_it_was_switched_off() -> None:
    assert integration(deactivated_at=None).state == "active"
    assert integration(deactivated_at="2026-01-01T00:00:00Z").state == "inactive"


@pytest.mark.parametrize(
    ("stored", "entries"), [({"1": "2"}, {"1": "2"}), ({}, {}), (None, None), ("text", None), (["1"], None)]
)
def test_a_mapping_is_read_only_where_a_hash_is_stored(stored: object, entries: object) -> None:
    assert integration(account_code_mapping=stored).entries("account_code_mapping") == entries


def test_the_identity_of_an_integration_is_its_type_its_subsidiary_and_what_its_codes_belong_to() -> None:
    one = integration(subsidiary={"id": "11204", "name": "Ltd"}, xero_organization_id="x", name="a", account_code="1")

    assert one.identity["integration_type_id"] == fingerprint(3)
    assert one.identity["subsidiary"] == fingerprint("11204")
    assert (
        one.identity
        == integration(
            subsidiary={"id": "11204", "name": "Renamed"}, xero_organization_id="x", name="b", account_code="2"
        ).identity
    )
    assert one.identity != integration(subsidiary={"id": "11204"}, xero_organization_id="y").identity
    assert one.identity != integration(subsidiary=None, xero_organization_id="x").identity


@given(st.text())
def test_a_name_is_found_again_in_another_case_and_with_other_blanks(name: str) -> None:
    assert folded(f"  {name}\t") == folded(name)
    assert folded(name.casefold()) == folded(name)


def test_a_live_record_of_a_name_goes_before_archived_ones() -> None:
    live, old, older = Entry("1", "Design"), Entry("2", "DESIGN", archived=True), Entry("3", "Print", archived=True)
    listing = Listing(Noun.SERVICE_TYPE, (live, old, older))

    assert listing.named("design") == (live,)
    assert listing.named("print") == (older,)
    assert listing.named("other") == ()
    assert list(listing.live) == [live]
    assert listing.by_id["2"] is old


def test_a_directory_is_the_same_only_when_it_is_of_the_same_reads() -> None:
    read = Listing(Noun.SERVICE_TYPE, (Entry("1", "Design"),))
    again = Listing(Noun.SERVICE_TYPE, (Entry("1", "Design"),))

    assert Directory([read]).same_as(Directory([read]))
    assert not Directory([read]).same_as(Directory([again]))
    assert Directory([read])[Noun.SERVICE_TYPE] is read
    assert Noun.TAX_RATE not in Directory([read])
