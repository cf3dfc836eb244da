"""The tables of the queue in SQLite, and the turns that groups take.

A row of `groups` stands for a group that has messages. `free_at` is 0 when its first message may be handed out, else
the time when what holds it (messages that are handed out or wait for a retry) ends. `turn` orders those that are free.
So finding the next message, or the time until there is one, looks at one entry of an index, however many wait.
"""

import sqlite3
from collections.abc import Callable, Iterator

from assistant.queue import BATCH

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, grp TEXT NOT NULL, body TEXT NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
  visible_at REAL NOT NULL DEFAULT 0, receipt TEXT, reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS messages_group ON messages (grp);
CREATE TABLE IF NOT EXISTS groups (
  grp TEXT NOT NULL PRIMARY KEY, turn INTEGER NOT NULL, free_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS groups_order ON groups (free_at, turn);
CREATE TABLE IF NOT EXISTS sent (deduplication TEXT NOT NULL PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sent_at ON sent (at);
CREATE TABLE IF NOT EXISTS dead_letters (
  seq INTEGER PRIMARY KEY, grp TEXT NOT NULL, body TEXT NOT NULL, receives INTEGER NOT NULL, reason TEXT NOT NULL,
  at REAL NOT NULL
);
"""
FORGET_SENT = """
DELETE FROM sent WHERE deduplication IN (SELECT deduplication FROM sent WHERE at <= :old ORDER BY at LIMIT 10)
"""
REMEMBER_SENT = """
INSERT INTO sent (deduplication, at) VALUES (:id, :now)
ON CONFLICT (deduplication) DO UPDATE SET at = excluded.at WHERE at <= :old
"""
FIRST = "SELECT seq, receives, body FROM messages WHERE grp = ? ORDER BY seq LIMIT ?"
HAND_OUT = "UPDATE messages SET receives = receives + 1, receipt = ?, visible_at = ? WHERE seq = ?"
BURY = """
INSERT INTO dead_letters (seq, grp, body, receives, reason, at)
SELECT seq, grp, body, receives, CASE reason WHEN '' THEN 'nobody confirmed it' ELSE reason END, :now
FROM messages WHERE seq = :seq
"""
DUE = "UPDATE groups SET free_at = 0, turn = ? WHERE free_at > 0 AND free_at <= ?"
FREE = "SELECT grp FROM groups WHERE free_at = 0 ORDER BY turn LIMIT ?"
NEXT = "SELECT free_at FROM groups ORDER BY free_at LIMIT 1"
# Only the first messages of a group are ever handed out, as many as one receive gives.
HELD = "SELECT max(visible_at) FROM (SELECT visible_at FROM messages WHERE grp = ? ORDER BY seq LIMIT ?)"


class Groups:
    """The table `groups`. All but `free_in` belong into a write."""

    def __init__(self, clock: Callable[[], float], turns: Iterator[int]) -> None:
        self._clock, self._turns = clock, turns

    def add(self, connection: sqlite3.Connection, group: str) -> None:
        """The group has a message, as its only one or behind others."""
        connection.execute("INSERT OR IGNORE INTO groups VALUES (?,?,0)", (group, next(self._turns)))

    def free(self, connection: sqlite3.Connection, limit: int) -> list[str]:
        """Up to `limit` groups whose first message may be handed out, those that waited longest first."""
        connection.execute(DUE, (next(self._turns), self._clock()))
        return [row["grp"] for row in connection.execute(FREE, (limit,)).fetchall()]

    def hold(self, connection: sqlite3.Connection, group: str, until: float) -> None:
        """Nothing more of the group is handed out until then."""
        connection.execute("UPDATE groups SET free_at = ? WHERE grp = ?", (until, group))

    def settle(self, connection: sqlite3.Connection, group: str) -> bool:
        """Works out anew whether the group is free, held or gone. True when it is free; it goes to the end."""
        held = connection.execute(HELD, (group, BATCH)).fetchone()[0]
        if held is None:
            connection.execute("DELETE FROM groups WHERE grp = ?", (group,))
            return False
        if held > self._clock():
            self.hold(connection, group, held)
            return False
        connection.execute("UPDATE groups SET free_at = 0, turn = ? WHERE grp = ?", (next(self._turns), group))
        return True

    def free_in(self, connection: sqlite3.Connection) -> float:
        """Seconds until a group is free; 0 or less when one is now."""
        row = connection.execute(NEXT).fetchone()
        return row["free_at"] - self._clock() if row else float("inf")
