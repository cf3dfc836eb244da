"""The package as it is deployed: every function runs from it, joined by the queues' event sources."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant import aws, package
from tests.kit import stores
from tests.kit.assistant_parts import Visitor, gateway
from tests.kit.program import Program
from tests.kit.program import program as programs
from tests.kit.providers import webhook

ROLE = "arn:aws:iam::123456789012:role/assistant"


@dataclass
class Deployed:
    """The functions, by way of a client of `ingress` as the HTTP API calls it."""

    client: httpx.Client
    program: Program


def channels(program: Program, suffix: str) -> str:
    """The web and the program's webhook, with secrets as the component makes them: the web's key has no value yet."""
    manager = aws.client("secretsmanager")
    manager.create_secret(Name=f"token-key-{suffix}")
    manager.create_secret(Name=f"signing-{suffix}", SecretString=webhook.SECRET)
    web, hook = json.loads(program.channels)
    web["secrets"] = {"token_key": f"secretsmanager:token-key-{suffix}"}
    hook["secrets"] = {"signing_secret": f"secretsmanager:signing-{suffix}"}
    return json.dumps([web, hook])


@pytest.fixture
def deployed(table: str, make_sqs: Callable[..., Any], tmp_path: Path, cloud: str) -> Iterator[Deployed]:
    """Deploys every function with its event source."""
    package.build(tmp_path / "assistant.zip")
    code = {"ZipFile": (tmp_path / "assistant.zip").read_bytes()}
    messages, replies, client = make_sqs(), make_sqs(), aws.client("lambda", read_timeout_s=60)
    suffix = uuid.uuid4().hex[:8]
    with programs(tmp_path) as program:
        variables = {
            "ASSISTANT_QUEUE_URL": messages.url, "ASSISTANT_REPLIES_QUEUE_URL": replies.url,
            "ASSISTANT_SESSIONS_TABLE": table, "ASSISTANT_RECORDS_TABLE": stores.new_table(),
            "ASSISTANT_CHANNELS": channels(program, suffix), "ASSISTANT_MAX_RECEIVES": "3",
            "AWS_ENDPOINT_URL": cloud, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }  # fmt: skip
        for name in ("ingress", "inference", "sender"):
            client.create_function(
                FunctionName=f"{name}-{suffix}", Runtime="python3.13", Handler=f"assistant.functions.{name}",
                Role=ROLE, Code=code, Timeout=30, Environment={"Variables": variables},
            )  # fmt: skip
        for name, source in (("inference", messages), ("sender", replies)):
            client.create_event_source_mapping(
                FunctionName=f"{name}-{suffix}", EventSourceArn=source.arn, BatchSize=10,
                FunctionResponseTypes=["ReportBatchItemFailures"],
            )  # fmt: skip

        def invoke(event: dict[str, Any]) -> dict[str, Any]:
            answer = client.invoke(FunctionName=f"ingress-{suffix}", Payload=json.dumps(event))
            return json.load(answer["Payload"])

        with gateway(invoke) as http:
            yield Deployed(http, program)


def test_messages_of_two_conversations_are_answered_once_and_in_order(deployed: Deployed) -> None:
    visitors = [Visitor(deployed.client) for _ in range(2)]
    for n in range(4):
        for visitor in visitors:
            for _ in range(2):
                assert visitor.post(f"message-{n}", f"text {n}").status_code == 202
    for visitor in visitors:
        assert visitor.replies(4, 60) == [f"echo: text {n}" for n in range(4)]


def test_messages_of_a_webhook_are_answered_by_signed_replies(deployed: Deployed, until: Any) -> None:
    for n in range(3):
        for _ in range(2):
            assert deployed.program.post(deployed.client, f"msg_{n}", f"text {n}").status_code == 202
    until(lambda: len(deployed.program.replies) >= 3, 60)
    assert deployed.program.replies == [(f"msg_{n}", f"echo: text {n}") for n in range(3)]
    assert deployed.program.receiver.calls == 3


def test_page_and_readiness_come_from_the_package(deployed: Deployed) -> None:
    page = deployed.client.get("/")
    assert (page.status_code, page.text.startswith("<!doctype html>")) == (200, True)
    ready = deployed.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready"), ready.text
