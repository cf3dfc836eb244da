"""The queue as an SQS FIFO queue, and the deliveries in a function's event."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from assistant import aws
from assistant.queue import BATCH, Delivery, QueueUnavailableError, Sendable


class SqsQueue:
    """The `Queue` protocol. `send` needs sqs:SendMessage, `retry` and `retry_all` sqs:ChangeMessageVisibility.

    Visibility, deduplication scope and where dead letters go are attributes of the queue itself.
    """

    def __init__(self, url: str, *, client: Any = None) -> None:
        self._url = url
        self._client = client or aws.client("sqs")

    def send(self, message: Sendable) -> None:
        """See `Queue`."""
        with told():
            self._client.send_message(
                QueueUrl=self._url, MessageBody=message.to_body(), MessageGroupId=message.group,
                MessageDeduplicationId=message.deduplication,
            )  # fmt: skip

    def receive(self, limit: int, wait_s: float) -> list[Delivery]:
        """See `Queue`. Waits whole seconds."""
        with told():
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=min(limit, BATCH), WaitTimeSeconds=int(wait_s),
                MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
            )  # fmt: skip
        messages = answer.get("Messages", [])
        return [_delivery(m["MessageId"], m["ReceiptHandle"], m["Attributes"], m["Body"]) for m in messages]

    def done(self, delivery: Delivery) -> None:
        """See `Queue`."""
        with told():
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=delivery.receipt)

    def retry(self, delivery: Delivery, after_s: int, reason: str = "") -> None:
        """See `Queue`. SQS has no place for the reason: it is in the log, with the message's id."""
        with told():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=delivery.receipt, VisibilityTimeout=after_s
            )

    def ready(self) -> None:
        """See `Queue`. Needs sqs:GetQueueAttributes."""
        with told():
            self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])

    def retry_all(self, retries: Sequence[tuple[Delivery, int, str]]) -> None:
        """`retry` for each message, with one request each, so that the failure of one leaves the others."""
        problem: QueueUnavailableError | None = None
        for delivery, after_s, reason in retries:
            try:
                self.retry(delivery, after_s, reason)
            except QueueUnavailableError as error:
                problem = error
        if problem is not None:
            raise problem


def url_of(arn: str, endpoint: str) -> str:
    """The queue's URL from its ARN and the service's address; saves the request and the permission to look it up."""
    _, _, _, _, account, name = arn.split(":", 5)
    return f"{endpoint.rstrip('/')}/{account}/{name}"


def from_event(event: Mapping[str, Any]) -> list[Delivery]:
    """The deliveries in the event of an SQS event source."""
    return [_delivery(r["messageId"], r["receiptHandle"], r["attributes"], r["body"]) for r in event["Records"]]


def _delivery(message_id: str, receipt: str, attributes: Mapping[str, str], body: str) -> Delivery:
    return Delivery(message_id, receipt, attributes["MessageGroupId"], int(attributes["ApproximateReceiveCount"]), body)


@contextmanager
def told() -> Generator[None]:
    """What goes wrong with the queue, as QueueUnavailableError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise QueueUnavailableError(f"queue: {error.operation_name}: {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise QueueUnavailableError(f"queue: {type(error).__name__}") from error
