"""The cache of replies: what was answered to the same question in the same conversation, of the same tenant."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from assistant.config import Config, ConfigError

if TYPE_CHECKING:
    from assistant.cache.tiered import Tier
    from assistant.database import Database


class Cache(Protocol):
    """Keeps replies for a time. Any method may raise: whoever asks treats that as a miss."""

    def get(self, key: str) -> str | None:
        """The text, or None when it is not there or no longer valid. `key` is of `key_of`."""
        ...

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """Keeps the text for `ttl_s` seconds; it takes the place of an earlier one."""
        ...


def key_of(tenant: str, digest: str) -> str:
    """The key under which a tenant's reply is kept. The tenant is part of it: no tenant ever finds another's."""
    return f"{tenant}#{digest}"


def build(config: Config, *, database: "Database | None" = None, table: str = "") -> Cache | None:
    """The cache that the configuration names, on the machine's database or a table. None when it is off.

    The tiers are memory, then the table or Valkey: either is shared by all processes, so one of them is enough.
    Raises ConfigError.
    """
    if config.cache.kind == "off":
        return None
    from assistant.cache.memory import MemoryCache
    from assistant.cache.tiered import TieredCache

    tiers: list[Tier] = [
        ("memory", MemoryCache(entries=config.cache.entries, most_bytes=config.cache.mib * 1024 * 1024))
    ]
    if config.cache.kind == "table":
        tiers.append(("table", _table(database, table)))
    elif config.cache.kind == "valkey":
        if find_spec("valkey") is None:  # otherwise every lookup would be an error that only the log tells
            raise ConfigError(
                "ASSISTANT_CACHE: got 'valkey' where the Python package valkey is not installed, expected it, or "
                "off, memory or table"
            )
        from assistant.cache.valkey import ValkeyCache

        tiers.append(("valkey", ValkeyCache(config.cache.url_ref)))
    return TieredCache(tiers)


def _table(database: "Database | None", table: str) -> Cache:
    if database is not None:
        from assistant.cache.sqlite import SqliteCache

        return SqliteCache(database)
    if not table:
        raise ConfigError(
            "ASSISTANT_RECORDS_TABLE: got nothing, expected a table's name: ASSISTANT_CACHE=table needs it"
        )
    from assistant.cache.dynamodb import DynamoCache

    return DynamoCache(table)
