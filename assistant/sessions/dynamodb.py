"""Sessions in a DynamoDB table: turns and answered messages as items of the conversation's partition."""

import random
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from assistant import aws
from assistant.sessions import DAY_SECONDS, PAGE_TURNS, Answer, Recent, Seen, SessionsUnavailableError, Turn

ATTEMPTS = 6
LAST_TURN = "turn#999999999999"
ABSENT = "attribute_not_exists(pk) OR expires_at <= :now"  # the table's TTL deletes late, so expired means absent
ERROR_HERE = "id = :id AND #error = :true"


class DynamoSessions:
    """The `Sessions` protocol. Needs dynamodb:Query, and for `seen` and `store` also GetItem and PutItem."""

    def __init__(
        self, table: str, *, days: int = 30, client: Any = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._table, self._seconds, self._clock = table, days * DAY_SECONDS, clock
        self._client = client or aws.client("dynamodb")

    def seen(self, key: str, message_id: str) -> Seen | None:
        """See `Sessions`."""
        where = {"pk": {"S": key}, "sk": {"S": f"seen#{message_id}"}}
        with _told():
            item = self._client.get_item(TableName=self._table, Key=where, ConsistentRead=True).get("Item")
        return Seen(int(item["n"]["N"]), item["error"]["BOOL"]) if item and self._lives(item) else None

    def recent(self, key: str, limit: int) -> Recent:
        """See `Sessions`."""
        items = self._query(key, "turn#", forward=False, limit=max(1, limit))["Items"]
        live = [_turn(item) for item in reversed(items[:limit]) if self._lives(item)]
        return Recent(tuple(live), int(items[0]["n"]["N"]) if items else 0)

    def turns(self, key: str, after: int) -> list[Turn]:
        """See `Sessions`."""
        start: Mapping[str, Any] | None = None
        while True:
            page = self._query(key, f"turn#{after + 1:012d}", forward=True, limit=PAGE_TURNS, start=start)
            live = [_turn(item) for item in page["Items"] if self._lives(item)]
            start = page.get("LastEvaluatedKey")
            if live or not start:  # a page of expired turns only is not the end
                return live

    def store(self, key: str, answer: Answer, *, after: int, replaces: int | None = None) -> bool:
        """See `Sessions`."""
        for attempt in range(ATTEMPTS):
            n = replaces or after + 1
            refused = self._write(key, n, answer, ABSENT if replaces is None else ERROR_HERE)
            if not refused:
                return True
            turn_taken, answered = (reason == "ConditionalCheckFailed" for reason in refused)
            if answered or (turn_taken and replaces is not None):
                return False
            if turn_taken:  # by another message of the conversation
                after = self.recent(key, 1).last
            else:
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise SessionsUnavailableError(f"sessions: the turn could not be written in {ATTEMPTS} attempts")

    def _write(self, key: str, n: int, answer: Answer, condition: str) -> list[str]:
        """Both items in one transaction; why each was refused, or nothing when they are stored."""
        common = {
            "pk": {"S": key}, "id": {"S": answer.id}, "n": {"N": str(n)}, "error": {"BOOL": answer.error},
            "expires_at": {"N": str(int(self._clock()) + self._seconds)},
        }  # fmt: skip
        said = {"text": {"S": answer.text}, "reply": {"S": answer.reply}, "at": {"S": answer.at}}
        check: dict[str, Any] = {"TableName": self._table, "ConditionExpression": condition}
        if condition is ABSENT:
            check["ExpressionAttributeValues"] = {":now": {"N": str(int(self._clock()))}}
        else:
            check["ExpressionAttributeNames"] = {"#error": "error"}
            check["ExpressionAttributeValues"] = {":id": {"S": answer.id}, ":true": {"BOOL": True}}
        turn = {**check, "Item": {**common, **said, "sk": {"S": f"turn#{n:012d}"}}}
        seen = {**check, "Item": {**common, "sk": {"S": f"seen#{answer.id}"}}}
        with _told():
            try:
                self._client.transact_write_items(TransactItems=[{"Put": turn}, {"Put": seen}])
            except self._client.exceptions.TransactionCanceledException as error:
                return [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
        return []

    def ready(self) -> None:
        """See `Sessions`."""
        self._query("readyz", "turn#", forward=True, limit=1)

    def _query(
        self, key: str, first: str, *, forward: bool, limit: int, start: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        values = {":pk": {"S": key}, ":first": {"S": first}, ":last": {"S": LAST_TURN}}
        with _told():
            return self._client.query(
                TableName=self._table, KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues=values, ScanIndexForward=forward, Limit=limit, ConsistentRead=True,
                **({"ExclusiveStartKey": start} if start else {}),
            )  # fmt: skip

    def _lives(self, item: Mapping[str, Any]) -> bool:
        return float(item["expires_at"]["N"]) > self._clock()


def _turn(item: Mapping[str, Any]) -> Turn:
    text, reply, at = item["text"]["S"], item["reply"]["S"], item["at"]["S"]
    return Turn(item["id"]["S"], text, reply, at, item["error"]["BOOL"], int(item["n"]["N"]))


@contextmanager
def _told() -> Generator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise SessionsUnavailableError(
            f"sessions: {error.operation_name}: {error.response['Error']['Code']}"
        ) from error
    except BotoCoreError as error:
        raise SessionsUnavailableError(f"sessions: {type(error).__name__}") from error
