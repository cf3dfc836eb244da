"""A channel that replies are sent to, as functions: signed messages go in, signed calls come out, each once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.behaviour.conftest import Moved
from tests.kit.assistant_parts import wait_for
from tests.kit.program import Program
from tests.kit.providers import webhook

pytestmark = [pytest.mark.behaviour, pytest.mark.xdist_group("moved")]


@dataclass
class Sending:
    """The program, and the front door that it delivers to."""

    program: Program
    door: httpx.Client

    def send(self, id: str, conversation: str, text: str, **how: Any) -> httpx.Response:
        """One delivery."""
        return self.program.post(self.door, id, text, conversation, **how)

    def wait(self, conversation: str, count: int) -> list[str]:
        """The replies, once there are so many."""
        wait_for(lambda: len(self.program.told(conversation)) >= count, 60)
        return self.program.told(conversation)


@pytest.fixture
def sending(moved: Moved) -> Iterator[Sending]:
    """The program at work."""
    url = str(moved.deployment.outputs()["webhook_urls"]["webhook"])
    with httpx.Client(base_url=url.removesuffix("/webhook"), timeout=30) as door:
        yield Sending(moved.program, door)


def test_a_message_that_is_delivered_five_times_is_answered_with_one_call_of_the_documented_shape(
    sending: Sending,
) -> None:
    answers = [sending.send("five-times", "ladder", "hello") for _ in range(5)]
    assert [(answer.status_code, answer.json()["id"]) for answer in answers] == [(202, "five-times")] * 5
    sending.send("afterwards", "ladder", "and again")
    assert sending.wait("ladder", 2) == ["echo: hello", "echo: and again"]
    assert sending.program.faults == []


@pytest.mark.parametrize(
    ("how", "status"),
    [({"sign": "v1,AAAA"}, 401), ({"secret": webhook.OTHER_SECRET}, 401), ({"age_s": 400}, 401)],
    ids=["forged", "signed with another secret", "stale"],
)
def test_what_is_not_genuine_is_refused(sending: Sending, how: dict[str, Any], status: int) -> None:
    assert sending.send("not-genuine", "refused", "hello", **how).status_code == status


def test_a_reply_is_sent_again_until_it_is_taken(moved: Moved, sending: Sending) -> None:
    sending.program.receiver.prepared.append(httpx.Response(503))
    assert sending.send("second-try", "patient", "hello").status_code == 202
    assert sending.wait("patient", 1) == ["echo: hello"]


def test_conversations_go_side_by_side_and_each_in_order(moved: Moved, sending: Sending) -> None:
    def talk(conversation: str) -> None:
        for number in range(5):
            assert sending.send(f"{conversation}-{number}", conversation, f"text {number}").status_code == 202

    names = [f"side-{number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(talk, names))
    for name in names:
        assert sending.wait(name, 5) == [f"echo: text {number}" for number in range(5)]


def test_what_was_sent_is_on_record_without_its_text_and_no_secret_is_logged(moved: Moved, sending: Sending) -> None:
    sending.send("on-record", "recorded", "a text nobody should find")
    sending.wait("recorded", 1)
    key = {"pk": {"S": "default#webhook#recorded"}, "sk": {"S": "out#on-record"}}
    table, dynamodb = moved.deployment.outputs()["session_store"], moved.deployment.client("dynamodb")
    item = wait_for(lambda: _sent(dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]), 30)
    assert (item["state"]["S"], item["reply"]["S"], item["address"]["M"]) == ("sent", "", {})
    logs = moved.deployment.client("logs")
    groups = moved.deployment.outputs()["log_groups"]
    lines = [event["message"] for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]]
    assert not [line for line in lines if "nobody should find" in line or webhook.SECRET in line]


def _sent(item: dict[str, Any]) -> dict[str, Any] | None:
    return item if item["state"]["S"] == "sent" else None


def test_one_correlation_id_leads_from_ingress_to_the_sent_reply(moved: Moved, sending: Sending) -> None:
    sending.send("correlated", "followed", "hello")
    sending.wait("followed", 1)
    logs = moved.deployment.client("logs")
    found: dict[str, set[str]] = {}
    for group in moved.deployment.outputs()["log_groups"]:
        for event in logs.filter_log_events(logGroupName=group)["events"]:
            if event["message"].startswith("{") and '"correlated"' in event["message"]:
                line = json.loads(event["message"])
                if "event" in line:
                    found.setdefault(line["event"], set()).add(line["correlation"])
    assert {"accepted", "answered"} <= found.keys()
    assert len(set[str]().union(*found.values())) == 1
