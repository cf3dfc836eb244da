"""A database that closes has written what waited, and its threads end in order."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.database import Database
from tests.kit.assistant_parts import wait_for

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "assistant.db", SCHEMA)
    yield made
    made.close()


def insert(n: int) -> Callable[[sqlite3.Connection], int]:
    return lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", (n,)).rowcount


def numbers(database: Database) -> list[int]:
    return [row["n"] for row in database.connection().execute("SELECT n FROM numbers ORDER BY n")]


def test_a_closed_database_has_written_what_waited_and_refuses_what_comes(database: Database, tmp_path: Path) -> None:
    closing = threading.Thread(target=database.close)
    done: list[int] = []
    with database.transaction():
        writers = [threading.Thread(target=lambda n=n: done.append(database.write(insert(n)))) for n in range(3)]
        for place, writer in enumerate(writers, 1):
            writer.start()
            wait_for(lambda place=place: len(database._waiting) == place)
        closing.start()
        wait_for(lambda: len(database._waiting) == 4)
    for thread in (*writers, closing):
        thread.join(10)
    assert done == [1, 1, 1]
    for use in (lambda: database.write(insert(9)), lambda: database.write_later(insert(9)), database.connection):
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            use()
    database.close()
    again = Database(tmp_path / "assistant.db")
    assert numbers(again) == [0, 1, 2]
    again.close()


def test_threads_that_read_while_it_is_closed_end_in_order(database: Database) -> None:
    database.write(
        lambda connection: connection.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(9)])
    )
    reading = threading.Barrier(5)

    def read() -> str:
        reading.wait(10)
        try:
            while True:
                assert numbers(database) == list(range(9))
        except sqlite3.ProgrammingError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        reading.wait(10)
        database.close()
        assert {reader.result(20) for reader in readers} == {"the database is closed"}


def test_threads_that_ended_leave_no_open_file(database: Database, tmp_path: Path) -> None:
    def opened() -> int:
        links = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]
        return sum(link == str(tmp_path / "assistant.db") for link in links)

    numbers(database)
    before = opened()
    for _ in range(20):
        thread = threading.Thread(target=numbers, args=(database,))
        thread.start()
        thread.join(10)
    assert opened() <= before + 1, "SQLite keeps one to open it again"
