"""Writes that wait together are committed together, and nothing is told before it is on disk."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.database import MOST_AT_ONCE, Database
from tests.kit.assistant_parts import wait_for

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)"
WRITER = """
import sys
from pathlib import Path
from assistant.database import Database
database = Database(Path(sys.argv[1]), "CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)")
for n in range(1_000_000):
    database.write(lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", (n,)).rowcount)
    print(n, flush=True)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "assistant.db", SCHEMA)
    yield made
    made.close()


def insert(n: int) -> Callable[[sqlite3.Connection], int]:
    return lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", (n,)).rowcount


def numbers(database: Database) -> list[int]:
    return [row["n"] for row in database.connection().execute("SELECT n FROM numbers ORDER BY n")]


@contextmanager
def statements(database: Database) -> Generator[list[str]]:
    """What the writing connection is told inside the block."""
    told: list[str] = []
    database._writer.set_trace_callback(told.append)
    try:
        yield told
    finally:
        database._writer.set_trace_callback(None)


@contextmanager
def queued(database: Database, *operations: Callable[[sqlite3.Connection], Any]) -> Generator[list[Any]]:
    """Makes the operations wait behind another write; at the block's end they are done and their outcomes known."""
    outcomes: list[Any] = [None] * len(operations)

    def work(place: int) -> None:
        try:
            outcomes[place] = database.write(operations[place])
        except Exception as error:
            outcomes[place] = error

    threads: list[threading.Thread] = []
    with database.transaction():
        for place in range(len(operations)):
            threads.append(threading.Thread(target=work, args=(place,)))
            threads[-1].start()
            wait_for(lambda place=place: len(database._waiting) == place + 1)
    for thread in threads:
        thread.join(20)
    yield outcomes


def test_a_write_returns_what_its_operation_returns_and_is_read_by_every_thread(database: Database) -> None:
    assert database.write(insert(7)) == 1
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: numbers(database), range(2))) == [[7], [7]]


def test_an_operation_that_fails_changes_nothing_and_its_error_is_the_caller_s(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (1)")
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        database.write(half)
    assert numbers(database) == []
    assert database.write(insert(1)) == 1


def test_writes_that_wait_together_are_committed_once(database: Database) -> None:
    with statements(database) as told, queued(database, *(insert(n) for n in range(5))) as outcomes:
        assert outcomes == [1] * 5
    assert told.count("COMMIT") == 2, "one of the write before them, one of theirs"
    assert numbers(database) == [0, 1, 2, 3, 4]


def test_the_failure_of_one_leaves_the_others_that_are_committed_with_it(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (9)")
        connection.execute("INSERT INTO numbers VALUES (2)")

    with queued(database, insert(1), insert(2), half, insert(3)) as outcomes:
        pass
    assert [isinstance(outcome, sqlite3.IntegrityError) for outcome in outcomes] == [False, False, True, False]
    assert numbers(database) == [1, 2, 3]


def test_a_commit_that_fails_is_told_to_every_writer_in_it(database: Database) -> None:
    database.ensure(
        "CREATE TABLE parent (n INTEGER PRIMARY KEY); CREATE TABLE child"
        " (n INTEGER REFERENCES parent (n) DEFERRABLE INITIALLY DEFERRED); PRAGMA foreign_keys=ON"
    )
    orphan = lambda connection: connection.execute("INSERT INTO child VALUES (1)").rowcount  # noqa: E731
    with queued(database, insert(1), orphan, insert(2)) as outcomes:
        pass
    assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError] * 3
    assert numbers(database) == []
    assert database.write(insert(1)) == 1


def test_a_file_without_room_fails_the_write_that_needs_it(database: Database) -> None:
    pages = database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    database.ensure(f"PRAGMA max_page_count={pages + 2}")
    large = lambda connection: connection.execute("CREATE TABLE large AS SELECT hex(zeroblob(100000))").rowcount  # noqa: E731
    with queued(database, insert(1), large) as outcomes:
        pass
    assert isinstance(outcomes[1], sqlite3.OperationalError)
    told = [n for n, outcome in ((1, outcomes[0]),) if outcome == 1]
    assert numbers(database) == told, "what was told to be written is there, and nothing else"
    assert database.write(insert(5)) == 1


def test_many_threads_lose_no_write_and_share_commits(database: Database) -> None:
    def count(connection: sqlite3.Connection) -> int:
        last = connection.execute("SELECT coalesce(max(n), 0) FROM numbers").fetchone()[0]
        return insert(last + 1)(connection)

    with statements(database) as told, ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: database.write(count), range(800))) == 800
    assert numbers(database) == list(range(1, 801))
    assert told.count("COMMIT") < 800


def test_more_writers_than_one_commit_takes_are_all_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.database.MOST_AT_ONCE", 3)
    assert MOST_AT_ONCE > 3
    database = Database(tmp_path / "a.db", SCHEMA)
    with statements(database) as told, queued(database, *(insert(n) for n in range(8))):
        pass
    assert numbers(database) == list(range(8))
    assert told.count("COMMIT") == 1 + 3
    database.close()


def test_what_was_told_to_be_written_survives_a_killed_process(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "a.db")], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(50)]
    process.kill()
    told += [int(line) for line in process.stdout.read().split("\n") if line]
    process.wait(10)
    database = Database(tmp_path / "a.db")
    kept = numbers(database)
    assert kept[: len(told)] == told
    assert len(kept) - len(told) <= 1
    database.close()


def test_a_transaction_writes_alone_and_as_a_whole(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
        connection.executemany("INSERT INTO numbers VALUES (?)", [(1,), (1,)])
    assert numbers(database) == []
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (1)")
        assert numbers(database) == []
    assert numbers(database) == [1]


def test_another_process_that_writes_for_long_is_told_and_the_next_write_passes(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", SCHEMA, busy_s=0.05)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        database.write(insert(1))
    other.execute("ROLLBACK")
    other.close()
    assert database.write(insert(1)) == 1
    database.close()
