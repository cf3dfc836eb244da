"""Replies in the machine's database: they outlive the process."""

import sqlite3
import time
from collections.abc import Callable

from assistant.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS cached (
  key TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cached_expiry ON cached (expires_at);
"""
PURGED_AT_ONCE = 10  # more than one, so that what has expired becomes less with every reply that is kept


class SqliteCache:
    """The `Cache` protocol."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock
        database.ensure(SCHEMA)

    def get(self, key: str) -> str | None:
        """See `Cache`."""
        query = "SELECT text FROM cached WHERE key = ? AND expires_at > ?"
        row = self._database.connection().execute(query, (key, self._clock())).fetchone()
        return row["text"] if row else None

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """See `Cache`."""
        now = self._clock()

        def operation(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM cached WHERE key IN (SELECT key FROM cached WHERE expires_at <= ? LIMIT ?)",
                (now, PURGED_AT_ONCE),
            )
            connection.execute(
                "INSERT OR REPLACE INTO cached (key, text, expires_at) VALUES (?,?,?)", (key, text, now + ttl_s)
            )

        self._database.write(operation)
