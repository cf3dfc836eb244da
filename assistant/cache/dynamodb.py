"""Replies in the records' table: items of the partition `<tenant>#cache`."""

import math
import time
from collections.abc import Callable
from typing import Any

from assistant import aws


class DynamoCache:
    """The `Cache` protocol. Needs dynamodb:GetItem and PutItem."""

    def __init__(self, table: str, *, client: Any = None, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = table, clock
        # A cache that is slower than this is none.
        self._client = client or aws.client("dynamodb", connect_timeout_s=1, read_timeout_s=1, attempts=1)

    def get(self, key: str) -> str | None:
        """See `Cache`."""
        item = self._client.get_item(TableName=self._table, Key=_where(key)).get("Item")
        # The table's TTL deletes late, so expired means absent.
        return item["text"]["S"] if item and float(item["expires_at"]["N"]) > self._clock() else None

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """See `Cache`."""
        expires = {"N": str(math.ceil(self._clock() + ttl_s))}
        self._client.put_item(TableName=self._table, Item={**_where(key), "text": {"S": text}, "expires_at": expires})


def _where(key: str) -> dict[str, Any]:
    tenant, _, digest = key.rpartition("#")
    return {"pk": {"S": f"{tenant}#cache"}, "sk": {"S": digest}}
