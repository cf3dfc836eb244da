"""Messages go in at the front door of the deployed local stack, and replies come out: every one once, in order."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import httpx
import pytest

from tests.kit.chat import Conversation
from tests.kit.deployment import Deployment

pytestmark = pytest.mark.behaviour

CONVERSATIONS, MESSAGES = 20, 10


@pytest.fixture(scope="session")
def url(deployed: Deployment) -> str:
    """The front door."""
    return str(deployed.outputs()["url"])


def test_the_front_door_says_that_it_is_ready(deployed: Deployment) -> None:
    answer = httpx.get(deployed.outputs()["ready_url"], timeout=30)
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert set(answer.json()["checks"].values()) == {"ready"}


def test_make_chat_prints_the_reply_and_nothing_else(deployed: Deployment) -> None:
    done = deployed.python("tools.chat", "--stack", "local", MESSAGE="ping")
    assert done.returncode == 0, done.stderr
    assert "ping" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def send_all(url: str, prefix: str, *, times: int) -> list[Conversation]:
    """Twenty conversations of ten messages, all at once, each message sent `times` times."""
    conversations = [Conversation(url, f"{prefix}-conversation-{number:02}") for number in range(CONVERSATIONS)]

    def talk(conversation: Conversation) -> None:
        for number in range(MESSAGES):
            for _ in range(times):
                answer = conversation.post(f"{prefix}-message-{number:02}", f"text {number}")
                assert answer.status_code == 202, answer.text

    with ThreadPoolExecutor(CONVERSATIONS) as pool:
        list(pool.map(talk, conversations))
    return conversations


@pytest.mark.parametrize(("prefix", "times"), [("single", 1), ("double", 2)])
def test_two_hundred_messages_at_once_are_each_answered_once_and_in_order(url: str, prefix: str, times: int) -> None:
    for conversation in send_all(url, prefix, times=times):
        turns = conversation.wait(MESSAGES)
        assert [turn["id"] for turn in turns] == [f"{prefix}-message-{number:02}" for number in range(MESSAGES)]
        assert all(f"text {number}" in turn["reply"] for number, turn in enumerate(turns))
        assert all(earlier["n"] < later["n"] for earlier, later in pairwise(turns))
        assert not any(turn["error"] for turn in turns)


def test_nothing_is_left_in_a_queue_when_everything_is_answered(deployed: Deployment, url: str) -> None:
    Conversation(url, "conversation-left").post("message-left", "hello")
    Conversation(url, "conversation-left").wait(1)
    sqs = deployed.client("sqs")
    for name in ("queue_url", "dead_letter_queue_url"):
        counts = sqs.get_queue_attributes(QueueUrl=deployed.outputs()[name], AttributeNames=["All"])["Attributes"]
        assert counts["ApproximateNumberOfMessages"] == "0", name


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"not json", 400, "JSON"),
        (b"[]", 400, "object"),
        (json.dumps({"text": "hello"}).encode(), 400, "id: got"),
        (json.dumps({"id": "message-1"}).encode(), 400, "text: got"),
        (json.dumps({"id": "a b", "text": "x"}).encode(), 400, "id: got"),
        (json.dumps({"id": "message-1", "text": 7}).encode(), 400, "text: got"),
        (json.dumps({"id": "message-1", "text": "x" * 200_000}).encode(), 413, "body"),
        (json.dumps({"id": "message-1", "text": "x" * 9000}).encode(), 413, "text"),
        (b"\xff\xfe\x00", 400, "JSON"),
    ],
)
def test_a_message_that_cannot_be_taken_is_told_in_one_line_that_names_the_field(
    url: str, body: bytes, status: int, said: str
) -> None:
    headers = Conversation(url, "conversation-refused").session.headers
    answer = httpx.post(f"{url.rstrip('/')}/web/messages", content=body, headers=headers, timeout=30)
    line = answer.json()["error"]
    assert (answer.status_code, "\n" in line) == (status, False)
    assert said in line


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer forged.token.here"])
def test_without_a_token_of_this_deployment_nothing_is_taken_or_shown(url: str, token: str) -> None:
    address, headers = f"{url.rstrip('/')}/web/messages", {"authorization": token}
    assert httpx.get(address, headers=headers, timeout=30).status_code == 401
    message = {"id": "message-1", "text": "hello"}
    assert httpx.post(address, json=message, headers=headers, timeout=30).status_code == 401


def test_a_path_that_is_no_route_is_not_found(url: str) -> None:
    assert httpx.get(f"{url.rstrip('/')}/admin", timeout=30).status_code == 404


def test_one_conversation_does_not_see_another(url: str) -> None:
    Conversation(url, "conversation-of-ann").post("message-of-ann", "hello")
    Conversation(url, "conversation-of-ann").wait(1)
    assert Conversation(url, "conversation-of-bob").turns() == []


def test_the_session_is_in_the_table_and_expires(deployed: Deployment, url: str) -> None:
    Conversation(url, "conversation-kept").post("message-kept", "hello")
    Conversation(url, "conversation-kept").wait(1)
    items = deployed.client("dynamodb").scan(TableName=deployed.outputs()["session_store"])["Items"]
    kept = Conversation(url, "conversation-kept").session.conversation
    own = [item for item in items if item["pk"]["S"].endswith(f"#{kept}") and "#user#" not in item["pk"]["S"]]
    assert {item["sk"]["S"].split("#")[0] for item in own} == {"turn", "seen"}
    assert all(int(item["expires_at"]["N"]) > 0 for item in own)


def test_the_functions_write_their_logs_and_no_message_text(deployed: Deployment, url: str) -> None:
    Conversation(url, "conversation-logged").post("message-logged", "a text nobody should find in a log")
    Conversation(url, "conversation-logged").wait(1)
    logs = deployed.client("logs")
    groups = deployed.outputs()["log_groups"]
    events = [e["message"] for group in groups for e in logs.filter_log_events(logGroupName=group)["events"]]
    assert events
    assert not any("nobody should find" in event for event in events)
