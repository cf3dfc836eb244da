"""What is accepted, what is refused and with which words, and that nothing is acknowledged before it is stored."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import channels
from assistant.config import Config, ConfigError
from assistant.messages import Message
from assistant.queue import QueueUnavailableError
from assistant.routing import Request, Response, handle

ROUTES = channels.routes(["web"])
GOOD = {"conversation": "conversation-1", "id": "message-1", "text": "hello"}
IDS = "expected 8 to 64 characters of letters, digits, - and _"


@dataclass
class Parts:
    """Services whose queue keeps what it is sent, or fails."""

    config: Config = field(default_factory=Config)
    sent: list[Message] = field(default_factory=list)
    failure: Exception | None = None
    sessions: Any = None

    @property
    def queue(self) -> Any:
        return self

    def send(self, message: Message) -> None:
        if self.failure:
            raise self.failure
        self.sent.append(message)


def post(body: bytes | str, parts: Parts) -> Response:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return handle(Request("POST", "/web/messages", "", raw), ROUTES, parts)


def refusal(body: Any, status: int = 400) -> str:
    """The one line with which a body is refused."""
    parts = Parts()
    response = post(body if isinstance(body, bytes | str) else json.dumps(body), parts)
    assert response.status == status
    assert parts.sent == []
    line = json.loads(response.body)["error"]
    assert "\n" not in line
    return line


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in GOOD.items() if key != name}


def test_a_message_is_enqueued_and_then_acknowledged() -> None:
    parts = Parts(Config(tenant="acme"))
    response = post(json.dumps(GOOD), parts)
    assert (response.status, json.loads(response.body)) == (202, {"id": "message-1", "status": "accepted"})
    (message,) = parts.sent
    assert (message.tenant, message.channel, message.conversation, message.id, message.text) == (
        "acme", "web", "conversation-1", "message-1", "hello",
    )  # fmt: skip


def test_a_duplicate_gets_the_same_answer_and_the_same_deduplication() -> None:
    parts = Parts()
    first, second = post(json.dumps(GOOD), parts), post(json.dumps(GOOD), parts)
    assert (first.status, first.body) == (second.status, second.body)
    assert len({message.deduplication for message in parts.sent}) == 1


@pytest.mark.parametrize("failure", [QueueUnavailableError("queue: SendMessage: Throttling"), RuntimeError("odd")])
def test_a_message_that_is_not_stored_is_not_acknowledged(failure: Exception) -> None:
    response = post(json.dumps(GOOD), Parts(failure=failure))
    assert response.status == 503
    assert int(response.headers["retry-after"]) >= 1
    assert "again" in json.loads(response.body)["error"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("{", "body: got something that is not JSON, expected a JSON object"),
        ("", "body: got something that is not JSON, expected a JSON object"),
        (b"\xff\xfe", "body: got bytes that are not UTF-8, expected a JSON object"),
        ('"\ud800"', "body: got bytes that are not UTF-8, expected a JSON object"),
        ("[" * 30_000, "body: got something that is not JSON, expected a JSON object"),
        ("9" * 10_000, "body: got something that is not JSON, expected a JSON object"),
        ("[]", "body: got a list, expected a JSON object"),
        ("null", "body: got null, expected a JSON object"),
        (without("conversation"), f"conversation: got nothing, {IDS}"),
        (without("id"), f"id: got nothing, {IDS}"),
        (without("text"), "text: got nothing, expected text of 1 to 8000 characters"),
        ({**GOOD, "conversation": ""}, f"conversation: got nothing, {IDS}"),
        ({**GOOD, "conversation": 12345678}, f"conversation: got a number, {IDS}"),
        ({**GOOD, "conversation": "short"}, f"conversation: got 5 characters, {IDS}"),
        ({**GOOD, "conversation": "x" * 65}, f"conversation: got 65 characters, {IDS}"),
        ({**GOOD, "conversation": "default#web#x"}, f"conversation: got a character that is not allowed, {IDS}"),
        ({**GOOD, "conversation": "conversation\n"}, f"conversation: got a character that is not allowed, {IDS}"),
        ({**GOOD, "conversation": "٠١٢٣٤٥٦٧"}, f"conversation: got a character that is not allowed, {IDS}"),
        ({**GOOD, "id": ["message-1"]}, f"id: got a list, {IDS}"),
        ({**GOOD, "id": True}, f"id: got true or false, {IDS}"),
        ({**GOOD, "text": {"a": 1}}, "text: got an object, expected text of 1 to 8000 characters"),
        ({**GOOD, "text": " \n\t "}, "text: got nothing but blanks, expected text of 1 to 8000 characters"),
        ({**GOOD, "text": "a\ud83d"}, "text: got half of a surrogate pair, expected valid Unicode"),
    ],
)
def test_what_is_wrong_is_refused_with_one_line(body: Any, line: str) -> None:
    assert refusal(body) == line


def test_a_text_that_is_too_long_is_refused_as_too_large() -> None:
    assert refusal({**GOOD, "text": "x" * 8001}, 413) == (
        "text: got 8001 characters, expected at most 8000; send it in parts"
    )
    assert "expected at most 100096" in refusal(b" " * 100_097, 413)


def test_the_longest_text_is_accepted_whatever_its_characters_and_however_it_is_escaped() -> None:
    parts = Parts()
    for ascii_only in (True, False):
        body = json.dumps({**GOOD, "text": "🎉" * 8000}, ensure_ascii=ascii_only)
        assert post(body, parts).status == 202
    assert [len(message.text) for message in parts.sent] == [8000, 8000]
    assert len(parts.sent[0].to_body()) < 256 * 1024


def test_the_deployment_may_allow_less() -> None:
    parts = Parts(Config(max_text_chars=3))
    assert post(json.dumps(GOOD), parts).status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=4),
    max_leaves=8,
)
ALMOST = st.fixed_dictionaries({name: JSON | st.just(value) for name, value in GOOD.items()})


@settings(max_examples=200, deadline=None, derandomize=True)
@given((JSON | ALMOST).map(json.dumps).map(str.encode) | st.binary(max_size=200))
def test_whatever_comes_is_accepted_whole_or_refused_with_one_line(body: bytes) -> None:
    parts = Parts()
    response = post(body, parts)
    if response.status == 202:
        (message,) = parts.sent
        read = json.loads(body)
        assert (message.conversation, message.id, message.text) == (read["conversation"], read["id"], read["text"])
        assert Message.from_body(message.to_body()) == message
    else:
        assert response.status in {400, 413}
        assert parts.sent == []
        line = json.loads(response.body)["error"]
        assert line
        assert "\n" not in line


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(min_size=1).filter(str.strip))
def test_a_text_survives_the_queue_unchanged(text: str) -> None:
    message = Message("default", "web", "conversation", "message-1", text, "now")
    body = message.to_body()
    assert body.isascii()
    assert Message.from_body(body) == message


def test_reading_checks_its_parameters() -> None:
    def read(query: str) -> tuple[int, str]:
        response = handle(Request("GET", "/web/messages", query), ROUTES, Parts())
        return response.status, json.loads(response.body).get("error", "")

    assert read("") == (400, f"conversation: got nothing, {IDS}")
    assert read("conversation=%ff%fe%ff%fe%ff%fe%ff%fe%ff")[0] == 400
    assert read("&".join(["a=1"] * 50)) == (400, f"conversation: got nothing, {IDS}")
    for after in ("-1", "x", "1.5", "9" * 12, "\u0661"):
        assert read(f"conversation=conversation-1&after={after}")[0] == 400


def test_an_unknown_path_and_method_are_told_what_there_is() -> None:
    assert handle(Request("GET", "/nothing"), ROUTES, Parts()).status == 404
    refused = handle(Request("DELETE", "/web/messages"), ROUTES, Parts())
    assert (refused.status, refused.headers["allow"]) == (405, "GET, POST")


def test_a_store_that_fails_while_reading_is_a_moment_s_failure() -> None:
    response = handle(Request("GET", "/web/messages", "conversation=conversation-1"), ROUTES, Parts())
    assert response.status == 503
    assert "retry-after" in response.headers


def test_a_channel_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match="ASSISTANT_CHANNELS: got 'wbe', expected a list of web"):
        channels.routes(["wbe"])


def test_logs_do_not_carry_what_people_write(capsys: pytest.CaptureFixture[str]) -> None:
    post(json.dumps({**GOOD, "text": "my secret diary"}), Parts())
    post(json.dumps({**GOOD, "text": "my secret diary"}), Parts(failure=RuntimeError("my secret diary")))
    said = capsys.readouterr().err
    assert '"event":"accepted"' in said
    assert '"event":"not enqueued"' in said
    assert "diary" not in said
