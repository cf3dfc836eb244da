"""Replies as they come from functions: open connections in the records' table, pieces posted to each of them."""

import threading
import time
from collections.abc import Callable
from typing import Any

from assistant import aws, log, streaming
from assistant.models import Progress
from assistant.streaming.relay import GoneError, Post, Relay

LIFE_SECONDS = 7200  # no connection of a WebSocket API is older
MOST_CONNECTIONS = 16  # of one conversation
PAGE = 100  # the table deletes expired ones late
MOST_RELAYS = 256  # those of attempts that failed elsewhere are not missed


class Connections:
    """Which connections read which conversation. Needs dynamodb:Query, GetItem, PutItem and DeleteItem.

    Two items for each: `<key>#connection` with the connection's id, to find the readers of a conversation; and
    `connection#<id>` with the key, to find the former when the connection closes.
    """

    def __init__(self, table: str, *, client: Any = None, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = table, clock
        self._client = client or aws.client("dynamodb", connect_timeout_s=1, read_timeout_s=2, attempts=2)

    def add(self, key: str, connection: str) -> None:
        """The connection reads this conversation from now on, and no other."""
        before = self._key_of(connection)
        if before not in (None, key):
            self._delete(_reader(str(before), connection))
        expires = {"N": str(int(self._clock()) + LIFE_SECONDS)}
        owner = {**_owner(connection), "key": {"S": key}}
        for item in (owner, _reader(key, connection)):
            self._client.put_item(TableName=self._table, Item={**item, "expires_at": expires})

    def remove(self, connection: str) -> None:
        """The connection is closed."""
        key = self._key_of(connection)
        if key is not None:
            self._delete(_reader(key, connection))
            self._delete(_owner(connection))

    def of(self, key: str) -> list[str]:
        """The connections that read the conversation."""
        found = self._client.query(
            TableName=self._table, KeyConditionExpression="pk = :pk", Limit=PAGE,
            FilterExpression="expires_at > :now",
            ExpressionAttributeValues={":pk": {"S": f"{key}#connection"}, ":now": {"N": str(int(self._clock()))}},
        )  # fmt: skip
        return [item["sk"]["S"] for item in found["Items"]][:MOST_CONNECTIONS]

    def _key_of(self, connection: str) -> str | None:
        found = self._client.get_item(TableName=self._table, Key=_owner(connection), ConsistentRead=True)
        return str(found["Item"]["key"]["S"]) if "Item" in found else None

    def _delete(self, key: dict[str, Any]) -> None:
        self._client.delete_item(TableName=self._table, Key=key)


class ConnectionPublisher:
    """The `Publisher` of functions. Needs execute-api:ManageConnections besides what `Connections` needs."""

    def __init__(
        self, table: str, endpoint: str, *, connections: Connections | None = None, post: Post | None = None,
        batch_s: float = 0.2, refresh_s: float = 1.0,
    ) -> None:  # fmt: skip
        """`endpoint`: the WebSocket API's management address (https://). Nothing is connected before its first use."""
        self._table, self._endpoint = table, endpoint
        self._made_connections, self._made_post = connections, post
        self._batch_s, self._refresh_s = batch_s, refresh_s
        self._lock = threading.Lock()
        self._relays: dict[tuple[str, str], Relay] = {}

    def progress(self, key: str, message_id: str) -> Progress | None:
        """See `Publisher`."""
        if not streaming.readable(key):
            return None
        relay = self._relay(key, message_id)
        if relay is None:
            return None
        with self._lock:
            before = self._relays.pop((key, message_id), None)
            self._relays[key, message_id] = relay
            oldest = self._relays.pop(next(iter(self._relays))) if len(self._relays) > MOST_RELAYS else None
        for ended in (before, oldest):  # attempts that ended without a word
            if ended is not None:
                ended.stop()
        return relay

    def done(self, key: str, message_id: str, n: int) -> None:
        """See `Publisher`. Returns when every connection has been told or given up."""
        if not streaming.readable(key):
            return
        with self._lock:
            relay = self._relays.pop((key, message_id), None)
        relay = relay or self._relay(key, message_id)
        if relay is not None:
            relay.finish(n)

    def _relay(self, key: str, message_id: str) -> Relay | None:
        try:
            with self._lock:
                if self._made_connections is None:
                    self._made_connections = Connections(self._table)
                if self._made_post is None:
                    self._made_post = poster(self._endpoint)
                readers, post = self._made_connections, self._made_post
        except Exception as failed:
            log.failure("nobody can be told replies as they come", failed)
            return None
        return Relay(
            message_id, lambda: readers.of(key), post, readers.remove, batch_s=self._batch_s, refresh_s=self._refresh_s
        )


def poster(endpoint: str, *, client: Any = None) -> Post:
    """Posts to connections of the WebSocket API whose management address is `endpoint`."""
    api = client or management(endpoint)

    def post(connection: str, text: str) -> None:
        try:
            api.post_to_connection(ConnectionId=connection, Data=text.encode())
        except api.exceptions.GoneException:
            raise GoneError from None

    return post


def management(endpoint: str) -> Any:
    """A client of the management API at an address of its own, with timeouts that no reply has to wait for."""
    return aws.client(
        "apigatewaymanagementapi", endpoint=endpoint, connect_timeout_s=1, read_timeout_s=2, attempts=1
    )  # fmt: skip


def _reader(key: str, connection: str) -> dict[str, Any]:
    return {"pk": {"S": f"{key}#connection"}, "sk": {"S": connection}}


def _owner(connection: str) -> dict[str, Any]:
    return {"pk": {"S": f"connection#{connection}"}, "sk": {"S": "connection"}}
