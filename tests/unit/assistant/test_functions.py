"""The handlers: events in, answers and failures out, against the queue and the table of an embedded cloud."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import aws, functions
from assistant.inference import SORRY, Inference
from assistant.messages import Message
from assistant.queue.sqs import SqsQueue
from assistant.sessions.dynamodb import DynamoSessions

KEY = "default#web#conversation-1"
BODY = {"conversation": "conversation-1", "id": "message-1", "text": "hello"}


@dataclass
class Context:
    """The part of Lambda's context that is used."""

    left_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Any:
    """No part of an earlier test is reused."""
    functions.reset()
    yield
    functions.reset()


@pytest.fixture
def deployed(table: str, make_sqs: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Queue and table, named in the environment as the component does."""
    queues = make_sqs(visibility_s=30, max_receives=3)
    monkeypatch.setenv("ASSISTANT_QUEUE_URL", queues.url)
    monkeypatch.setenv("ASSISTANT_SESSIONS_TABLE", table)
    monkeypatch.setenv("ASSISTANT_MAX_RECEIVES", "3")
    return queues


def http(method: str, path: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    event = {"version": "2.0", "routeKey": f"{method} {path}", "rawPath": path, "body": body, **more}
    return functions.ingress(event, Context())


def post(**changes: str) -> dict[str, Any]:
    return http("POST", "/web/messages", json.dumps({**BODY, **changes}))


def batch(queues: Any) -> dict[str, Any]:
    """The event that an event source would make of what is in the queue."""
    found = aws.client("sqs").receive_message(
        QueueUrl=queues.url, MaxNumberOfMessages=10, WaitTimeSeconds=2,
        MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
    )  # fmt: skip
    records = [
        {
            "messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"],
            "attributes": m["Attributes"], "eventSourceARN": queues.arn,
        }
        for m in found.get("Messages", [])
    ]  # fmt: skip
    return {"Records": records}


def use(model: Any, table: str) -> None:
    """Has the inference function answer with this model."""
    cloud = functions._cloud
    cloud._made["inference"] = Inference(DynamoSessions(table), model, cloud.config)


def test_a_message_travels_from_the_page_s_request_to_its_reply(deployed: Any) -> None:
    assert post()["statusCode"] == 202
    assert functions.inference(batch(deployed), Context()) == {"batchItemFailures": []}
    answer = http("GET", "/web/messages", rawQueryString="conversation=conversation-1&after=0")
    (turn,) = json.loads(answer["body"])["turns"]
    assert answer["headers"]["content-type"] == "application/json"
    assert {name: turn[name] for name in ("n", "id", "text", "reply", "error")} == {
        "n": 1, "id": "message-1", "text": "hello", "reply": "echo: hello", "error": False,
    }  # fmt: skip


def test_a_body_in_base64_is_the_same_message(deployed: Any) -> None:
    encoded = base64.b64encode(json.dumps({**BODY, "text": "Grüße"}, ensure_ascii=False).encode()).decode()
    assert http("POST", "/web/messages", encoded, isBase64Encoded=True)["statusCode"] == 202
    assert Message.from_body(batch(deployed)["Records"][0]["body"]).text == "Grüße"


@pytest.mark.parametrize("body", ["%%%", "YQ", base64.b64encode(b"\xff").decode()])
def test_a_broken_encoding_is_refused(deployed: Any, body: str) -> None:
    answer = http("POST", "/web/messages", body, isBase64Encoded=True)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["error"].startswith("body: got ")


def test_a_missing_body_is_refused(deployed: Any) -> None:
    assert http("POST", "/web/messages")["statusCode"] == 400


def test_the_catch_all_route_and_a_stage_lead_to_the_same_routes() -> None:
    def get(path: str, stage: str) -> int:
        context = {"http": {"method": "GET", "path": path}, "stage": stage}
        event = {"routeKey": "$default", "rawPath": path, "requestContext": context}
        return functions.ingress(event, Context())["statusCode"]

    assert get("/", "$default") == 200
    assert get("/live/", "live") == 200
    assert get("/live/elsewhere", "live") == 404


def test_an_unreachable_queue_is_a_503_and_nothing_is_acknowledged(
    deployed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_QUEUE_URL", deployed.url.replace(".fifo", "-gone.fifo"))
    answer = post()
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["retry-after"]) >= 1


def test_readiness_follows_the_table(deployed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = http("GET", "/readyz")
    assert (ready["statusCode"], json.loads(ready["body"])) == (200, {"status": "ready"})
    functions.reset()
    monkeypatch.setenv("ASSISTANT_SESSIONS_TABLE", "absent")
    missing = http("GET", "/readyz")
    assert missing["statusCode"] == 503
    assert "ResourceNotFoundException" in json.loads(missing["body"])["error"]


def test_a_wrong_configuration_is_a_503_whose_cause_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_MODEL_PROVIDER", "oracle")
    assert http("GET", "/readyz")["statusCode"] == 503
    assert "ASSISTANT_MODEL_PROVIDER: got 'oracle'" in capsys.readouterr().err


def test_a_failing_message_and_its_successors_come_back_soon_and_in_order(
    deployed: Any, table: str, model: Any
) -> None:
    use(model, table)
    model.failures = 1
    post(id="message-1")
    post(id="message-2")
    event = batch(deployed)
    result = functions.inference(event, Context())
    assert [f["itemIdentifier"] for f in result["batchItemFailures"]] == [r["messageId"] for r in event["Records"]]
    begun = time.monotonic()
    again = batch(deployed)  # the queue's own visibility timeout is 30 s
    assert time.monotonic() - begun < 10
    assert [r["attributes"]["ApproximateReceiveCount"] for r in again["Records"]] == ["2", "2"]
    assert functions.inference(again, Context()) == {"batchItemFailures": []}
    assert [turn.id for turn in DynamoSessions(table).turns(KEY, 0)] == ["message-1", "message-2"]


def test_a_poison_message_is_told_and_ends_in_the_dead_letters_and_the_next_is_answered(
    deployed: Any, table: str, model: Any, until: Any
) -> None:
    use(model, table)
    model.poison = "bad"
    post(id="message-1", text="bad")
    post(id="message-2", text="good")

    def settled() -> bool:
        functions.inference(event, Context()) if (event := batch(deployed))["Records"] else None
        return bool(deployed.dead_letters())

    until(settled, 30)
    assert [Message.from_body(body).id for body in deployed.dead_letters()] == ["message-1"]
    assert [turn.reply for turn in DynamoSessions(table).turns(KEY, 0)] == [SORRY, "reply to good"]
    assert model.asked.count("bad") == 3


def test_a_batch_delivered_twice_is_answered_and_paid_for_once(deployed: Any, table: str, model: Any) -> None:
    use(model, table)
    post()
    event = batch(deployed)
    for _ in range(2):
        assert functions.inference(event, Context()) == {"batchItemFailures": []}
    assert model.asked == ["hello"]
    assert len(DynamoSessions(table).turns(KEY, 0)) == 1


def test_a_visibility_that_cannot_be_changed_does_not_lose_the_failure(
    deployed: Any, table: str, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(model, table)
    model.failures = 1
    post()
    event = batch(deployed)
    monkeypatch.setattr(SqsQueue, "retry_all", lambda *_: 1 / 0)
    result = functions.inference(event, Context())
    assert [f["itemIdentifier"] for f in result["batchItemFailures"]] == [event["Records"][0]["messageId"]]


@pytest.mark.parametrize(
    "modules",
    ["assistant.functions, assistant.channels", "assistant.functions, assistant.batch, assistant.models.echo"],
)
def test_a_cold_start_imports_nothing_heavy_of_ours(modules: str) -> None:
    code = f"import sys, {modules}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


HEAVY = ["boto3", "botocore", "httpx", "pydantic", "starlette", "typer", "sqlite3", "asyncio", "email", "ssl"]
ROOT = Path(__file__).parents[3]
