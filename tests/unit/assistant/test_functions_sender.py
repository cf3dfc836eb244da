"""The sender's function: replies from their queue to the channel, against an embedded cloud and a local receiver."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant import functions, secrets
from assistant.messages import Message
from assistant.outbox.dynamodb import DynamoOutbox
from assistant.replies import StoredReply
from assistant.sender import NotSentError
from tests.kit import stores
from tests.kit.assistant_parts import Context, event_of, gateway, wait_for, worked_off
from tests.kit.program import Program
from tests.kit.program import program as programs


@dataclass
class Deployed:
    """The queues of a deployment, and what is at their ends."""

    messages: Any
    replies: Any
    outbox: DynamoOutbox
    program: Program
    client: httpx.Client

    def answer(self) -> None:
        """Answers what has come in."""
        event = event_of(self.messages)
        assert event["Records"]
        assert worked_off(self.messages, functions.inference, event) == {"batchItemFailures": []}

    def post(self, *names: str) -> None:
        """Messages such as `c1 m1`: m1 of conversation c1."""
        for name in names:
            conversation, _, id = name.partition(" ")
            assert self.program.post(self.client, id, f"text {id}", conversation).status_code == 202

    def send_all(self) -> list[Any]:
        """Sends until there is nothing left to send; the batches' answers."""
        told: list[Any] = []
        while (event := event_of(self.replies, wait_s=1))["Records"]:
            told.append(worked_off(self.replies, functions.sender, event))
        return told

    def state(self, name: str) -> str:
        conversation, _, id = name.partition(" ")
        found = self.outbox.load(f"default#webhook#{conversation}", id)
        return found.state if found else "none"


@pytest.fixture
def deployed(
    table: str, make_sqs: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployed]:
    functions.reset()
    secrets._cache.clear()
    messages, replies = make_sqs(visibility_s=30, max_receives=25), make_sqs(visibility_s=30, max_receives=25)
    with programs(tmp_path) as program, gateway(lambda event: functions.ingress(event, Context())) as client:
        told = json.loads(program.channels)[1:]
        for name, value in {
            "QUEUE_URL": messages.url, "REPLIES_QUEUE_URL": replies.url, "SESSIONS_TABLE": table,
            "RECORDS_TABLE": stores.new_table(), "MAX_RECEIVES": "25", "CHANNELS": json.dumps(told),
        }.items():  # fmt: skip
            monkeypatch.setenv(f"ASSISTANT_{name}", value)
        yield Deployed(messages, replies, DynamoOutbox(table), program, client)
    functions.reset()


def test_a_reply_is_sent_signed_and_on_record(deployed: Deployed) -> None:
    deployed.post("c1 m1")
    deployed.answer()
    assert deployed.state("c1 m1") == "pending"
    assert deployed.send_all() == [{"batchItemFailures": []}]
    assert deployed.program.replies == [("m1", "echo: text m1")]
    assert deployed.state("c1 m1") == "sent"


def test_the_queue_of_replies_carries_which_one_and_never_its_text(deployed: Deployed) -> None:
    deployed.post("c1 m1")
    event = event_of(deployed.messages)
    functions.inference(event, Context())
    (record,) = event_of(deployed.replies)["Records"]
    reply, message = StoredReply.from_body(record["body"]), Message.from_body(event["Records"][0]["body"])
    assert (reply.key, reply.id, reply.correlation) == (message.key, "m1", message.correlation)
    assert "text" not in record["body"]


def test_five_deliveries_of_a_message_are_answered_and_sent_once(deployed: Deployed) -> None:
    deployed.post(*["c1 m1"] * 5)
    event = event_of(deployed.messages)
    assert len(event["Records"]) == 1
    for _ in range(3):  # the queue, too, may deliver twice
        assert functions.inference(event, Context()) == {"batchItemFailures": []}
    deployed.post("c1 m1")
    replies = event_of(deployed.replies)
    for _ in range(3):
        assert functions.sender(replies, Context()) == {"batchItemFailures": []}
    assert deployed.program.replies == [("m1", "echo: text m1")]
    assert deployed.program.receiver.calls == 1


def test_of_a_batch_what_failed_comes_back_with_its_successors_and_the_rest_is_done(deployed: Deployed) -> None:
    deployed.post("c1 m1", "c1 m2", "c2 n1", "c2 n2")
    deployed.answer()
    event = event_of(deployed.replies)
    ids = {StoredReply.from_body(record["body"]).id: record["messageId"] for record in event["Records"]}
    assert sorted(ids) == ["m1", "m2", "n1", "n2"]

    def refuse_the_first(request: httpx.Request) -> httpx.Response:
        if json.loads(request.content)["data"]["in_reply_to"] == "m1" and not refused:
            refused.append(request)
            return httpx.Response(503)
        return take(request)

    refused: list[httpx.Request] = []
    take, deployed.program.take = deployed.program.take, refuse_the_first
    told = worked_off(deployed.replies, functions.sender, event)
    assert {failure["itemIdentifier"] for failure in told["batchItemFailures"]} == {ids["m1"], ids["m2"]}
    assert deployed.program.replies == [("n1", "echo: text n1"), ("n2", "echo: text n2")]
    assert [deployed.state(name) for name in ("c1 m1", "c1 m2", "c2 n1", "c2 n2")] == ["pending"] * 2 + ["sent"] * 2
    again = wait_for(lambda: (batch := event_of(deployed.replies, wait_s=5))["Records"] and batch, 25)
    assert worked_off(deployed.replies, functions.sender, again) == {"batchItemFailures": []}
    assert deployed.program.replies[2:] == [("m1", "echo: text m1"), ("m2", "echo: text m2")]


def test_what_the_receiver_refuses_for_good_is_no_failure_of_the_queue(deployed: Deployed) -> None:
    deployed.program.receiver.prepared.append(httpx.Response(410))
    deployed.post("c1 m1", "c1 m2")
    deployed.answer()
    assert deployed.send_all() == [{"batchItemFailures": []}]
    assert (deployed.state("c1 m1"), deployed.state("c1 m2")) == ("failed", "sent")


def test_without_the_time_for_one_everything_is_left_to_the_next_batch(deployed: Deployed) -> None:
    deployed.post("c1 m1", "c2 n1")
    deployed.answer()
    event = event_of(deployed.replies)
    told = functions.sender(event, Context(left_ms=5000))
    assert len(told["batchItemFailures"]) == 2
    assert deployed.program.receiver.calls == 0
    deployed.send_all()
    assert len(deployed.program.replies) == 2


class Slow:
    """Sends one part of a long reply in the time of each invocation."""

    def __init__(self, parts: int) -> None:
        self.left = parts

    def deliver(self, key: str, message_id: str, *, last: bool, left_s: Callable[[], float]) -> None:
        self.left -= 1
        if self.left:
            raise NotSentError("got no time for the next part", progressed=True)


def test_a_long_reply_is_sent_over_several_runs(deployed: Deployed) -> None:
    deployed.post("c1 m1")
    deployed.answer()
    slow = Slow(parts=6)
    functions._cloud._made["sender"] = slow

    def finished() -> bool:
        if (event := event_of(deployed.replies, wait_s=1))["Records"]:
            worked_off(deployed.replies, functions.sender, event)
        return slow.left == 0 or bool(deployed.replies.dead_letters())

    wait_for(finished, 40)
    assert (slow.left, deployed.replies.dead_letters()) == (0, [])


def test_a_reply_that_was_never_tried_for_lack_of_time_is_not_given_up(deployed: Deployed) -> None:
    deployed.post("c1 m1")
    deployed.answer()

    def hurried() -> bool:
        event = event_of(deployed.replies, wait_s=1)
        if event["Records"]:
            worked_off(deployed.replies, functions.sender, event, left_ms=5000)
        return not event["Records"]

    for _ in range(5):
        hurried()
    assert deployed.replies.dead_letters() == []
    deployed.send_all()
    assert deployed.program.replies == [("m1", "echo: text m1")]
