"""The parts in the cloud. Each is made when first used and kept for the life of the process."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.config import Config, ConfigError, read

if TYPE_CHECKING:
    from assistant.channels.contract import Given, Installation
    from assistant.inference import Inference
    from assistant.intake import Intake
    from assistant.messages import Message
    from assistant.outbox import Outbox
    from assistant.routing import Route
    from assistant.sender import Sender
    from assistant.sessions import Sessions
    from assistant.wiring import Book


class Cloud:
    """The `Services` protocol on DynamoDB and SQS. Raises ConfigError for what the environment lacks."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    @property
    def config(self) -> Config:
        """From the environment."""
        return self._once("config", lambda: read(os.environ))

    @property
    def book(self) -> "Book":
        """The installations and what their channels work with."""
        from assistant.wiring import Book

        return self._once("book", lambda: Book(self.config))

    @property
    def installations(self) -> "Sequence[Installation]":
        """The channels as tenants have set them up."""
        return self.book.all

    @property
    def sends(self) -> bool:
        """Replies are sent by a function of its own."""
        return False

    def given(self, installation: "Installation") -> "Given":
        """What the installation's channel works with."""
        return self.book.given(installation)

    @property
    def routes(self) -> "Mapping[tuple[str, str], Route]":
        """The routes of the installations."""
        from assistant import wiring

        return self._once("routes", lambda: wiring.routes(self))

    @property
    def intake(self) -> "Intake":
        """What accepts messages: the records' table, and the queue."""
        from assistant.intake.cloud import CloudIntake
        from assistant.queue.sqs import SqsQueue

        def make() -> CloudIntake:
            queue = SqsQueue(_required("ASSISTANT_QUEUE_URL", self.config.queue_url))
            return CloudIntake(self._records, queue)

        return self._once("intake", make)

    @property
    def sessions(self) -> "Sessions":
        """The table of sessions."""
        from assistant.sessions.dynamodb import DynamoSessions

        return self._once("sessions", lambda: DynamoSessions(self._sessions, days=self.config.session_days))

    @property
    def outbox(self) -> "Outbox":
        """The records of what is to be sent."""
        from assistant.outbox.dynamodb import DynamoOutbox

        return self._once("outbox", lambda: DynamoOutbox(self._sessions, days=self.config.session_days))

    @property
    def sender(self) -> "Sender":
        """What sends replies."""
        from assistant.sender import Sender

        return self._once("sender", lambda: Sender(self.outbox, self.book.of))

    @property
    def inference(self) -> "Inference":
        """What answers messages."""
        return self._once("inference", self._inference)

    def source(self, arn: str) -> Any:
        """The queue that an event came from."""
        from assistant import aws
        from assistant.queue.sqs import SqsQueue, url_of

        def make() -> SqsQueue:
            client = aws.client("sqs")
            return SqsQueue(url_of(arn, client.meta.endpoint_url), client=client)

        return self._once(arn, make)

    def _inference(self) -> "Inference":
        from assistant import cache, guardrail, models, usage
        from assistant.answering import Answering
        from assistant.inference import Inference
        from assistant.notice import Notice
        from assistant.streaming import SILENT
        from assistant.streaming.connections import ConnectionPublisher

        config, table = self.config, self.config.records_table
        answering = Answering(
            models.build(config), cache.build(config, table=table), usage.build(table=table), guardrail.build(config),
            config,
        )  # fmt: skip
        publisher = ConnectionPublisher(table, config.stream_endpoint) if config.stream_endpoint else SILENT
        return Inference(
            self.sessions, answering, config, forward=self._forward, publisher=publisher, working=Notice(self.book.of)
        )

    def _forward(self, message: "Message", error: bool) -> None:
        from assistant.queue.sqs import SqsQueue
        from assistant.replies import StoredReply

        def make() -> SqsQueue:
            return SqsQueue(_required("ASSISTANT_REPLIES_QUEUE_URL", self.config.replies_queue_url))

        self._once("replies", make).send(StoredReply.of(message, error))

    @property
    def _sessions(self) -> str:
        return _required("ASSISTANT_SESSIONS_TABLE", self.config.sessions_table)

    @property
    def _records(self) -> str:
        return _required("ASSISTANT_RECORDS_TABLE", self.config.records_table)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


def _required(name: str, value: str) -> str:
    if not value:
        raise ConfigError(f"{name}: got nothing, expected a value: this function needs it")
    return value
