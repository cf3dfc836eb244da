"""How sessions leave a SQLite file, enter one, and are forgotten."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from assistant.database import Database
from assistant.sessions import PAGE_TURNS, Summary, Turn, rows, transfer
from assistant.sessions.rows import turn_of
from assistant.sessions.transfer import Line

BEHIND = chr(ord("#") + 1)
NEXT_KEY = """
SELECT min(key) FROM (SELECT min(key) AS key FROM turns WHERE key > :after AND key < :end
                      UNION ALL SELECT min(key) FROM summaries WHERE key > :after AND key < :end)
"""


def export(database: Database, tenant: str | None, clock: Callable[[], float]) -> Iterator[dict[str, Any]]:
    """See `Archive`."""
    after, end = ("", "\U0010ffff") if tenant is None else (f"{tenant}#", f"{tenant}{BEHIND}")
    while key := database.connection().execute(NEXT_KEY, {"after": after, "end": end}).fetchone()[0]:
        yield from transfer.conversation(key, _turns(database, key, clock()), _summary(database, key, clock()))
        after = key


def import_(database: Database, lines: Iterable[Mapping[str, Any]], clock: Callable[[], float]) -> int:
    """See `Archive`."""
    changed = 0
    for batch in transfer.batches(lines):
        write = _import_summary if batch[0].summary is not None else _import_turns
        changed += database.write(partial(write, batch=batch, now=clock()))
    return changed


def erase(database: Database, prefix: str, user: str) -> int:
    """See `Archive`; `prefix` is `<tenant>#<channel>#`."""
    query = "SELECT DISTINCT key FROM turns WHERE user = ? AND user <> '' AND key >= ? AND key < ?"
    until = prefix[:-1] + BEHIND
    keys = [row["key"] for row in database.connection().execute(query, (user, prefix, until)).fetchall()]
    erased = sum(database.write(partial(_erase, key=key, user=user)) for key in keys)
    if keys:  # the log ahead of the file still holds what was said
        database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return erased


def _turns(database: Database, key: str, now: float) -> Iterator[tuple[Turn, int]]:
    query, after = "SELECT * FROM turns WHERE key = ? AND n > ? AND expires_at > ? ORDER BY n LIMIT ?", 0
    while found := database.connection().execute(query, (key, after, now, PAGE_TURNS)).fetchall():
        yield from ((turn_of(row), row["expires_at"]) for row in found)
        after = found[-1]["n"]


def _summary(database: Database, key: str, now: float) -> tuple[Summary, int] | None:
    query = "SELECT * FROM summaries WHERE key = ? AND expires_at > ?"
    row = database.connection().execute(query, (key, now)).fetchone()
    return (Summary(row["text"], row["upto"]), row["expires_at"]) if row else None


def _import_turns(connection: sqlite3.Connection, batch: list[Line], now: float) -> int:
    key, first, last = batch[0].key, _number(batch[0]), _number(batch[-1])
    query = "SELECT * FROM turns WHERE key = ? AND n BETWEEN ? AND ? AND expires_at > ?"
    there = {row["n"]: turn_of(row) for row in connection.execute(query, (key, first, last, now))}
    newest = "SELECT max(n) FROM turns WHERE key = ? AND expires_at > ?"
    wanted = transfer.changes(batch, there, connection.execute(newest, (key, now)).fetchone()[0] or 0)
    for line in wanted:
        assert line.turn is not None
        query = "SELECT n FROM seen WHERE key = ? AND id = ? AND n <> ? AND expires_at > ?"
        other = connection.execute(query, (key, line.turn.id, line.turn.n, now)).fetchone()
        if other is not None:
            raise transfer.answered_elsewhere(line)
        rows.put(connection, key, line.turn, line.expires_at)
    return len(wanted)


def _import_summary(connection: sqlite3.Connection, batch: list[Line], now: float) -> int:
    (line,) = batch
    assert line.summary is not None
    query = "SELECT upto FROM summaries WHERE key = ? AND expires_at > ?"
    row = connection.execute(query, (line.key, now)).fetchone()
    if row is not None and row["upto"] >= line.summary.upto:
        return 0
    values = (line.key, line.summary.text, line.summary.upto, line.expires_at)
    connection.execute("INSERT OR REPLACE INTO summaries (key, text, upto, expires_at) VALUES (?,?,?,?)", values)
    return 1


def _erase(connection: sqlite3.Connection, key: str, user: str) -> int:
    connection.execute("PRAGMA secure_delete=ON")  # the bytes, not only the way to them
    try:
        theirs = {"key": key, "user": user}
        said = "SELECT id FROM turns WHERE key = :key AND user = :user"
        connection.execute(f"DELETE FROM seen WHERE key = :key AND id IN ({said})", theirs)
        connection.execute(f"DELETE FROM outbox WHERE key = :key AND id IN ({said})", theirs)
        connection.execute("DELETE FROM summaries WHERE key = :key", theirs)
        others = "SELECT 1 FROM turns WHERE key = :key AND user <> :user AND id <> '' LIMIT 1"
        if connection.execute(others, theirs).fetchone() is None:
            query = "SELECT count(*) FROM turns WHERE key = :key AND user = :user"
            count = connection.execute(query, theirs).fetchone()[0]
            connection.execute("DELETE FROM turns WHERE key = :key", theirs)
            return count
        empty = "id = '', text = '', reply = '', at = '', error = 0, user = ''"
        return connection.execute(f"UPDATE turns SET {empty} WHERE key = :key AND user = :user", theirs).rowcount
    finally:
        connection.execute("PRAGMA secure_delete=OFF")


def _number(line: Line) -> int:
    assert line.turn is not None
    return line.turn.n
