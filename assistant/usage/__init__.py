"""Usage: what each tenant and each conversation took of the models, day by day."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from assistant.config import ConfigError

if TYPE_CHECKING:
    from assistant.database import Database

KEPT_SECONDS = 100 * 86_400
"""How long a day's sums are kept: a quarter, and some days to look at it."""


@dataclass(frozen=True)
class Spent:
    """Sums of one day."""

    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0

    @property
    def tokens(self) -> int:
        """Both directions together."""
        return self.tokens_in + self.tokens_out


class Usage(Protocol):
    """The sums. Adding is atomic: several processes may add at the same time. Any method may raise."""

    def add(self, tenant: str, conversation: str, day: str, tokens_in: int, tokens_out: int, usd: float) -> None:
        """Adds to the tenant's sums and the conversation's. `day` is as in 2026-01-31, of UTC."""
        ...

    def spent(self, tenant: str, day: str, conversation: str = "") -> Spent:
        """The sums of the tenant's day, or of one of its conversations."""
        ...


def build(*, database: "Database | None" = None, table: str = "") -> Usage:
    """The sums in the machine's database or in a table. Raises ConfigError when there is neither."""
    if database is not None:
        from assistant.usage.sqlite import SqliteUsage

        return SqliteUsage(database)
    if not table:
        raise ConfigError("ASSISTANT_RECORDS_TABLE: got nothing, expected a table's name: usage is counted there")
    from assistant.usage.dynamodb import DynamoUsage

    return DynamoUsage(table)
