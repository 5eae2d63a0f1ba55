import pytest

from front_door import XERO_UK, FrontDoor
from mappings.workbench import ACCOUNTS, intent_of, reading, xero
from productive_integrations.app.build import open_services
from productive_integrations.mappings.verify import compare, differences, landed, read, shows, wanted_hash
from productive_integrations.schemas.edit import Change, DefaultChange, EntryChange
from productive_integrations.schemas.integration import Integration
from productive_integrations.schemas.journal import Intent
from productive_integrations.schemas.outcome import Difference

BASE = {"1": "4010", "2": "4020", "3": "0510"}
CHANGE = Change(
    entries=(
        EntryChange(key="1", before="4010", after="4030"),
        EntryChange(key="3", before="0510"),
        EntryChange(key="9", after="4090"),
    )
)
WANTED = {"1": "4030", "2": "4020", "9": "4090"}


def intent(change: Change = CHANGE) -> Intent:
    return intent_of(change, BASE)


def stored(**attributes: object) -> Integration:
    return xero(**{ACCOUNTS: WANTED, "account_code": "4000"} | attributes)


def test_the_whole_hash_is_wanted() -> None:
    assert wanted_hash(intent()) == WANTED


@pytest.mark.parametrize(
    ("entries", "seen"),
    [
        (WANTED, "wanted"),
        (BASE, "base"),
        (BASE | {"1": "4030"}, "other"),
        (WANTED | {"3": "0510"}, "other"),
        (WANTED | {"2": "4021"}, "other"),
        (WANTED | {"9": 4090}, "other"),
        (WANTED | {"8": None}, "other"),
        ({}, "other"),
        (None, "other"),
        ("4030", "other"),
    ],
    ids=repr,
)
def test_a_read_shows_what_was_wanted_what_was_there_or_something_else(entries: object, seen: str) -> None:
    assert compare(intent(), stored(**{ACCOUNTS: entries})) == seen


@pytest.mark.parametrize(
    ("entries", "default", "seen"),
    [(WANTED, "4050", "wanted"), (WANTED, "4000", "other"), (BASE, "4000", "base"), (BASE, "4050", "other")],
)
def test_a_default_is_part_of_what_was_wanted(entries: object, default: str, seen: str) -> None:
    change = CHANGE.model_copy(update={"default": DefaultChange(attribute="account_code", before="4000", after="4050")})
    now = stored(**{ACCOUNTS: entries, "account_code": default})

    assert compare(intent(change), now) == seen
    assert landed(intent(change), now) == (seen == "wanted")
    assert bool(differences(intent(change), now)) == (seen != "wanted")


@pytest.mark.parametrize("alike", [True, 1.0, "1"], ids=repr)
def test_a_value_that_python_takes_for_equal_is_another_value(alike: object) -> None:
    numbered = Change(entries=(EntryChange(key="1", before="4010", after=1),))
    now = stored(**{ACCOUNTS: BASE | {"1": alike}})

    assert compare(intent(numbered), now) == "other"
    assert [difference.key for difference in differences(intent(numbered), now)] == ["1"]
    assert compare(intent(numbered), stored(**{ACCOUNTS: BASE | {"1": 1}})) == "wanted"


def test_an_emptied_hash_that_is_stored_as_null_is_as_wanted() -> None:
    emptied = Change(entries=tuple(EntryChange(key=key, before=value) for key, value in BASE.items()))

    assert compare(intent(emptied), stored(**{ACCOUNTS: None})) == "wanted"


def test_differences_name_every_entry_that_is_not_as_wanted() -> None:
    now = stored(**{ACCOUNTS: {"1": "4010", "2": "4020", "3": "510", "7": "4070", "9": None}})

    assert differences(intent(), now) == (
        Difference(key="1", planned_from="4010", now="4010", wanted="4030"),
        Difference(key="9", wanted="4090"),
        Difference(key="3", planned_from="0510", now="510"),
        Difference(key="7", now="4070"),
    )


def test_a_write_has_landed_when_its_own_entries_are_there_whatever_happened_to_others() -> None:
    assert landed(intent(), stored(**{ACCOUNTS: WANTED | {"2": "4090", "5": "4050"}}))
    assert not landed(intent(), stored(**{ACCOUNTS: WANTED | {"3": "0510"}}))
    assert not landed(intent(), stored(**{ACCOUNTS: WANTED | {"1": "4010"}}))


@pytest.mark.anyio
async def test_a_read_gives_the_integration_or_why_there_is_none(door: FrontDoor) -> None:
    async with open_services(door.settings(), patience=door.patience) as services:
        found = await read(services, intent())
        assert isinstance(found, Integration)
        assert found.entries(ACCOUNTS) == door.stored(XERO_UK, ACCOUNTS)

        for kind in ("html", "wrong_record"):
            door.sandbox.faults.append(reading(kind))
            assert await read(services, intent()) == "unreadable"

        del door.sandbox.integrations[XERO_UK].attributes[ACCOUNTS]
        assert await read(services, intent()) == "unreadable"

        del door.sandbox.integrations[XERO_UK]
        assert await read(services, intent()) == "gone"


def test_a_record_without_the_mapping_shows_nothing_of_a_write_that_empties_it() -> None:
    emptying = intent_of(Change(entries=(EntryChange(key="1", before="4010"),)), {"1": "4010"})

    assert shows(emptying, xero(**{ACCOUNTS: {}}))
    assert not shows(emptying, xero())
