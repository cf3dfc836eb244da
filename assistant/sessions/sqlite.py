"""Sessions in SQLite, for one machine."""

import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from assistant.database import BUSY_SECONDS, Database
from assistant.sessions import DAY_SECONDS, PAGE_TURNS, Answer, Recent, Seen, SessionsUnavailableError, Turn

SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
  key TEXT NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, reply TEXT NOT NULL, at TEXT NOT NULL,
  error INTEGER NOT NULL, expires_at REAL NOT NULL, PRIMARY KEY (key, n)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
  key TEXT NOT NULL, id TEXT NOT NULL, n INTEGER NOT NULL, error INTEGER NOT NULL, expires_at REAL NOT NULL,
  PRIMARY KEY (key, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS turns_expiry ON turns (expires_at);
CREATE INDEX IF NOT EXISTS seen_expiry ON seen (expires_at);
"""


class SqliteSessions:
    """The `Sessions` protocol on one file."""

    def __init__(
        self, path: Path, *, days: int = 30, clock: Callable[[], float] = time.time, busy_s: float = BUSY_SECONDS
    ) -> None:
        self._database = Database(path, SCHEMA, busy_s=busy_s)
        self._seconds, self._clock = days * DAY_SECONDS, clock

    def seen(self, key: str, message_id: str) -> Seen | None:
        """See `Sessions`."""
        with _told():
            return self._seen(self._database.connection(), key, message_id)

    def recent(self, key: str, limit: int) -> Recent:
        """See `Sessions`."""
        query = "SELECT * FROM turns WHERE key = ? ORDER BY n DESC LIMIT ?"
        with _told():
            rows = self._database.connection().execute(query, (key, max(1, limit))).fetchall()
        live = [_turn(row) for row in reversed(rows[:limit]) if row["expires_at"] > self._clock()]
        return Recent(tuple(live), rows[0]["n"] if rows else 0)

    def turns(self, key: str, after: int) -> list[Turn]:
        """See `Sessions`."""
        query = "SELECT * FROM turns WHERE key = ? AND n > ? AND expires_at > ? ORDER BY n LIMIT ?"
        with _told():
            rows = self._database.connection().execute(query, (key, after, self._clock(), PAGE_TURNS)).fetchall()
        return [_turn(row) for row in rows]

    def store(self, key: str, answer: Answer, *, after: int, replaces: int | None = None) -> bool:
        """See `Sessions`."""
        expires = self._clock() + self._seconds
        with _told(), self._database.transaction() as connection:
            seen = self._seen(connection, key, answer.id)
            if seen and not (seen.error and seen.n == replaces):
                return False
            n = replaces
            if n is None:  # the write lock is held: nobody else takes the number
                last = connection.execute("SELECT max(n) FROM turns WHERE key = ?", (key,)).fetchone()[0]
                n = max(last or 0, after) + 1
            connection.execute(
                "INSERT OR REPLACE INTO turns (key, n, id, text, reply, at, error, expires_at)"
                " VALUES (?,?,?,?,?,?,?,?)",
                (key, n, answer.id, answer.text, answer.reply, answer.at, answer.error, expires),
            )
            connection.execute(
                "INSERT OR REPLACE INTO seen (key, id, n, error, expires_at) VALUES (?,?,?,?,?)",
                (key, answer.id, n, answer.error, expires),
            )
        return True

    def ready(self) -> None:
        """See `Sessions`."""
        with _told():
            self._database.connection().execute("SELECT n FROM turns LIMIT 1").fetchall()

    def purge(self) -> int:
        """Deletes what has expired; returns how many turns."""
        with _told(), self._database.transaction() as connection:
            connection.execute("DELETE FROM seen WHERE expires_at <= ?", (self._clock(),))
            return connection.execute("DELETE FROM turns WHERE expires_at <= ?", (self._clock(),)).rowcount

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _seen(self, connection: sqlite3.Connection, key: str, message_id: str) -> Seen | None:
        query = "SELECT n, error FROM seen WHERE key = ? AND id = ? AND expires_at > ?"
        row = connection.execute(query, (key, message_id, self._clock())).fetchone()
        return Seen(row["n"], bool(row["error"])) if row else None


def _turn(row: sqlite3.Row) -> Turn:
    return Turn(row["id"], row["text"], row["reply"], row["at"], bool(row["error"]), row["n"])


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SessionsUnavailableError(f"sessions: {error}") from error
