"""Sessions as rows of SQLite: the tables, and what a row says."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from assistant.sessions import SessionsUnavailableError, Turn

SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
  key TEXT NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, reply TEXT NOT NULL, at TEXT NOT NULL,
  error INTEGER NOT NULL, user TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (key, n)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
  key TEXT NOT NULL, id TEXT NOT NULL, n INTEGER NOT NULL, error INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (key, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS summaries (
  key TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL, upto INTEGER NOT NULL, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS turns_expiry ON turns (expires_at);
CREATE INDEX IF NOT EXISTS turns_user ON turns (user, key) WHERE user <> '';
CREATE INDEX IF NOT EXISTS seen_expiry ON seen (expires_at);
CREATE INDEX IF NOT EXISTS summaries_expiry ON summaries (expires_at);
"""


def turn_of(row: sqlite3.Row) -> Turn:
    """The turn in a row of `turns`."""
    return Turn(row["id"], row["text"], row["reply"], row["at"], bool(row["error"]), row["user"], row["n"])


def put(connection: sqlite3.Connection, key: str, turn: Turn, expires_at: int) -> None:
    """Writes a turn and, unless it is an empty place, that its message is answered."""
    connection.execute(
        "INSERT OR REPLACE INTO turns (key, n, id, text, reply, at, error, user, expires_at)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        (key, turn.n, turn.id, turn.text, turn.reply, turn.at, turn.error, turn.user, expires_at),
    )
    if not turn.erased:
        connection.execute(
            "INSERT OR REPLACE INTO seen (key, id, n, error, expires_at) VALUES (?,?,?,?,?)",
            (key, turn.id, turn.n, turn.error, expires_at),
        )


@contextmanager
def told() -> Generator[None]:
    """What goes wrong with the file, as SessionsUnavailableError."""
    try:
        yield
    except sqlite3.Error as error:
        raise SessionsUnavailableError(f"sessions: {error}") from error
