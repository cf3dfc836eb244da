"""Usage in the machine's database."""

import sqlite3
import time
from collections.abc import Callable

from assistant.database import Database
from assistant.usage import KEPT_SECONDS, Spent

SCHEMA = """
CREATE TABLE IF NOT EXISTS usage (
  tenant TEXT NOT NULL, day TEXT NOT NULL, conversation TEXT NOT NULL, tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL, usd REAL NOT NULL, expires_at REAL NOT NULL, PRIMARY KEY (tenant, day, conversation)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS usage_expiry ON usage (expires_at);
"""
ADD = """
INSERT INTO usage (tenant, day, conversation, tokens_in, tokens_out, usd, expires_at) VALUES (?,?,?,?,?,?,?)
ON CONFLICT (tenant, day, conversation) DO UPDATE SET
  tokens_in = tokens_in + excluded.tokens_in, tokens_out = tokens_out + excluded.tokens_out, usd = usd + excluded.usd
"""
PURGED_AT_ONCE = 10


class SqliteUsage:
    """The `Usage` protocol."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock
        database.ensure(SCHEMA)

    def add(self, tenant: str, conversation: str, day: str, tokens_in: int, tokens_out: int, usd: float) -> None:
        """See `Usage`."""
        now = self._clock()

        def operation(connection: sqlite3.Connection) -> None:
            for of in {"", conversation}:  # the sums without a conversation are the tenant's
                connection.execute(ADD, (tenant, day, of, tokens_in, tokens_out, usd, now + KEPT_SECONDS))
            connection.execute(
                "DELETE FROM usage WHERE (tenant, day, conversation) IN"
                " (SELECT tenant, day, conversation FROM usage WHERE expires_at <= ? LIMIT ?)",
                (now, PURGED_AT_ONCE),
            )

        self._database.write_later(operation)  # a reply does not wait for its bill

    def spent(self, tenant: str, day: str, conversation: str = "") -> Spent:
        """See `Usage`."""
        query = "SELECT tokens_in, tokens_out, usd FROM usage WHERE tenant = ? AND day = ? AND conversation = ?"
        row = self._database.connection().execute(query, (tenant, day, conversation)).fetchone()
        return Spent(*row) if row else Spent()
