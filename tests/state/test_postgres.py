import asyncio
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from postgres import empty_database
from productive_integrations.errors import SettingsError, StateError
from productive_integrations.state import Store, open_store
from productive_integrations.state.database import Connection
from productive_integrations.state.postgres import VERSION, PostgresDatabase, PostgresStore
from state.places import Database
from state.test_store import ORGANIZATION, XERO, ending, intent, plan, result

pytestmark = pytest.mark.anyio


@pytest.fixture(name="place")
def _place(postgres: str) -> Database:
    return Database(empty_database(postgres))


@pytest.fixture(name="database")
def _database(place: Database) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(place.address)
    yield database
    database.close()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(StateError, match=r"^PRODUCTIVE_STATE: ") as caught:
        act()
    assert "CANARY" not in str(caught.value)
    return str(caught.value)


def one(statement: str) -> Callable[[Connection], object]:
    return lambda db: db.execute(statement).fetchone()[0]


def test_its_tables_are_in_a_schema_of_their_own(database: PostgresDatabase, place: Database) -> None:
    database.transact(one("SELECT 1"))

    tables = place.rows("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('plans', 'journal', 'holds')")
    assert tables == [("productive_integrations",)]
    assert place.rows("SELECT number FROM version") == [(VERSION,)]


def test_only_what_a_power_cut_may_take_is_written_without_waiting_for_the_disk(database: PostgresDatabase) -> None:
    shown = one("SHOW synchronous_commit")

    assert [database.transact(shown, durable=durable) for durable in (True, False, True)] == ["on", "off", "on"]


def test_the_clock_is_the_database_s_own_and_moves_during_a_transaction(database: PostgresDatabase) -> None:
    def times(db: Connection) -> tuple[float, float, float]:
        first = db.now()
        db.execute("SELECT pg_sleep(0.05)")
        return first, db.now(), float(db.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()[0])

    first, second, told = database.transact(times)
    assert first + 0.04 < second <= told < second + 5


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: PostgresDatabase, place: Database) -> None:
    database.transact(one("SELECT 1"))
    place.rows("UPDATE version SET number = ?", VERSION + 1)
    later = PostgresDatabase(place.address)

    assert "newer version" in refused(lambda: later.transact(one("SELECT 1")))
    assert place.rows("SELECT number FROM version") == [(VERSION + 1,)]
    later.close()


def test_a_set_up_that_breaks_off_leaves_nothing_behind(place: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("productive_integrations.state.postgres.VERSION", VERSION + 1)
        with pytest.raises(FileNotFoundError):
            PostgresDatabase(place.address).transact(one("SELECT 1"))

    assert place.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'productive_integrations'") == []


async def test_many_first_starts_at_once_all_succeed(place: Database) -> None:
    stores = [open_store(place.address) for _ in range(6)]

    assert [await asyncio.gather(*(store.plan("none") for store in stores))] == [[None] * 6]
    for store in stores:
        await store.close()


@pytest.mark.parametrize("statement", ["UPDATE journal SET body = ''", "DELETE FROM journal", "TRUNCATE journal"])
async def test_journal_rows_can_be_neither_changed_nor_deleted(
    place: Database, database: PostgresDatabase, statement: str
) -> None:
    database.transact(one("SELECT 1"))
    place.rows("INSERT INTO journal VALUES (1, 'c', 'intent', '1', '2', '{}', 'h')")

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        place.rows(statement)
    assert place.rows("SELECT body, hash FROM journal") == [("{}", "h")]


async def test_a_store_whose_connection_was_cut_connects_again_by_itself(place: Database) -> None:
    store = open_store(place.address)
    await store.save_plan(plan(), "pending")
    place.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        "current_database()"
    )

    assert await store.plan("plan-1") is not None
    await store.close()


def test_a_transaction_whose_connection_is_cut_is_undone_and_not_done_again(
    database: PostgresDatabase, place: Database
) -> None:
    begun = 0

    def cut(db: Connection) -> None:
        nonlocal begun
        begun += 1
        db.execute("INSERT INTO holds VALUES ('1', '2', 'me', 3)")
        db.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    refused(lambda: database.transact(cut))

    assert begun == 1
    assert place.rows("SELECT count(*) FROM holds") == [(0,)]
    assert database.transact(one("SELECT 7")) == 7


def test_a_failure_of_ours_undoes_the_transaction_and_keeps_the_connection(
    database: PostgresDatabase, place: Database
) -> None:
    session = database.transact(one("SELECT pg_backend_pid()"))

    def fail(db: Connection) -> None:
        db.execute("INSERT INTO holds VALUES ('1', '2', 'me', 3)")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.transact(fail)
    assert place.rows("SELECT count(*) FROM holds") == [(0,)]
    assert database.transact(one("SELECT pg_backend_pid()")) == session


async def test_a_holder_of_the_lock_that_hangs_is_cut_off_and_no_change_is_half_made(
    place: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("productive_integrations.state.postgres._SESSION", "SET lock_timeout = '200ms'")
    store = open_store(place.address)
    assert await store.plan("none") is None
    with place.locked():
        began = time.monotonic()
        with pytest.raises(StateError):
            await store.begin(intent())
        assert time.monotonic() - began < 10
    await store.begin(intent())
    await store.end(ending(), result())

    assert [change.ending for change in await store.changes(ORGANIZATION, XERO, 9)] == [ending()]
    await store.close()


def test_every_session_gives_up_waiting_and_is_given_up(database: PostgresDatabase) -> None:
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        assert database.transact(one(f"SHOW {name}")) in {"10s", "15s"}


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://CANARY:CANARY@127.0.0.1:1/none",
        "postgresql://postgres@/none?host=/nowhere",
        "postgres://127.0.0.1:1/?sslmode=require",
    ],
)
async def test_a_database_that_cannot_be_reached_is_one_sentence_that_names_the_setting(address: str) -> None:
    store = open_store(address)

    with pytest.raises(StateError, match=r"^PRODUCTIVE_STATE: the PostgreSQL database cannot be used") as caught:
        await store.plan("none")
    assert "CANARY" not in str(caught.value)
    await store.close()


@pytest.mark.parametrize("address", ["postgresql://host/db?nonsense=CANARY", "postgresql://[CANARY/db"])
def test_an_address_that_is_none_is_a_wrong_setting_and_is_not_repeated(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^PRODUCTIVE_STATE has a wrong value") as caught:
        PostgresStore(address)
    assert "CANARY" not in str(caught.value)


async def test_names_of_any_script_and_invisible_characters_come_back_as_they_were(place: Database) -> None:
    store: Store = open_store(place.address)
    strange = intent().model_copy(update={"base": {"é\n\u0000\u202e": "?%s %(a)s '\"\\"}, "reason": "日本語 ✓ ?"})
    await store.begin(strange)

    (found,) = await store.unsettled(ORGANIZATION)
    assert found.intent == strange
    await store.close()
