"""The application as Lambda handlers: `ingress`, `inference`, `sender` and `stream`, each a function of its own."""

import base64
import binascii
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant import log, metrics, routing
from assistant.cloud import Cloud
from assistant.config import ConfigError
from assistant.queue import Delivery

_cloud = Cloud()
metrics.use_emf()


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
    finally:
        metrics.flush()
    return {
        "statusCode": response.status, "headers": dict(response.headers), "body": response.body,
        "isBase64Encoded": False,
    }  # fmt: skip


def inference(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answers a batch of messages; returns those that the queue is to deliver again."""
    from assistant.batch import answer_batch

    return _batch(event, context, lambda deliveries, left: answer_batch(_cloud.inference, deliveries, left))


def sender(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Sends a batch of stored replies; returns those that the queue is to deliver again."""
    from assistant.sending import send_batch

    return _batch(
        event, context, lambda deliveries, left: send_batch(_cloud.sender, deliveries, left, _cloud.config.max_receives)
    )


def stream(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answers an event of a WebSocket API."""
    from assistant.streaming import websocket

    try:
        return websocket.handle(event, _cloud)
    except ConfigError as mistake:
        log.event("not configured", level="ERROR", detail=str(mistake))
        return {"statusCode": 503}
    finally:
        metrics.flush()


Worker = Callable[[Sequence[Delivery], Callable[[], float]], Sequence[tuple[Delivery, int, str]]]


def _batch(event: Mapping[str, Any], context: Any, work: Worker) -> dict[str, Any]:
    from assistant.queue.sqs import from_event

    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    failures = work(from_event(event), lambda: ends - time.monotonic())
    if failures:
        try:
            _cloud.source(event["Records"][0]["eventSourceARN"]).retry_all(failures)
        except Exception as failed:  # they come back all the same, when the queue's own visibility timeout ends
            log.failure("retry is late", failed, messages=len(failures))
    metrics.flush()
    return {"batchItemFailures": [{"itemIdentifier": delivery.id} for delivery, _, _ in failures]}


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
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return routing.Request(method, path, event.get("rawQueryString", ""), body, headers)
