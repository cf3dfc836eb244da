"""The queue in SQLite, for one machine and one process."""

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from assistant.database import BUSY_SECONDS, Database
from assistant.messages import Message
from assistant.queue import BATCH, DEDUPLICATION_SECONDS, Delivery, QueueUnavailableError

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, grp TEXT NOT NULL, body TEXT NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
  visible_at REAL NOT NULL DEFAULT 0, receipt TEXT
);
CREATE INDEX IF NOT EXISTS messages_group ON messages (grp, visible_at);
CREATE TABLE IF NOT EXISTS sent (deduplication TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead_letters (
  seq INTEGER PRIMARY KEY, grp TEXT NOT NULL, body TEXT NOT NULL, receives INTEGER NOT NULL, at REAL NOT NULL
);
"""
NEXT = """
SELECT * FROM messages m WHERE m.visible_at <= :now
  AND NOT EXISTS (SELECT 1 FROM messages held WHERE held.grp = m.grp AND held.visible_at > :now)
ORDER BY m.seq LIMIT :limit
"""
GIVEN_UP = "FROM messages WHERE receives >= :most AND visible_at <= :now"
LONGEST_SLEEP_SECONDS = 5.0


class SqliteQueue:
    """The `Queue` protocol on one file."""

    def __init__(
        self, path: Path, *, visibility_s: float = 90, max_receives: int = 5, clock: Callable[[], float] = time.time,
        busy_s: float = BUSY_SECONDS,
    ) -> None:  # fmt: skip
        self._database = Database(path, SCHEMA, busy_s=busy_s)
        self._visibility_s, self._max_receives, self._clock = visibility_s, max_receives, clock
        self._changed = threading.Condition()
        self._closing = False

    def send(self, message: Message) -> None:
        """See `Queue`."""
        now = self._clock()
        with _told(), self._database.transaction() as connection:
            connection.execute("DELETE FROM sent WHERE at <= ?", (now - DEDUPLICATION_SECONDS,))
            fresh = connection.execute("INSERT OR IGNORE INTO sent VALUES (?,?)", (message.deduplication, now)).rowcount
            if fresh:
                row = (message.group, message.to_body())
                connection.execute("INSERT INTO messages (grp, body) VALUES (?,?)", row)
        self._wake()

    def receive(self, limit: int, wait_s: float) -> list[Delivery]:
        """See `Queue`."""
        until = time.monotonic() + wait_s
        # Looking and falling asleep happen under one lock: a message sent in between wakes the sleeper.
        with self._changed:
            while not self._closing:
                if taken := self._take(min(limit, BATCH)):
                    return taken
                left = min(until - time.monotonic(), LONGEST_SLEEP_SECONDS, self._next_in())
                if until <= time.monotonic():
                    break
                self._changed.wait(max(0.001, left))
        return []

    def done(self, delivery: Delivery) -> None:
        """See `Queue`. A receipt that is no longer the newest one changes nothing."""
        with _told(), self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM messages WHERE seq = ? AND receipt = ?", (int(delivery.id), delivery.receipt)
            )
        self._wake()

    def retry(self, delivery: Delivery, after_s: int) -> None:
        """See `Queue`. A receipt that is no longer the newest one changes nothing."""
        with _told(), self._database.transaction() as connection:
            connection.execute(
                "UPDATE messages SET visible_at = ? WHERE seq = ? AND receipt = ?",
                (self._clock() + after_s, int(delivery.id), delivery.receipt),
            )
        self._wake()

    def recover(self) -> int:
        """Makes what an ended process had taken available again; returns how many messages."""
        with _told(), self._database.transaction() as connection:
            return connection.execute("UPDATE messages SET visible_at = 0 WHERE visible_at > 0").rowcount

    def depth(self) -> int:
        """Messages that are not answered yet."""
        with _told():
            return self._database.connection().execute("SELECT count(*) FROM messages").fetchone()[0]

    def dead_letters(self) -> list[str]:
        """The bodies of the messages that nobody could process, oldest first."""
        with _told():
            rows = self._database.connection().execute("SELECT body FROM dead_letters ORDER BY seq")
            return [row["body"] for row in rows]

    def stop(self) -> None:
        """Wakes everybody who waits in `receive`; from now on it returns nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def _take(self, limit: int) -> list[Delivery]:
        now = self._clock()
        taken: list[Delivery] = []
        with _told(), self._database.transaction() as connection:
            dead = {"now": now, "most": self._max_receives}
            connection.execute(f"INSERT INTO dead_letters SELECT seq, grp, body, receives, :now {GIVEN_UP}", dead)
            connection.execute(f"DELETE {GIVEN_UP}", dead)
            for row in connection.execute(NEXT, {"now": now, "limit": limit}).fetchall():
                receipt, receives = uuid.uuid4().hex, row["receives"] + 1
                connection.execute(
                    "UPDATE messages SET receives = ?, receipt = ?, visible_at = ? WHERE seq = ?",
                    (receives, receipt, now + self._visibility_s, row["seq"]),
                )
                taken.append(Delivery(str(row["seq"]), receipt, row["grp"], receives, row["body"]))
        return taken

    def _next_in(self) -> float:
        """Seconds until a message that is held now may become available."""
        with _told():
            query = "SELECT min(visible_at) FROM messages WHERE visible_at > ?"
            first = self._database.connection().execute(query, (self._clock(),)).fetchone()[0]
        return LONGEST_SLEEP_SECONDS if first is None else first - self._clock()


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise QueueUnavailableError(f"queue: {error}") from error
