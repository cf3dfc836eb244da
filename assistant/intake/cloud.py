"""Intake in the cloud: the de-duplication key in a DynamoDB table, the message in SQS."""

import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from assistant import aws, log
from assistant.intake import BusyError, claim_of
from assistant.messages import Message
from assistant.queue import Queue, QueueUnavailableError

LEASE_SECONDS = 30
"""Longer than taking a message in may last: the API's own limit is 30 s, and providers wait less."""


class CloudIntake:
    """The `Intake` protocol. Needs dynamodb:PutItem, GetItem, UpdateItem and DeleteItem, and what the queue needs.

    Claimed first with a short lease, and for the whole time only once the message is in the queue. When the process
    ends in between, the lease ends by itself and the next delivery is taken. A message that entered the queue before
    such an end enters it again at most: SQS drops the second one for five minutes, afterwards the session knows it.
    """

    def __init__(self, table: str, queue: Queue, *, client: Any = None, clock: Callable[[], float] = time.time) -> None:
        self._table, self._queue, self._clock = table, queue, clock
        self._client = client or aws.client("dynamodb")

    def accept(self, message: Message, dedup_ttl_s: float) -> bool:
        """See `Intake`."""
        place, name = claim_of(message)
        where, owner = {"pk": {"S": place}, "sk": {"S": name}}, secrets.token_hex(8)
        if not self._claim(where, owner):
            return False
        try:
            self._queue.send(message)
        except BaseException:
            self._release(where, owner)
            raise
        self._extend(where, owner, dedup_ttl_s)
        return True

    def ready(self) -> None:
        """See `Intake`. Reads, so that being asked costs next to nothing."""
        where = {"pk": {"S": "ready"}, "sk": {"S": "ready"}}
        with _told():
            self._client.get_item(TableName=self._table, Key=where)
        self._queue.ready()

    def _claim(self, where: dict[str, Any], owner: str) -> bool:
        """False when the message was taken before. Raises BusyError while somebody else has the lease."""
        now = int(self._clock())
        item = {**where, "owner": {"S": owner}, "expires_at": {"N": str(now + LEASE_SECONDS)}}
        with _told():
            try:
                self._client.put_item(
                    TableName=self._table, Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                    ExpressionAttributeValues={":now": {"N": str(now)}},
                )  # fmt: skip
                return True
            except self._client.exceptions.ConditionalCheckFailedException:
                found = self._client.get_item(TableName=self._table, Key=where, ConsistentRead=True).get("Item", {})
        holder = found.get("owner", {}).get("S")
        if holder == owner:  # the answer to the claim got lost, and the client made it twice
            return True
        if found and holder is None:
            return False
        raise BusyError("intake: got a message that is being taken in, expected it once; it may be sent again")

    def _extend(self, where: dict[str, Any], owner: str, ttl_s: float) -> None:
        """The message is in the queue, so whatever happens here is no reason to have it delivered again."""
        expires = {"N": str(int(self._clock() + ttl_s))}
        try:
            with _told():
                self._client.update_item(
                    TableName=self._table, Key=where, UpdateExpression="SET expires_at = :expires REMOVE #owner",
                    ConditionExpression="#owner = :owner", ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues={":expires": expires, ":owner": {"S": owner}},
                )  # fmt: skip
        except QueueUnavailableError as error:
            log.failure("claim not extended", error)

    def _release(self, where: dict[str, Any], owner: str) -> None:
        try:
            with _told():
                self._client.delete_item(
                    TableName=self._table, Key=where, ConditionExpression="#owner = :owner",
                    ExpressionAttributeNames={"#owner": "owner"}, ExpressionAttributeValues={":owner": {"S": owner}},
                )  # fmt: skip
        except QueueUnavailableError as error:  # the lease ends by itself
            log.failure("claim not released", error)


@contextmanager
def _told() -> Generator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise QueueUnavailableError(f"records: {error.operation_name}: {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise QueueUnavailableError(f"records: {type(error).__name__}") from error
