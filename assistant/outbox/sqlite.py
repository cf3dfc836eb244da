"""The outbox in the machine's database."""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any

from assistant.database import Database
from assistant.outbox import Outgoing, Pending, State
from assistant.sessions import DAY_SECONDS
from assistant.sessions.rows import told

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY, key TEXT NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL, installation TEXT NOT NULL,
  tenant TEXT NOT NULL, address TEXT NOT NULL, reply TEXT NOT NULL, state TEXT NOT NULL, part INTEGER NOT NULL,
  attempts INTEGER NOT NULL, reason TEXT NOT NULL, expires_at REAL NOT NULL, UNIQUE (key, id)
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (seq) WHERE state IN ('pending', 'sending');
CREATE INDEX IF NOT EXISTS outbox_expiry ON outbox (expires_at);
"""
PUT = """
INSERT INTO outbox (key, id, channel, installation, tenant, address, reply, state, part, attempts, reason,
                    expires_at)
VALUES (:key, :id, :channel, :installation, :tenant, :address, :reply, 'pending', 0, 0, '', :expires)
ON CONFLICT (key, id) DO UPDATE SET
  channel = excluded.channel, installation = excluded.installation, tenant = excluded.tenant,
  address = excluded.address, reply = excluded.reply, state = 'pending', part = 0, attempts = attempts + 1,
  reason = '', expires_at = excluded.expires_at
"""
HERE = "WHERE key = :key AND id = :id"
FINAL = "reply = '', address = '{}', expires_at = :expires"


def put(connection: sqlite3.Connection, key: str, outgoing: Outgoing, expires_at: float) -> None:
    """Makes the record, or begins it anew; what anybody has loaded before is then out of date."""
    row = {
        "key": key, "id": outgoing.message_id, "channel": outgoing.channel, "installation": outgoing.installation,
        "tenant": outgoing.tenant, "address": json.dumps(dict(outgoing.address)), "reply": outgoing.reply,
        "expires": expires_at,
    }  # fmt: skip
    connection.execute(PUT, row)


class SqliteOutbox:
    """The `Outbox` protocol."""

    def __init__(self, database: Database, *, days: int = 30, clock: Callable[[], float] = time.time) -> None:
        self._database, self._seconds, self._clock = database, days * DAY_SECONDS, clock
        database.ensure(SCHEMA)

    def load(self, key: str, message_id: str) -> Pending | None:
        """See `Outbox`."""
        query = f"SELECT * FROM outbox {HERE} AND expires_at > :now"
        with told():
            where = {"key": key, "id": message_id, "now": self._clock()}
            row = self._database.connection().execute(query, where).fetchone()
        if row is None:
            return None
        outgoing = Outgoing(
            row["id"], row["channel"], row["installation"], row["tenant"], json.loads(row["address"]), row["reply"]
        )
        return Pending(outgoing, row["state"], row["part"], row["attempts"])

    def begin(self, key: str, message_id: str, part: int, expected: int) -> bool:
        """See `Outbox`."""
        return self._change(
            f"state = 'sending', attempts = attempts + 1 {HERE} AND state = 'pending' AND part = :part"
            " AND attempts = :expected",
            {"key": key, "id": message_id, "part": part, "expected": expected},
        )

    def sent(self, key: str, message_id: str, part: int, *, last: bool) -> None:
        """See `Outbox`. Not waited for: until it is on disk, a crash leaves what one a moment earlier would have."""
        change = f"state = 'sent', {FINAL}" if last else "state = 'pending'"
        where = f"{HERE} AND state = 'sending' AND part = :part"
        given = {"key": key, "id": message_id, "part": part, "expires": self._clock() + self._seconds}
        with told():
            self._database.write_later(
                lambda c: c.execute(f"UPDATE outbox SET {change}, part = :part + 1 {where}", given).rowcount
            )

    def release(self, key: str, message_id: str, part: int) -> None:
        """See `Outbox`."""
        self._change(
            f"state = 'pending' {HERE} AND state = 'sending' AND part = :part",
            {"key": key, "id": message_id, "part": part},
        )

    def fail(self, key: str, message_id: str, state: State, reason: str) -> None:
        """See `Outbox`."""
        self._change(
            f"state = :state, reason = :reason, {FINAL} {HERE} AND state IN ('pending', 'sending')",
            {"key": key, "id": message_id, "state": state, "reason": reason},
        )

    def waiting(self, limit: int) -> list[tuple[str, str]]:
        """See `Outbox`."""
        query = (
            "SELECT key, id FROM outbox INDEXED BY outbox_waiting WHERE state IN ('pending', 'sending')"
            " AND expires_at > ? ORDER BY seq LIMIT ?"
        )
        with told():
            rows = self._database.connection().execute(query, (self._clock(), limit)).fetchall()
        return [(row["key"], row["id"]) for row in rows]

    def _change(self, change: str, values: Mapping[str, Any]) -> bool:
        given = {"expires": self._clock() + self._seconds, **values}
        with told():
            return self._database.write(lambda c: c.execute(f"UPDATE outbox SET {change}", given).rowcount) == 1
