"""Queues for tests: either kind with its dead letters, and messages that end among them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import aws
from assistant.messages import Message
from assistant.queue.sqlite import SqliteQueue
from assistant.queue.sqs import SqsQueue
from assistant.queue.sqs_dead_letters import SqsDeadLetters


@dataclass(frozen=True)
class UnderTest:
    """One implementation: the queue, its dead letters, and what makes it look at its receive counts."""

    queue: Any
    letters: Any
    look: Callable[[], object]

    @classmethod
    def sqlite(cls, path: Path, **settings: Any) -> "UnderTest":
        """A queue in a file."""
        queue = SqliteQueue(path, **settings)
        return cls(queue, queue, lambda: None)

    @classmethod
    def sqs(cls, made: Any) -> "UnderTest":
        """A queue of the fixture `make_sqs`."""
        client = aws.client("sqs")
        look = lambda: client.receive_message(QueueUrl=made.url, VisibilityTimeout=0)  # noqa: E731
        return cls(SqsQueue(made.url), SqsDeadLetters(made.url, made.dead_url), look)


def poison(under_test: UnderTest, *messages: Message, receives: int = 1) -> None:
    """Makes dead letters of messages."""
    for message in messages:
        under_test.queue.send(message)
        for _ in range(receives):
            (delivery,) = under_test.queue.receive(1, 0)
            assert Message.from_body(delivery.body) == message
            under_test.queue.retry(delivery, 0, "model: got a failure")
        under_test.look()


def texts(deliveries: list[Any]) -> list[str]:
    """What the messages say."""
    return [Message.from_body(delivery.body).text for delivery in deliveries]


def drained(queue: Any) -> list[str]:
    """What the messages of a queue say, taken out of it."""
    got: list[str] = []
    while batch := queue.receive(10, 0):
        got += texts(batch)
        for delivery in batch:
            queue.done(delivery)
    return got
