"""Intake on one machine: the de-duplication key and the message in one transaction."""

import sqlite3
import time
from collections.abc import Callable

from assistant.database import Database
from assistant.intake import claim_of
from assistant.messages import Message
from assistant.queue.sqlite import SqliteQueue, told

SCHEMA = """
CREATE TABLE IF NOT EXISTS claims (
  place TEXT NOT NULL, name TEXT NOT NULL, expires_at REAL NOT NULL, PRIMARY KEY (place, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claims_expiry ON claims (expires_at);
"""
CLAIM = """
INSERT INTO claims (place, name, expires_at) VALUES (:place, :name, :expires)
ON CONFLICT (place, name) DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= :now
"""
PURGE = """
DELETE FROM claims WHERE (place, name) IN (SELECT place, name FROM claims WHERE expires_at <= ? LIMIT 500)
"""
PURGED_AT_ONCE = 500
PROBE = """
INSERT INTO claims (place, name, expires_at) VALUES ('ready', 'ready', ?)
ON CONFLICT (place, name) DO UPDATE SET expires_at = excluded.expires_at
"""


class SqliteIntake:
    """The `Intake` protocol. The queue must be in the same database."""

    def __init__(self, database: Database, queue: SqliteQueue, *, clock: Callable[[], float] = time.time) -> None:
        self._database, self._queue, self._clock = database, queue, clock
        database.ensure(SCHEMA)

    def accept(self, message: Message, dedup_ttl_s: float) -> bool:
        """See `Intake`. Never busy."""
        now, (place, name) = self._clock(), claim_of(message)
        claim = {"place": place, "name": name, "now": now, "expires": now + dedup_ttl_s}
        group, body = message.group, message.to_body()

        def write(connection: sqlite3.Connection) -> bool:
            if not connection.execute(CLAIM, claim).rowcount:
                return False
            self._queue.put(connection, group, body)
            return True

        with told():
            fresh = self._database.write(write)
        if fresh:
            self._queue.wake()
        return fresh

    def ready(self) -> None:
        """See `Intake`. Writes, because a disk that is full or read-only can still be read."""
        now = self._clock()
        with told():
            self._database.write(lambda connection: connection.execute(PROBE, (now,)))

    def purge(self) -> int:
        """Deletes keys that have expired; returns how many."""
        now, total, gone = self._clock(), 0, PURGED_AT_ONCE
        while gone == PURGED_AT_ONCE:
            with told():
                gone = self._database.write(lambda connection: connection.execute(PURGE, (now,)).rowcount)
            total += gone
        return total
