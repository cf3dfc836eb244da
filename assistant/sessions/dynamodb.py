"""Sessions in a DynamoDB table: turns and answered messages as items of the conversation's partition."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from assistant import aws
from assistant.outbox import Outgoing
from assistant.sessions import DAY_SECONDS, PAGE_TURNS, Answer, Recent, Seen, SessionsUnavailableError, Summary, Turn
from assistant.sessions.items import REFUSED, SUMMARY, expiry, listed, puts, told, turn_of, where

ATTEMPTS = 6
LAST_TURN = "turn#999999999999"


class DynamoSessions:
    """The `Sessions` and `Archive` protocols.

    Needs dynamodb:Query, for `seen` and `summary` also GetItem, for `store` and `save_summary` PutItem and UpdateItem.
    `export` also needs Scan, `erase` UpdateItem and BatchWriteItem.
    """

    def __init__(
        self, table: str, *, days: int = 30, client: Any = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._table, self._seconds, self._clock = table, days * DAY_SECONDS, clock
        self._client = client or aws.client("dynamodb")

    def seen(self, key: str, message_id: str) -> Seen | None:
        """See `Sessions`."""
        item = self._item(key, f"seen#{message_id}")
        return Seen(int(item["n"]["N"]), item["error"]["BOOL"]) if item else None

    def recent(self, key: str, limit: int) -> Recent:
        """See `Sessions`."""
        items = self._query(key, "turn#", forward=False, limit=max(1, limit))["Items"]
        return Recent(tuple(self._live(reversed(items[:limit]))), int(items[0]["n"]["N"]) if items else 0)

    def turns(self, key: str, after: int) -> list[Turn]:
        """See `Sessions`."""
        start: Mapping[str, Any] | None = None
        while True:
            page = self._query(key, f"turn#{after + 1:012d}", forward=True, limit=PAGE_TURNS, start=start)
            live = self._live(page["Items"])
            start = page.get("LastEvaluatedKey")
            if live or not start:  # a page of expired turns only is not the end
                return live

    def store(
        self, key: str, answer: Answer, *, after: int, replaces: int | None = None, outgoing: Outgoing | None = None
    ) -> bool:
        """See `Sessions`."""
        for attempt in range(ATTEMPTS):
            n = replaces or after + 1
            turn = Turn(answer.id, answer.text, answer.reply, answer.at, answer.error, answer.user, n)
            refused = self._write(key, turn, outgoing, replaces=replaces is not None)
            if not refused:
                return True
            turn_taken, answered = (reason == REFUSED for reason in refused[:2])
            if answered or (turn_taken and replaces is not None):
                return False
            if turn_taken:  # by another message of the conversation
                after = self.recent(key, 1).last
            else:
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise SessionsUnavailableError(f"sessions: the turn could not be written in {ATTEMPTS} attempts")

    def _write(self, key: str, turn: Turn, outgoing: Outgoing | None, *, replaces: bool) -> list[str]:
        """All items in one transaction; why each was refused, or nothing when they are stored."""
        now = int(self._clock())
        expires = now + self._seconds
        writes = puts(self._table, key, turn, expires, now, replaces=replaces)
        if turn.user:
            writes.append(listed(self._table, key, turn.user, expires))
        if outgoing is not None:
            from assistant.outbox import dynamodb as outbox

            writes.append({"Update": outbox.put(self._table, key, outgoing, expires)})
        with told():
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                return [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
        return []

    def summary(self, key: str) -> Summary | None:
        """See `Sessions`."""
        item = self._item(key, SUMMARY)
        return Summary(item["text"]["S"], int(item["upto"]["N"])) if item else None

    def save_summary(self, key: str, text: str, upto: int, expected_upto: int) -> bool:
        """See `Sessions`."""
        now = int(self._clock())
        item = {
            **where(key, SUMMARY), "text": {"S": text}, "upto": {"N": str(upto)},
            "expires_at": {"N": str(now + self._seconds)},
        }  # fmt: skip
        there = "upto = :upto AND expires_at > :now"
        nothing = "attribute_not_exists(pk) OR expires_at <= :now"
        values = {":now": {"N": str(now)}} | ({":upto": {"N": str(expected_upto)}} if expected_upto else {})
        with told():
            try:
                self._client.put_item(
                    TableName=self._table, Item=item, ConditionExpression=there if expected_upto else nothing,
                    ExpressionAttributeValues=values,
                )  # fmt: skip
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def ready(self) -> None:
        """See `Sessions`."""
        self._query("readyz", "turn#", forward=True, limit=1)

    def export(self, tenant: str | None = None) -> Iterator[dict[str, Any]]:
        """See `Archive`."""
        from assistant.sessions.dynamodb_archive import DynamoArchive

        return DynamoArchive(self._client, self._table, self._clock).export(tenant)

    def import_(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """See `Archive`."""
        from assistant.sessions.dynamodb_archive import DynamoArchive

        return DynamoArchive(self._client, self._table, self._clock).import_(lines)

    def erase(self, tenant: str, channel: str, user: str) -> int:
        """See `Archive`."""
        from assistant.sessions.dynamodb_archive import DynamoArchive

        return DynamoArchive(self._client, self._table, self._clock).erase(tenant, channel, user)

    def _item(self, key: str, sort: str) -> Mapping[str, Any] | None:
        with told():
            item = self._client.get_item(
                TableName=self._table, Key=where(key, sort), ConsistentRead=True
            ).get("Item")  # fmt: skip
        return item if item and expiry(item) > self._clock() else None

    def _query(
        self, key: str, first: str, *, forward: bool, limit: int, start: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        values = {":pk": {"S": key}, ":first": {"S": first}, ":last": {"S": LAST_TURN}}
        with told():
            return self._client.query(
                TableName=self._table, KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues=values, ScanIndexForward=forward, Limit=limit, ConsistentRead=True,
                **({"ExclusiveStartKey": start} if start else {}),
            )  # fmt: skip

    def _live(self, found: Iterable[Mapping[str, Any]]) -> list[Turn]:
        turns = [turn_of(item) for item in found if expiry(item) > self._clock()]
        return [turn for turn in turns if not turn.erased]
