import os
import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from productive_integrations.errors import StateError
from productive_integrations.state.database import Connection
from productive_integrations.state.sqlite import VERSION, SQLiteDatabase, SQLiteStore, open_file, transaction

pytestmark = pytest.mark.anyio
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "deep" / "plans.sqlite"


def refused(path: Path) -> str:
    with pytest.raises(StateError) as caught:
        open_file(path)
    return str(caught.value)


def test_a_new_file_is_durable_and_has_the_current_version(path: Path) -> None:
    database = open_file(path)

    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    database.close()


def test_opening_again_keeps_what_is_there(path: Path) -> None:
    database = open_file(path)
    database.execute("INSERT INTO holds VALUES ('1', '2', 'me', 3)")
    database.close()

    database = open_file(path)
    assert database.execute("SELECT owner FROM holds").fetchall() == [("me",)]
    database.close()


@posix
def test_file_folder_and_write_ahead_log_are_for_the_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        database = open_file(path)
        database.execute("INSERT INTO holds VALUES ('1', '2', 'me', 3)")
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
        database.close()
    finally:
        os.umask(before)

    assert modes.keys() == {"plans.sqlite", "plans.sqlite-wal", "plans.sqlite-shm"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@posix
def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    open_file(path).close()
    path.chmod(0o644)

    open_file(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_of_the_first_version_is_brought_up_to_date_with_its_journal(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as first, first:
        first.executescript((resources.files("productive_integrations.state") / "sqlite_1.sql").read_text())
        first.execute("PRAGMA user_version = 1")
        first.execute("INSERT INTO journal VALUES (1, 'c', 'intent', '1', '2', '{}', 'h1')")
        first.execute("INSERT INTO journal VALUES (2, 'c', 'ending', '1', '2', '{}', 'h2')")

    database = open_file(path)

    assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert database.execute("SELECT * FROM journal_head").fetchall() == [(1, 2, "h2")]
    assert database.execute("SELECT count(*) FROM journal").fetchone() == (2,)
    database.close()


@pytest.fixture(name="_corrupt")
def _corrupt_file(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database, it is text" * 100)


@pytest.mark.usefixtures("_corrupt")
async def test_a_file_that_could_not_be_opened_is_opened_once_it_can_be(path: Path) -> None:
    store = SQLiteStore(path)

    for _ in range(2):
        with pytest.raises(StateError):
            await store.plan("none")
    os.unlink(path)  # noqa: PTH108 - one system call, in a test
    assert await store.plan("none") is None
    await store.close()


async def test_only_what_a_power_cut_may_take_is_written_without_waiting_for_the_disk(path: Path) -> None:
    database = SQLiteDatabase(path, lambda: 0.0)

    def synchronous(db: Connection) -> int:
        return int(db.execute("PRAGMA synchronous").fetchone()[0])

    assert database.transact(synchronous) == 2
    assert database.transact(synchronous, durable=False) == 1
    assert database.transact(synchronous) == 2
    database.close()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    database = open_file(path)
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    before = path.read_bytes()

    assert "newer version" in refused(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["folder", "file in the way", "no database", "system folder"])
def test_a_path_that_cannot_be_a_state_file_is_one_sentence_that_names_the_setting(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir(parents=True)
    elif kind == "file in the way":
        path.parent.parent.mkdir()
        path.parent.write_text("here")
    elif kind == "no database":
        path.parent.mkdir(parents=True)
        path.write_bytes(b"this is no database, it is text" * 100)
    else:
        path = Path("/proc/nowhere/state.sqlite")

    text = refused(path)

    assert text.startswith("PRODUCTIVE_STATE: ")
    assert str(path) not in text
    assert text.count("\n") == 0


def test_a_schema_that_breaks_off_leaves_no_half_made_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            "productive_integrations.state.sqlite._statements",
            lambda _: iter(["CREATE TABLE plans (id)", "NONSENSE"]),
        )
        refused(path)

    database = open_file(path)
    assert database.execute("SELECT count(*) FROM journal").fetchone() == (0,)
    database.close()


def test_many_first_starts_at_once_all_succeed(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(open_file, [path] * 8))

    assert {each.execute("PRAGMA user_version").fetchone() for each in opened} == {(VERSION,)}
    for each in opened:
        each.close()


def test_a_first_start_waits_for_a_process_that_writes_the_file(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("CREATE TABLE others (id)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO others VALUES (1)")
        until = threading.Timer(0.2, writer.execute, ["COMMIT"])
        until.start()
        database = open_file(path)
        until.join()

    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def failing(database: sqlite3.Connection) -> None:
    with transaction(database) as db:
        db.execute("INSERT INTO holds VALUES ('1', '2', 'me', 3)")
        raise ZeroDivisionError


def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    database = open_file(path)

    with pytest.raises(ZeroDivisionError):
        failing(database)
    assert database.execute("SELECT count(*) FROM holds").fetchone() == (0,)

    with transaction(database) as db:
        db.execute("INSERT INTO holds VALUES ('1', '2', 'me', 3)")
    assert not database.in_transaction
    assert database.execute("SELECT count(*) FROM holds").fetchone() == (1,)
    database.close()


def test_a_commit_that_fails_does_not_stand_in_the_way_of_the_next_transaction(path: Path) -> None:
    database = open_file(path)
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
    database.execute("CREATE TABLE b (a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)")

    with pytest.raises(sqlite3.IntegrityError), transaction(database) as db:
        db.execute("INSERT INTO b VALUES (7)")

    with transaction(database) as db:
        db.execute("INSERT INTO a VALUES (7)")
    assert database.execute("SELECT count(*) FROM b").fetchone() == (0,)
    database.close()


def test_journal_rows_can_be_neither_changed_nor_deleted(path: Path) -> None:
    database = open_file(path)
    database.execute("INSERT INTO journal VALUES (1, 'c', 'intent', '1', '2', '{}', 'h')")

    for statement in ("UPDATE journal SET body = ''", "DELETE FROM journal", "DELETE FROM journal WHERE seq = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
    assert database.execute("SELECT body, hash FROM journal").fetchall() == [("{}", "h")]
    database.close()
