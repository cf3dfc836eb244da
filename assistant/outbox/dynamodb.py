"""The outbox in the sessions' table: items `out#<message id>` of the conversation's partition."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from assistant import aws
from assistant.outbox import Outgoing, Pending, State
from assistant.sessions import DAY_SECONDS
from assistant.sessions.items import told

NAMES = {
    name: name.lstrip("#")
    for name in ("#state", "#part", "#attempts", "#owner", "#reason", "#reply", "#address", "#expires_at")
}
MADE = ("id", "channel", "installation", "tenant", "address", "reply", "state", "part", "reason", "expires_at")
UNCHANGED = "ConditionalCheckFailedException"


def put(table: str, key: str, outgoing: Outgoing, expires_at: int) -> dict[str, Any]:
    """The update of a transaction that makes the record, or begins it anew; what anybody has loaded before is
    then out of date."""
    told_of = {name: {"S": getattr(outgoing, name)} for name in ("channel", "installation", "tenant", "reply")}
    values: dict[str, Any] = {f":{name}": value for name, value in told_of.items()} | {
        ":id": {"S": outgoing.message_id}, ":address": {"M": {k: {"S": v} for k, v in outgoing.address.items()}},
        ":state": {"S": "pending"}, ":reason": {"S": ""}, ":none": {"N": "-1"}, ":one": {"N": "1"},
        ":part": {"N": "0"}, ":expires_at": {"N": str(expires_at)},
    }  # fmt: skip
    counted = "#attempts = if_not_exists(#attempts, :none) + :one"
    return {
        "TableName": table, "Key": _where(key, outgoing.message_id),
        "UpdateExpression": "SET " + ", ".join([*(f"#{name} = :{name}" for name in MADE), counted]),
        "ExpressionAttributeNames": {f"#{name}": name for name in (*MADE, "attempts")},
        "ExpressionAttributeValues": values,
    }  # fmt: skip


class DynamoOutbox:
    """The `Outbox` protocol. Needs dynamodb:GetItem and UpdateItem."""

    def __init__(
        self, table: str, *, days: int = 30, client: Any = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._table, self._seconds, self._clock = table, days * DAY_SECONDS, clock
        self._client = client or aws.client("dynamodb")

    def load(self, key: str, message_id: str) -> Pending | None:
        """See `Outbox`."""
        item = self._item(key, message_id)
        if item is None or float(item["expires_at"]["N"]) <= self._clock():
            return None
        address = {name: value["S"] for name, value in item["address"]["M"].items()}
        outgoing = Outgoing(
            message_id, item["channel"]["S"], item["installation"]["S"], item["tenant"]["S"], address,
            item["reply"]["S"],
        )  # fmt: skip
        state = cast("State", item["state"]["S"])
        return Pending(outgoing, state, int(item["part"]["N"]), int(item["attempts"]["N"]))

    def begin(self, key: str, message_id: str, part: int, expected: int) -> bool:
        """See `Outbox`."""
        owner = secrets.token_hex(8)
        values = {
            ":sending": "sending", ":pending": "pending", ":part": part, ":expected": expected, ":owner": owner,
            ":one": 1,
        }  # fmt: skip
        change = "SET #state = :sending, #attempts = #attempts + :one, #owner = :owner"
        if self._change(
            key, message_id, change, "#state = :pending AND #part = :part AND #attempts = :expected", values
        ):
            return True
        # The client repeats a request whose answer got lost; the repeated one is refused though the first was taken.
        item = self._item(key, message_id)
        return item is not None and item.get("owner") == {"S": owner}

    def sent(self, key: str, message_id: str, part: int, *, last: bool) -> None:
        """See `Outbox`."""
        change = "SET #part = :next, #state = :state"
        values: dict[str, Any] = {":next": part + 1, ":part": part, ":sending": "sending"}
        values[":state"] = "sent" if last else "pending"
        if last:
            change, values = self._final(change, values)
        self._change(key, message_id, change, "#state = :sending AND #part = :part", values)

    def release(self, key: str, message_id: str, part: int) -> None:
        """See `Outbox`."""
        self._change(
            key, message_id, "SET #state = :pending", "#state = :sending AND #part = :part",
            {":pending": "pending", ":sending": "sending", ":part": part},
        )  # fmt: skip

    def fail(self, key: str, message_id: str, state: State, reason: str) -> None:
        """See `Outbox`."""
        values = {":state": state, ":reason": reason, ":pending": "pending", ":sending": "sending"}
        change, given = self._final("SET #state = :state, #reason = :reason", values)
        self._change(key, message_id, change, "#state IN (:pending, :sending)", given)

    def waiting(self, limit: int) -> list[tuple[str, str]]:
        """Nothing: the queue of replies outlives every process."""
        return []

    def _item(self, key: str, message_id: str) -> Mapping[str, Any] | None:
        with told():
            return self._client.get_item(
                TableName=self._table, Key=_where(key, message_id), ConsistentRead=True
            ).get("Item")  # fmt: skip

    def _final(self, change: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        expires = int(self._clock()) + self._seconds
        forgotten = {":nothing": "", ":nowhere": {}, ":expires": expires}
        return f"{change}, #reply = :nothing, #address = :nowhere, #expires_at = :expires", {**values, **forgotten}

    def _change(self, key: str, message_id: str, change: str, condition: str, values: Mapping[str, Any]) -> bool:
        from botocore.exceptions import ClientError

        used = {name: real for name, real in NAMES.items() if name in change + condition}
        with told():
            try:
                self._client.update_item(
                    TableName=self._table, Key=_where(key, message_id), UpdateExpression=change,
                    ConditionExpression=condition, ExpressionAttributeNames=used,
                    ExpressionAttributeValues={name: _value(value) for name, value in values.items()},
                )  # fmt: skip
            except ClientError as error:
                if error.response["Error"]["Code"] == UNCHANGED:
                    return False
                raise
        return True


def _where(key: str, message_id: str) -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": f"out#{message_id}"}}


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, int):
        return {"N": str(value)}
    return {"S": value} if isinstance(value, str) else {"M": value}
