"""The package as it is deployed: both functions run from it, joined by the queue's event source."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import aws, package

ROLE = "arn:aws:iam::123456789012:role/assistant"


@pytest.fixture
def invoke(
    table: str, make_sqs: Callable[..., Any], tmp_path: Path, cloud: str, until: Any
) -> Callable[[str, str, Any], Any]:
    """Deploys both functions; returns a call of `ingress` as the HTTP API makes it."""
    package.build(tmp_path / "assistant.zip")
    code = {"ZipFile": (tmp_path / "assistant.zip").read_bytes()}
    queues, client = make_sqs(visibility_s=30), aws.client("lambda", read_timeout_s=30)
    variables = {
        "ASSISTANT_QUEUE_URL": queues.url, "ASSISTANT_SESSIONS_TABLE": table, "AWS_ENDPOINT_URL": cloud,
        "ASSISTANT_MAX_RECEIVES": "3", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    }  # fmt: skip
    suffix = uuid.uuid4().hex[:8]
    for name in ("ingress", "inference"):
        client.create_function(
            FunctionName=f"{name}-{suffix}", Runtime="python3.13", Handler=f"assistant.functions.{name}", Role=ROLE,
            Code=code, Timeout=30, Environment={"Variables": variables},
        )  # fmt: skip
    client.create_event_source_mapping(
        FunctionName=f"inference-{suffix}", EventSourceArn=queues.arn, BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip

    def call(method: str, path: str, body: Any = None, query: str = "") -> tuple[int, Any]:
        event = {
            "version": "2.0", "routeKey": f"{method} {path}", "rawPath": path, "rawQueryString": query,
            "body": None if body is None else json.dumps(body),
        }  # fmt: skip
        answer = client.invoke(FunctionName=f"ingress-{suffix}", Payload=json.dumps(event))
        read = json.load(answer["Payload"])
        return read["statusCode"], read["body"]

    return call


def test_messages_of_two_conversations_are_answered_once_and_in_order(invoke: Any, until: Any) -> None:
    for n in range(4):
        for conversation in ("conversation-a", "conversation-b"):
            for _ in range(2):
                message = {"conversation": conversation, "id": f"message-{n}", "text": f"text {n}"}
                assert invoke("POST", "/web/messages", message)[0] == 202

    def turns(conversation: str) -> list[Any]:
        return json.loads(invoke("GET", "/web/messages", query=f"conversation={conversation}")[1])["turns"]

    for conversation in ("conversation-a", "conversation-b"):
        until(lambda conversation=conversation: len(turns(conversation)) >= 4, 30)
        assert [turn["reply"] for turn in turns(conversation)] == [f"echo: text {n}" for n in range(4)]


def test_page_and_readiness_come_from_the_package(invoke: Any) -> None:
    status, page = invoke("GET", "/")
    assert (status, page.startswith("<!doctype html>")) == (200, True)
    assert invoke("GET", "/readyz") == (200, '{"status": "ready"}')


def test_the_package_is_a_valid_archive(tmp_path: Path) -> None:
    package.build(tmp_path / "a.zip")
    assert zipfile.ZipFile(io.BytesIO((tmp_path / "a.zip").read_bytes())).testzip() is None
