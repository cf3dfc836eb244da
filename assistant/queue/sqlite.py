"""The queue in SQLite, for one machine and one process that receives."""

import itertools
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from assistant.database import BUSY_SECONDS, Database
from assistant.queue import BATCH, DEDUPLICATION_SECONDS, DeadLetter, Delivery, QueueUnavailableError, Sendable, tables
from assistant.queue.tables import Groups

LONGEST_SLEEP_SECONDS = 5.0  # another process may send dead letters again, and cannot wake anybody


class SqliteQueue:
    """The `Queue` and `DeadLetters` protocols on one file. Fair: groups that have messages take turns."""

    def __init__(
        self, database: Database | Path, *, visibility_s: float = 90, max_receives: int = 5,
        clock: Callable[[], float] = time.time, busy_s: float = BUSY_SECONDS,
    ) -> None:  # fmt: skip
        """With a path, the file is opened, waiting `busy_s` for other processes that write."""
        self._own = not isinstance(database, Database)
        self._database = database if isinstance(database, Database) else Database(database, busy_s=busy_s)
        self._database.ensure(tables.SCHEMA)
        self._visibility_s, self._max_receives, self._clock = visibility_s, max_receives, clock
        last = self._database.connection().execute("SELECT max(turn) FROM groups").fetchone()[0] or 0
        self._groups = Groups(clock, itertools.count(last + 1))
        self._changed = threading.Condition()
        self._changes = 0
        self._closing = False

    def send(self, message: Sendable) -> None:
        """See `Queue`."""
        now = self._clock()

        def write(connection: sqlite3.Connection) -> None:
            values = {"id": message.deduplication, "now": now, "old": now - DEDUPLICATION_SECONDS}
            connection.execute(tables.FORGET_SENT, values)
            if connection.execute(tables.REMEMBER_SENT, values).rowcount:
                self.put(connection, message.group, message.to_body())

        with told():
            self._database.write(write)
        self.wake()

    def put(self, connection: sqlite3.Connection, group: str, body: str) -> None:
        """Adds a message, within somebody's transaction; `wake` is to be called once that is on disk."""
        connection.execute("INSERT INTO messages (grp, body) VALUES (?,?)", (group, body))
        self._groups.add(connection, group)

    def wake(self) -> None:
        """Tells one receiver that there is something to look at."""
        with self._changed:
            self._changes += 1
            self._changed.notify()

    def receive(self, limit: int, wait_s: float) -> list[Delivery]:
        """See `Queue`."""
        until = time.monotonic() + wait_s
        while not self._closing:
            changes = self._changes  # before looking: what is sent after it keeps this thread awake
            with told():
                free_in = self._groups.free_in(self._database.connection())
                if free_in <= 0:
                    if taken := self._database.write(lambda connection: self._take(connection, min(limit, BATCH))):
                        return taken
                    continue
            left = min(until - time.monotonic(), LONGEST_SLEEP_SECONDS, free_in)
            if until <= time.monotonic():
                break
            with self._changed:
                if self._changes == changes and not self._closing:
                    self._changed.wait(max(0.001, left))
        return []

    def done(self, delivery: Delivery) -> None:
        """See `Queue`. A receipt that is no longer the newest one changes nothing."""

        def write(connection: sqlite3.Connection) -> bool:
            mine = (int(delivery.id), delivery.receipt)
            gone = connection.execute("DELETE FROM messages WHERE seq = ? AND receipt = ?", mine).rowcount
            return bool(gone) and self._groups.settle(connection, delivery.group)

        def then(free: bool) -> None:
            if free:
                self.wake()

        with told():
            self._database.write_later(write, then)  # one that comes again finds its answer

    def retry(self, delivery: Delivery, after_s: int, reason: str = "") -> None:
        """See `Queue`. After its last hand-out, the message goes to the dead letters at once. A receipt that is no
        longer the newest one changes nothing."""
        visible_at = self._clock() + after_s

        def write(connection: sqlite3.Connection) -> bool:
            changed = connection.execute(
                "UPDATE messages SET visible_at = ?, reason = ? WHERE seq = ? AND receipt = ?",
                (visible_at, reason, int(delivery.id), delivery.receipt),
            ).rowcount
            if not changed:
                return False
            if delivery.receives >= self._max_receives:
                self._bury(connection, int(delivery.id))
            return self._groups.settle(connection, delivery.group)

        with told():
            self._database.write(write)
        self.wake()  # also when the group is held: until when may have changed

    def ready(self) -> None:
        """See `Queue`."""
        self.depth()

    def recover(self) -> int:
        """Makes what an ended process had taken available again; returns how many messages."""

        def write(connection: sqlite3.Connection) -> int:
            connection.execute("UPDATE groups SET free_at = 0 WHERE free_at > 0")
            return connection.execute("UPDATE messages SET visible_at = 0 WHERE visible_at > 0").rowcount

        with told():
            recovered = self._database.write(write)
        self._wake_all()
        return recovered

    def depth(self) -> int:
        """Messages that are not answered yet."""
        return self._count("messages")

    def dead_depth(self) -> int:
        """How many dead letters there are."""
        return self._count("dead_letters")

    def dead_letters(self) -> list[DeadLetter]:
        """See `DeadLetters`."""
        with told():
            rows = self._database.connection().execute("SELECT * FROM dead_letters ORDER BY seq").fetchall()
        return [
            DeadLetter(str(row["seq"]), row["grp"], row["receives"], row["body"], row["reason"], row["at"])
            for row in rows
        ]

    def redrive(self, limit: int) -> int:
        """See `DeadLetters`."""

        def write(connection: sqlite3.Connection) -> int:
            rows = connection.execute("SELECT * FROM dead_letters ORDER BY seq LIMIT ?", (limit,)).fetchall()
            for row in rows:
                self.put(connection, row["grp"], row["body"])
                connection.execute("DELETE FROM dead_letters WHERE seq = ?", (row["seq"],))
            return len(rows)

        with told():
            sent = self._database.write(write)
        self._wake_all()
        return sent

    def stop(self) -> None:
        """Wakes everybody who waits in `receive`; from now on it returns nothing."""
        self._closing = True
        self._wake_all()

    def close(self) -> None:
        """Closes the file, unless it was given open."""
        if self._own:
            self._database.close()

    def _take(self, connection: sqlite3.Connection, limit: int) -> list[Delivery]:
        now = self._clock()
        visible_at, receipt = now + self._visibility_s, secrets.token_hex(12)
        taken: list[Delivery] = []
        groups = self._groups.free(connection, limit)
        for group in groups:
            first = connection.execute(tables.FIRST, (group, BATCH)).fetchall()
            spent = [row for row in first if row["receives"] >= self._max_receives]
            for row in spent:
                self._bury(connection, row["seq"])
            alive = [row for row in first if row not in spent][: limit // len(groups)]
            for row in alive:
                connection.execute(tables.HAND_OUT, (receipt, visible_at, row["seq"]))
                taken.append(Delivery(str(row["seq"]), receipt, group, row["receives"] + 1, row["body"]))
            if alive:
                self._groups.hold(connection, group, visible_at)
            else:
                self._groups.settle(connection, group)
        return taken

    def _bury(self, connection: sqlite3.Connection, seq: int) -> None:
        connection.execute(tables.BURY, {"seq": seq, "now": self._clock()})
        connection.execute("DELETE FROM messages WHERE seq = ?", (seq,))

    def _count(self, table: str) -> int:
        with told():
            return self._database.connection().execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def _wake_all(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()


@contextmanager
def told() -> Generator[None]:
    """What goes wrong with the file, as QueueUnavailableError."""
    try:
        yield
    except sqlite3.Error as error:
        raise QueueUnavailableError(f"queue: {error}") from error
