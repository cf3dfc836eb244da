"""The application as Lambda handlers: `ingress` behind an HTTP API, `inference` behind an SQS FIFO event source."""

import base64
import binascii
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from assistant import log, routing
from assistant.config import Config, ConfigError, read


class Cloud:
    """The parts in the cloud. Each is made when first used and kept for the life of the process."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    @property
    def config(self) -> Config:
        """From the environment. Raises ConfigError."""
        return self._once("config", lambda: read(os.environ))

    @property
    def routes(self) -> Mapping[tuple[str, str], routing.Route]:
        """The routes of the configured channels."""
        from assistant import channels

        return self._once("routes", lambda: channels.routes(self.config.channels))

    @property
    def queue(self) -> Any:
        """The queue that accepted messages go to."""
        from assistant.queue.sqs import SqsQueue

        return self._once("queue", lambda: SqsQueue(_required("ASSISTANT_QUEUE_URL", self.config.queue_url)))

    @property
    def sessions(self) -> Any:
        """The table of sessions."""
        from assistant.sessions.dynamodb import DynamoSessions

        def make() -> DynamoSessions:
            table = _required("ASSISTANT_SESSIONS_TABLE", self.config.sessions_table)
            return DynamoSessions(table, days=self.config.session_days)

        return self._once("sessions", make)

    @property
    def inference(self) -> Any:
        """What answers messages."""
        from assistant import models
        from assistant.inference import Inference

        return self._once("inference", lambda: Inference(self.sessions, models.build(self.config), self.config))

    def source(self, arn: str) -> Any:
        """The queue that an event came from."""
        from assistant import aws
        from assistant.queue.sqs import SqsQueue, url_of

        def make() -> SqsQueue:
            client = aws.client("sqs")
            return SqsQueue(url_of(arn, client.meta.endpoint_url), client=client)

        return self._once(arn, make)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


_cloud = Cloud()


def reset() -> None:
    """Forgets what was built, so that a changed environment is read."""
    global _cloud
    _cloud = Cloud()


def ingress(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answers an HTTP API event of payload format 2.0."""
    try:
        request = _request(event)
        response = routing.handle(request, _cloud.routes, _cloud)
    except binascii.Error:
        response = routing.error(400, "body: got something that is not base64, expected it as the gateway encodes it")
    except ConfigError as mistake:
        log.event("not configured", level="ERROR", detail=str(mistake))
        response = routing.error(503, "the assistant is not configured; its log names what is missing")
    return {
        "statusCode": response.status, "headers": dict(response.headers), "body": response.body,
        "isBase64Encoded": False,
    }  # fmt: skip


def inference(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answers a batch of messages; returns those that the queue is to deliver again."""
    from assistant.batch import answer_batch
    from assistant.queue.sqs import from_event

    deliveries = from_event(event)
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    failures = answer_batch(_cloud.inference, deliveries, lambda: ends - time.monotonic())
    if failures:
        try:
            _cloud.source(event["Records"][0]["eventSourceARN"]).retry_all(failures)
        except Exception as failed:  # they come back all the same, when the queue's own visibility timeout ends
            log.failure("retry is late", failed, messages=len(failures))
    return {"batchItemFailures": [{"itemIdentifier": delivery.id} for delivery, _ in failures]}


def _request(event: Mapping[str, Any]) -> routing.Request:
    method, _, path = event.get("routeKey", "").partition(" ")
    if not path:  # the catch-all route: strip the stage, which rawPath carries
        http = event["requestContext"]["http"]
        stage = event["requestContext"].get("stage", "$default")
        method, path = http["method"], event.get("rawPath") or http["path"]
        if stage != "$default" and path.startswith(f"/{stage}/"):
            path = path[len(stage) + 1 :]
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(text, validate=True)
    else:
        body = text.encode("utf-8", "surrogatepass")  # what is not UTF-8 is refused where every body is read
    return routing.Request(method, path, event.get("rawQueryString", ""), body)


def _required(name: str, value: str) -> str:
    if not value:
        raise ConfigError(f"{name}: got nothing, expected a value: this function needs it")
    return value
