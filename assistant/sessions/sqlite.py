"""Sessions in SQLite, for one machine."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from assistant.database import BUSY_SECONDS, Database
from assistant.outbox import Outgoing
from assistant.outbox import sqlite as outbox
from assistant.sessions import DAY_SECONDS, PAGE_TURNS, Answer, Recent, Seen, Summary, Turn, rows, sqlite_archive
from assistant.sessions.rows import told, turn_of

PURGED_AT_ONCE = 500
"""Few enough that writers of other things hardly wait."""
PURGED = {
    "seen": "(key, id) IN (SELECT key, id FROM seen",
    "summaries": "key IN (SELECT key FROM summaries",
    "outbox": "seq IN (SELECT seq FROM outbox",
    "turns": "(key, n) IN (SELECT key, n FROM turns",
}


class SqliteSessions:
    """The `Sessions` and `Archive` protocols on one file."""

    def __init__(
        self, database: Database | Path, *, days: int = 30, clock: Callable[[], float] = time.time,
        busy_s: float = BUSY_SECONDS,
    ) -> None:  # fmt: skip
        """With a path, the file is opened, waiting `busy_s` for other processes that write."""
        self._own = not isinstance(database, Database)
        self._database = database if isinstance(database, Database) else Database(database, busy_s=busy_s)
        self._database.ensure(rows.SCHEMA + outbox.SCHEMA)
        self._seconds, self._clock = days * DAY_SECONDS, clock

    def seen(self, key: str, message_id: str) -> Seen | None:
        """See `Sessions`."""
        with told():
            return self._seen(self._database.connection(), key, message_id)

    def recent(self, key: str, limit: int) -> Recent:
        """See `Sessions`."""
        query = "SELECT * FROM turns WHERE key = ? ORDER BY n DESC LIMIT ?"
        with told():
            found = self._database.connection().execute(query, (key, max(1, limit))).fetchall()
        live = [row for row in reversed(found[:limit]) if row["expires_at"] > self._clock() and row["id"]]
        return Recent(tuple(turn_of(row) for row in live), found[0]["n"] if found else 0)

    def turns(self, key: str, after: int) -> list[Turn]:
        """See `Sessions`."""
        query = "SELECT * FROM turns WHERE key = ? AND n > ? AND expires_at > ? AND id <> '' ORDER BY n LIMIT ?"
        with told():
            found = self._database.connection().execute(query, (key, after, self._clock(), PAGE_TURNS)).fetchall()
        return [turn_of(row) for row in found]

    def store(
        self, key: str, answer: Answer, *, after: int, replaces: int | None = None, outgoing: Outgoing | None = None
    ) -> bool:
        """See `Sessions`."""
        expires = self._expiry()

        def write(connection: sqlite3.Connection) -> bool:
            seen = self._seen(connection, key, answer.id)
            if seen and not (seen.error and seen.n == replaces):
                return False
            n = replaces
            if n is None:  # nobody else writes meanwhile, so nobody else takes the number
                last = connection.execute("SELECT max(n) FROM turns WHERE key = ?", (key,)).fetchone()[0]
                n = max(last or 0, after) + 1
            turn = Turn(answer.id, answer.text, answer.reply, answer.at, answer.error, answer.user, n)
            rows.put(connection, key, turn, expires)
            if outgoing is not None:
                outbox.put(connection, key, outgoing, expires)
            return True

        with told():
            return self._database.write(write)

    def summary(self, key: str) -> Summary | None:
        """See `Sessions`."""
        query = "SELECT text, upto FROM summaries WHERE key = ? AND expires_at > ?"
        with told():
            row = self._database.connection().execute(query, (key, self._clock())).fetchone()
        return Summary(row["text"], row["upto"]) if row else None

    def save_summary(self, key: str, text: str, upto: int, expected_upto: int) -> bool:
        """See `Sessions`."""
        now, expires = self._clock(), self._expiry()

        def write(connection: sqlite3.Connection) -> bool:
            query = "SELECT upto FROM summaries WHERE key = ? AND expires_at > ?"
            row = connection.execute(query, (key, now)).fetchone()
            if (row["upto"] if row else 0) != expected_upto:
                return False
            connection.execute("INSERT OR REPLACE INTO summaries VALUES (?,?,?,?)", (key, text, upto, expires))
            return True

        with told():
            return self._database.write(write)

    def ready(self) -> None:
        """See `Sessions`."""
        with told():
            self._database.connection().execute("SELECT n FROM turns LIMIT 1").fetchall()

    def export(self, tenant: str | None = None) -> Iterator[dict[str, Any]]:
        """See `Archive`."""
        with told():
            yield from sqlite_archive.export(self._database, tenant, self._clock)

    def import_(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """See `Archive`."""
        with told():
            return sqlite_archive.import_(self._database, lines, self._clock)

    def erase(self, tenant: str, channel: str, user: str) -> int:
        """See `Archive`."""
        with told():
            return sqlite_archive.erase(self._database, f"{tenant}#{channel}#", user)

    def purge(self) -> int:
        """Deletes what has expired, also of the outbox; returns how many turns."""
        now, turns = self._clock(), 0
        for table, which in PURGED.items():
            gone = PURGED_AT_ONCE
            while gone == PURGED_AT_ONCE:
                statement = f"DELETE FROM {table} WHERE {which} WHERE expires_at <= ? LIMIT {PURGED_AT_ONCE})"
                with told():
                    gone = self._database.write(lambda c, told_of=statement: c.execute(told_of, (now,)).rowcount)
                turns += gone if table == "turns" else 0
        return turns

    def close(self) -> None:
        """Closes the file, unless it was given open."""
        if self._own:
            self._database.close()

    def _expiry(self) -> int:
        return int(self._clock()) + self._seconds

    def _seen(self, connection: sqlite3.Connection, key: str, message_id: str) -> Seen | None:
        query = "SELECT n, error FROM seen WHERE key = ? AND id = ? AND expires_at > ?"
        row = connection.execute(query, (key, message_id, self._clock())).fetchone()
        return Seen(row["n"], bool(row["error"])) if row else None
