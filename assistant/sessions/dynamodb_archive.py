"""How sessions leave a DynamoDB table, enter one, and are forgotten."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from assistant.sessions import SessionsUnavailableError, Summary, Turn, transfer
from assistant.sessions.items import REFUSED, SUMMARY, Item, expiry, listed, puts, told, turn_of, user_partition, where
from assistant.sessions.transfer import Line

DELETED_AT_ONCE = 25
ATTEMPTS = 8
EMPTY = "SET id = :none, #text = :none, reply = :none, #at = :none, #user = :none, #error = :false"
NAMES = {"#text": "text", "#at": "at", "#user": "user", "#error": "error"}


class DynamoArchive:
    """The `Archive` protocol on a table."""

    def __init__(self, client: Any, table: str, clock: Callable[[], float]) -> None:
        self._client, self._table, self._clock = client, table, clock

    def export(self, tenant: str | None) -> Iterator[dict[str, Any]]:
        """See `Archive`. Reads the table to list the conversations, then one after another."""
        with told():
            for key in self._keys(tenant):
                turns = ((turn_of(item), expiry(item)) for item in self._turns(key) if self._lives(item))
                yield from transfer.conversation(key, turns, self._summary(key))

    def import_(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """See `Archive`."""
        changed = 0
        with told():
            for batch in transfer.batches(lines):
                changed += self._summary_in(batch[0]) if batch[0].summary is not None else self._turns_in(batch)
        return changed

    def erase(self, tenant: str, channel: str, user: str) -> int:
        """See `Archive`."""
        if not user:
            return 0
        partition, erased = user_partition(tenant, channel, user), 0
        with told():
            for item in list(self._pages("query", **self._equals(partition), ProjectionExpression="sk")):
                key = item["sk"]["S"]
                erased += self._erase(key, user)
                self._delete([where(partition, key)])  # last: until then, the erasure can be done again
        return erased

    def _keys(self, tenant: str | None) -> list[str]:
        values: Item = {":turn": {"S": "turn#"}, ":summary": {"S": SUMMARY}}
        condition = "(begins_with(sk, :turn) AND attribute_exists(reply) OR sk = :summary)"
        if tenant is not None:
            condition, values = f"{condition} AND begins_with(pk, :tenant)", {**values, ":tenant": {"S": f"{tenant}#"}}
        found = self._pages(
            "scan", FilterExpression=condition, ExpressionAttributeValues=values, ProjectionExpression="pk",
            ConsistentRead=True,
        )  # fmt: skip
        return sorted({item["pk"]["S"] for item in found})

    def _turns(self, key: str, first: int = 0, last: int = transfer.LAST) -> Iterator[Item]:
        values = {":pk": {"S": key}, ":first": {"S": f"turn#{first:012d}"}, ":last": {"S": f"turn#{last:012d}"}}
        return self._pages(
            "query", KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=values, ConsistentRead=True,
        )  # fmt: skip

    def _summary(self, key: str) -> tuple[Summary, int] | None:
        item = self._client.get_item(TableName=self._table, Key=where(key, SUMMARY), ConsistentRead=True).get("Item")
        if not item or not self._lives(item):
            return None
        return Summary(item["text"]["S"], int(item["upto"]["N"])), expiry(item)

    def _turns_in(self, batch: list[Line]) -> int:
        key, now = batch[0].key, int(self._clock())
        numbers = [line.turn.n for line in batch if line.turn is not None]
        live = [turn_of(item) for item in self._turns(key, min(numbers), max(numbers)) if self._lives(item)]
        there = {turn.n: turn for turn in live}
        wanted = transfer.changes(batch, there, self._last(key))
        writes: list[Item] = []
        lines: list[Line] = []  # of the writes
        users: dict[str, int] = {}
        for line in wanted:
            assert line.turn is not None
            made = puts(self._table, key, line.turn, line.expires_at, now, replaces=line.turn.n in there)
            writes += made
            lines += [line] * len(made)
            if line.turn.user:
                users[line.turn.user] = max(users.get(line.turn.user, 0), line.expires_at)
        writes += [listed(self._table, key, user, expires) for user, expires in users.items()]
        if wanted:
            self._transact(writes, lines)
        return len(wanted)

    def _transact(self, writes: list[Item], lines: list[Line]) -> None:
        for attempt in range(ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=writes)
                return
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
                if REFUSED in reasons[: len(lines)]:
                    raise transfer.answered_elsewhere(lines[reasons.index(REFUSED)]) from None
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise SessionsUnavailableError(f"sessions: turns could not be written in {ATTEMPTS} attempts; import again")

    def _summary_in(self, line: Line) -> int:
        summary = line.summary
        assert summary is not None
        item = {
            **where(line.key, SUMMARY), "text": {"S": summary.text}, "upto": {"N": str(summary.upto)},
            "expires_at": {"N": str(line.expires_at)},
        }  # fmt: skip
        try:
            self._client.put_item(
                TableName=self._table, Item=item,
                ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now OR upto < :upto",
                ExpressionAttributeValues={":now": {"N": str(int(self._clock()))}, ":upto": item["upto"]},
            )  # fmt: skip
        except self._client.exceptions.ConditionalCheckFailedException:
            return 0
        return 1

    def _erase(self, key: str, user: str) -> int:
        every = [turn_of(item) for item in self._turns(key)]
        theirs = [turn for turn in every if turn.user == user and not turn.erased]
        gone = [where(key, SUMMARY)]
        gone += [where(key, f"{kind}#{turn.id}") for turn in theirs for kind in ("seen", "out")]
        self._delete(gone)
        if all(turn.user == user or turn.erased for turn in every):
            self._delete([where(key, f"turn#{turn.n:012d}") for turn in every])
        else:
            for turn in theirs:
                self._empty(key, turn)
        return len(theirs)

    def _empty(self, key: str, turn: Turn) -> None:
        self._client.update_item(
            TableName=self._table, Key=where(key, f"turn#{turn.n:012d}"), UpdateExpression=EMPTY,
            ConditionExpression="attribute_exists(pk)", ExpressionAttributeNames=NAMES,
            ExpressionAttributeValues={":none": {"S": ""}, ":false": {"BOOL": False}},
        )  # fmt: skip

    def _delete(self, keys: list[Item]) -> None:
        for first in range(0, len(keys), DELETED_AT_ONCE):
            left: list[Item] = [{"DeleteRequest": {"Key": key}} for key in keys[first : first + DELETED_AT_ONCE]]
            for attempt in range(ATTEMPTS):
                answer = self._client.batch_write_item(RequestItems={self._table: left})
                left = answer.get("UnprocessedItems", {}).get(self._table, [])
                if not left:
                    break
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
            else:
                raise SessionsUnavailableError(f"sessions: items could not be deleted in {ATTEMPTS} attempts")

    def _last(self, key: str) -> int:
        newest = self._client.query(
            TableName=self._table, KeyConditionExpression="pk = :pk AND begins_with(sk, :turn)", Limit=1,
            ExpressionAttributeValues={":pk": {"S": key}, ":turn": {"S": "turn#"}}, ScanIndexForward=False,
            ConsistentRead=True,
        )["Items"]  # fmt: skip
        return int(newest[0]["n"]["N"]) if newest and self._lives(newest[0]) else 0

    def _equals(self, partition: str) -> Item:
        return {
            "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ConsistentRead": True,
        }  # fmt: skip

    def _pages(self, operation: str, **request: Any) -> Iterator[Item]:
        start: Item = {}
        while True:
            page = getattr(self._client, operation)(TableName=self._table, **request, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _lives(self, item: Mapping[str, Any]) -> bool:
        return expiry(item) > self._clock()
