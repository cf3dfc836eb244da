"""The handlers: events in, answers and failures out, against the queues and the tables of an embedded cloud."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import functions, metrics, secrets
from assistant.inference import SORRY
from assistant.messages import Message
from assistant.queue.sqs import SqsQueue
from assistant.sessions.dynamodb import DynamoSessions
from tests.kit import answering, stores
from tests.kit.assistant_parts import Context, Visitor, event_of, gateway, worked_off


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No part of an earlier test is reused."""
    functions.reset()
    secrets._cache.clear()
    metrics.use_emf()
    yield
    functions.reset()
    metrics.use_none()


@pytest.fixture
def deployed(table: str, make_sqs: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Queues and tables, named in the environment as the component does."""
    queues = make_sqs(visibility_s=30, max_receives=3)
    web = {"channel": "web", "secrets": {"token_key": f"file:{tmp_path / 'token-key'}"}}
    for name, value in {
        "QUEUE_URL": queues.url, "SESSIONS_TABLE": table, "RECORDS_TABLE": stores.new_table(), "MAX_RECEIVES": "3",
        "CHANNELS": json.dumps([web]),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ASSISTANT_{name}", value)
    return queues


@pytest.fixture
def visitor(deployed: Any) -> Iterator[Visitor]:
    with gateway(lambda event: functions.ingress(event, Context())) as client:
        yield Visitor(client)


def http(method: str, path: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    event = {"version": "2.0", "routeKey": f"{method} {path}", "rawPath": path, "body": body, **more}
    return functions.ingress(event, Context())


def use(model: Any, table: str) -> None:
    """Has the inference function answer with this model."""
    cloud = functions._cloud
    cloud._made["inference"] = answering.inference(DynamoSessions(table), model, cloud.config)


def test_a_message_travels_from_the_page_s_request_to_its_reply(deployed: Any, visitor: Visitor) -> None:
    assert visitor.post("message-1", "hello").status_code == 202
    assert functions.inference(event_of(deployed), Context()) == {"batchItemFailures": []}
    (turn,) = visitor.turns()
    assert {name: turn[name] for name in ("n", "id", "text", "reply", "error")} == {
        "n": 1, "id": "message-1", "text": "hello", "reply": "echo: hello", "error": False,
    }  # fmt: skip


def test_a_body_in_base64_is_the_same_message(deployed: Any, visitor: Visitor) -> None:
    encoded = base64.b64encode(json.dumps({"id": "message-1", "text": "Grüße"}, ensure_ascii=False).encode()).decode()
    answer = http("POST", "/web/messages", encoded, isBase64Encoded=True, headers=visitor.headers)
    assert answer["statusCode"] == 202
    assert Message.from_body(event_of(deployed)["Records"][0]["body"]).text == "Grüße"


@pytest.mark.parametrize("body", ["%%%", "YQ", base64.b64encode(b"\xff").decode(), None])
def test_a_broken_or_missing_body_is_refused(visitor: Visitor, body: str | None) -> None:
    answer = http("POST", "/web/messages", body, isBase64Encoded=body is not None, headers=visitor.headers)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["error"].startswith("body: got ")


def test_the_catch_all_route_and_a_stage_lead_to_the_same_routes() -> None:
    def get(path: str, stage: str) -> int:
        context = {"http": {"method": "GET", "path": path}, "stage": stage}
        event = {"routeKey": "$default", "rawPath": path, "requestContext": context}
        return functions.ingress(event, Context())["statusCode"]

    assert get("/", "$default") == 200
    assert get("/live/", "live") == 200
    assert get("/live/elsewhere", "live") == 404


def test_an_unreachable_queue_is_a_503_and_what_is_sent_again_is_taken(
    deployed: Any, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setenv("ASSISTANT_QUEUE_URL", deployed.url.replace(".fifo", "-gone.fifo"))
        functions.reset()
        answer = visitor.post("message-1")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
    functions.reset()
    assert [visitor.post("message-1").status_code for _ in range(2)] == [202, 202]
    assert len(event_of(deployed)["Records"]) == 1


@pytest.mark.parametrize(
    ("variable", "part"), [("SESSIONS_TABLE", "sessions"), ("RECORDS_TABLE", "queue"), ("QUEUE_URL", "queue")]
)
def test_readiness_follows_what_is_needed(
    deployed: Any, variable: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = http("GET", "/ready")
    told = dict.fromkeys(("configuration", "queue", "sessions", "web secret token_key"), "ready")
    assert (ready["statusCode"], json.loads(ready["body"])) == (200, {"status": "ready", "checks": told})
    functions.reset()
    absent = deployed.url.replace(".fifo", "-gone.fifo") if variable == "QUEUE_URL" else "absent"
    monkeypatch.setenv(f"ASSISTANT_{variable}", absent)
    missing = http("GET", "/readyz")
    assert missing["statusCode"] == 503
    assert [name for name, said in json.loads(missing["body"])["checks"].items() if said != "ready"] == [part]


def test_a_wrong_configuration_is_a_503_whose_cause_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_MODEL_PROVIDER", "oracle")
    assert http("GET", "/live")["statusCode"] == 503
    assert "ASSISTANT_MODEL_PROVIDER: got 'oracle'" in capsys.readouterr().err


def test_a_failing_message_and_its_successors_come_back_soon_and_in_order(
    deployed: Any, visitor: Visitor, table: str, model: Any
) -> None:
    use(model, table)
    model.failures = 1
    for number in (1, 2):
        visitor.post(f"message-{number}")
    event = event_of(deployed)
    result = functions.inference(event, Context())
    assert [f["itemIdentifier"] for f in result["batchItemFailures"]] == [r["messageId"] for r in event["Records"]]
    begun = time.monotonic()
    again = event_of(deployed)  # the queue's own visibility timeout is 30 s
    assert time.monotonic() - begun < 10
    assert [r["attributes"]["ApproximateReceiveCount"] for r in again["Records"]] == ["2", "2"]
    assert functions.inference(again, Context()) == {"batchItemFailures": []}
    assert [turn["id"] for turn in visitor.turns()] == ["message-1", "message-2"]


def test_a_poison_message_is_told_and_ends_in_the_dead_letters_and_the_next_is_answered(
    deployed: Any, visitor: Visitor, table: str, model: Any, until: Any
) -> None:
    use(model, table)
    model.poison = "bad"
    visitor.post("message-1", "bad")
    visitor.post("message-2", "good")

    def settled() -> bool:
        if (event := event_of(deployed))["Records"]:
            worked_off(deployed, functions.inference, event)
        return bool(deployed.dead_letters())

    until(settled, 30)
    assert [Message.from_body(body).id for body in deployed.dead_letters()] == ["message-1"]
    assert visitor.replies(2) == [SORRY, "reply to good"]
    assert model.asked.count("bad") == 3


def test_a_batch_delivered_twice_is_answered_and_paid_for_once(
    deployed: Any, visitor: Visitor, table: str, model: Any
) -> None:
    use(model, table)
    visitor.post("message-1")
    event = event_of(deployed)
    for _ in range(2):
        assert functions.inference(event, Context()) == {"batchItemFailures": []}
    assert model.asked == ["hello"]
    assert len(visitor.turns()) == 1


def test_a_visibility_that_cannot_be_changed_does_not_lose_the_failure(
    deployed: Any, visitor: Visitor, table: str, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(model, table)
    model.failures = 1
    visitor.post("message-1")
    event = event_of(deployed)
    monkeypatch.setattr(SqsQueue, "retry_all", lambda *_: 1 / 0)
    result = functions.inference(event, Context())
    assert [f["itemIdentifier"] for f in result["batchItemFailures"]] == [event["Records"][0]["messageId"]]


def test_every_invocation_writes_what_it_measured_and_not_what_was_said(
    deployed: Any, visitor: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor.post("message-1", "my secret diary")
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["assistant_messages_received_total"] for line in lines if line.get("channel") == "web"] == [1]
    functions.inference(event_of(deployed), Context())
    answered = capsys.readouterr()
    assert "assistant_messages_answered_total" in answered.out
    assert "assistant_tokens_total" in answered.out
    assert "diary" not in said.out + said.err + answered.out + answered.err
    correlation = json.loads(said.err.splitlines()[-1])["correlation"]
    assert f'"correlation":"{correlation}"' in answered.err


def test_a_stream_is_opened_for_an_installation_that_is_there(deployed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(**query: str) -> int:
        context = {"routeKey": "$connect", "connectionId": "c", "domainName": "d", "stage": "live"}
        event = {"requestContext": context, "headers": {}, "queryStringParameters": query or None}
        return functions.stream(event, Context())["statusCode"]

    assert connect() == 200
    assert connect(installation="other") == 403
    functions.reset()
    monkeypatch.setenv("ASSISTANT_CHANNELS", "wbe")
    assert connect() == 503


@pytest.mark.parametrize(
    "modules",
    [
        "channels.web", "channels.telegram", "channels.slack", "channels.webhook", "batch, assistant.models.echo",
        "sending", "streaming.websocket",
    ],
)  # fmt: skip
def test_a_cold_start_imports_nothing_heavy_of_ours(modules: str) -> None:
    code = f"import sys, assistant.functions, assistant.{modules}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


HEAVY = [
    "boto3", "botocore", "httpx", "pydantic", "starlette", "typer", "sqlite3", "asyncio", "email", "ssl", "jwt",
    "Crypto", "markdown_it", "prometheus_client",
]  # fmt: skip
ROOT = Path(__file__).parents[3]
