"""The dead letters of an SQS FIFO queue."""

import hashlib
from collections.abc import Mapping
from typing import Any

from assistant import aws
from assistant.queue import BATCH, DeadLetter
from assistant.queue.sqs import told

HIDDEN_SECONDS = 60
"""While a batch is looked at or sent again, nobody else gets it."""
ATTRIBUTES = ["ApproximateReceiveCount", "MessageGroupId", "MessageDeduplicationId", "SentTimestamp"]


class SqsDeadLetters:
    """The `DeadLetters` protocol. Needs sqs:ReceiveMessage, DeleteMessage and ChangeMessageVisibility on the queue of
    dead letters, and SendMessage on the main one.

    SQS does not keep why a message was given up; the log of inference tells, and the turn tells the person.
    """

    def __init__(self, url: str, dead_url: str, *, client: Any = None) -> None:
        self._url, self._dead_url = url, dead_url
        self._client = client or aws.client("sqs")

    def dead_letters(self) -> list[DeadLetter]:
        """See `DeadLetters`. Of each group, the first ten: SQS shows no more of one that is being looked at."""
        shown: list[DeadLetter] = []
        looked_at: list[Mapping[str, Any]] = []
        with told():
            try:
                while batch := self._receive(BATCH):
                    looked_at += batch
                    shown += [_letter(message) for message in batch]
            finally:
                self._show_again(looked_at)
        return sorted(shown, key=lambda letter: letter.at)

    def redrive(self, limit: int) -> int:
        """See `DeadLetters`."""
        sent = 0
        with told():
            while sent < limit and (batch := self._receive(min(BATCH, limit - sent))):
                for place, message in enumerate(batch):
                    try:
                        self._send(message)
                        self._client.delete_message(QueueUrl=self._dead_url, ReceiptHandle=message["ReceiptHandle"])
                    except BaseException:
                        self._show_again(batch[place:])
                        raise
                    sent += 1
        return sent

    def _send(self, message: Mapping[str, Any]) -> None:
        attributes = message["Attributes"]
        # Another id than the first time: within five minutes SQS would take the message and drop it. The same id each
        # time this dead letter is sent: when the deletion fails, the next redrive does not double it.
        name = f"{attributes['MessageDeduplicationId']} {message['MessageId']}"
        self._client.send_message(
            QueueUrl=self._url, MessageBody=message["Body"], MessageGroupId=attributes["MessageGroupId"],
            MessageDeduplicationId=hashlib.sha256(name.encode()).hexdigest(),
        )  # fmt: skip

    def _receive(self, limit: int) -> list[Mapping[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=self._dead_url, MaxNumberOfMessages=limit, VisibilityTimeout=HIDDEN_SECONDS,
            MessageSystemAttributeNames=ATTRIBUTES,
        )  # fmt: skip
        return answer.get("Messages", [])

    def _show_again(self, messages: list[Mapping[str, Any]]) -> None:
        for message in messages:
            self._client.change_message_visibility(
                QueueUrl=self._dead_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )


def _letter(message: Mapping[str, Any]) -> DeadLetter:
    attributes = message["Attributes"]
    return DeadLetter(
        message["MessageId"], attributes["MessageGroupId"], int(attributes["ApproximateReceiveCount"]),
        message["Body"], at=int(attributes["SentTimestamp"]) / 1000,
    )  # fmt: skip
