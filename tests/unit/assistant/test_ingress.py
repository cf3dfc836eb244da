"""What is accepted, what is refused and with which words, and that nothing is acknowledged before it is stored."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant import channels, ingress, metrics
from assistant.channels.contract import Answered, Incoming, Installation, RefusedError, Rules
from assistant.channels.given import Installed
from assistant.config import Config
from assistant.intake import BusyError
from assistant.messages import Message
from assistant.queue import QueueUnavailableError
from assistant.routing import Request, Response, Route, handle
from assistant.secrets import SecretUnavailableError
from tests.kit.measuring import measured

ADDRESS = {"chat": "7"}
HELLO = Incoming("message-1", "conversation-1", "ann", "hello", ADDRESS, Response(202, "taken"))


class Letters:
    """A channel whose requests are what the test says: an `Incoming`, an `Answered` or an exception."""

    def __init__(self, name: str = "telegram", *, reads_errors: bool = False) -> None:
        self.rules = Rules(name, 5, (), 777, reads_errors=reads_errors)
        self.received: Any = HELLO

    def receive(self, request: Request, given: Any) -> Any:
        if isinstance(self.received, Exception):
            raise self.received
        return self.received


@dataclass
class Services:
    """What ingress needs; its intake keeps what it takes in, knows it afterwards, or fails."""

    config: Config = field(default_factory=Config)
    taken: list[Message] = field(default_factory=list)
    ttls: list[float] = field(default_factory=list)
    failure: Exception | None = None
    sessions: Any = None

    @property
    def intake(self) -> Any:
        return self

    def accept(self, message: Message, dedup_ttl_s: float) -> bool:
        if self.failure:
            raise self.failure
        self.ttls.append(dedup_ttl_s)
        if (message.key, message.id) in [(known.key, known.id) for known in self.taken]:
            return False
        self.taken.append(message)
        return True


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def counted() -> Iterator[None]:
    metrics.use_prometheus()
    yield
    metrics.use_none()


def post(services: Any, channel: Any = None, body: bytes = b"{}", **installation: Any) -> Response:
    """The answer to a request of the channel, by way of the routes."""
    channel = channel or Letters()
    fields = {"channel": channel.rules.name, "tenant": "acme", "name": "second", **installation}
    given = Installed(Installation(**fields), None, None)  # type: ignore[arg-type]
    route = Route("POST", "/in", lambda request, services: ingress.take(channel, given, request, services))
    return handle(Request("POST", "/in", "", body), {("POST", "/in"): route}, services)


def line(response: Response) -> str:
    """The one line of a refusal."""
    told = json.loads(response.body)["error"]
    assert told
    assert "\n" not in told
    return told


def test_a_message_is_taken_in_and_then_acknowledged_as_its_channel_wants_it(services: Services) -> None:
    response = post(services)
    assert (response.status, response.body) == (202, "taken")
    (message,) = services.taken
    assert (message.tenant, message.channel, message.installation) == ("acme", "telegram", "second")
    assert (message.conversation, message.id, message.user) == ("conversation-1", "message-1", "ann")
    assert (message.text, message.address) == ("hello", ADDRESS)
    assert re.fullmatch(r"[0-9a-f]{16}", message.correlation)
    assert services.ttls == [777]


def test_the_same_message_again_is_acknowledged_in_the_same_way_and_taken_once(
    services: Services, counted: None
) -> None:
    answers = [post(services) for _ in range(5)]
    assert {(answer.status, answer.body) for answer in answers} == {(202, "taken")}
    assert len(services.taken) == 1
    assert measured("assistant_messages_received_total", channel="telegram") == 5
    assert measured("assistant_messages_duplicate_total", channel="telegram") == 4


@pytest.mark.parametrize(
    "failure",
    [QueueUnavailableError("queue: SendMessage: Throttling"), BusyError("busy"), RuntimeError("odd")],
    ids=lambda failure: type(failure).__name__,
)
def test_a_message_that_is_not_stored_is_not_acknowledged(services: Services, failure: Exception) -> None:
    services.failure = failure
    response = post(services)
    assert response.status == 503
    assert int(response.headers["retry-after"]) >= 1
    assert "again" in line(response)
    services.failure = None
    assert post(services).status == 202
    assert len(services.taken) == 1


def test_what_is_not_genuine_is_refused_with_the_channel_s_status_and_counted(
    services: Services, counted: None
) -> None:
    channel = Letters()
    for status in (401, 400, 403):
        channel.received = RefusedError("signature: got none, expected one", status)
        response = post(services, channel)
        assert (response.status, line(response)) == (status, "signature: got none, expected one")
        assert measured("assistant_messages_refused_total", channel="telegram", reason=str(status)) == 1
    assert services.taken == []
    assert measured("assistant_messages_received_total", channel="telegram") == 0


@pytest.mark.parametrize("failure", [SecretUnavailableError("ssm:token: got AccessDenied"), KeyError("secret")])
def test_what_cannot_be_verified_is_sent_again(
    services: Services, failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = Letters()
    channel.received = failure
    response = post(services, channel)
    assert response.status == 503
    assert "again" in line(response)
    assert services.taken == []


def test_a_handshake_is_answered_and_is_no_message(services: Services) -> None:
    channel = Letters()
    channel.received = Answered(Response(200, "challenge"))
    assert post(services, channel).body == "challenge"
    assert services.taken == []


def test_a_body_that_no_message_needs_is_not_even_verified(services: Services) -> None:
    channel = Letters()
    limit = ingress.size_limit(8000)
    assert post(services, channel, b" " * limit).status == 202
    channel.received = AssertionError("it was looked at")
    response = post(services, channel, b" " * (limit + 1))
    assert response.status == 413
    assert f"expected at most {limit}" in line(response)


def test_a_long_text_is_refused_where_a_program_reads_that_and_cut_where_a_person_wrote_it(services: Services) -> None:
    for reads_errors in (True, False):
        channel = Letters(reads_errors=reads_errors)
        channel.received = Incoming("long", "c", "u", "x" * 8001, ADDRESS)
        response = post(services, channel)
        if reads_errors:
            assert response.status == 413
            assert line(response) == "text: got 8001 characters, expected at most 8000; send it in parts"
            assert services.taken == []
    assert services.taken[0].text == "x" * 7999 + "…"


def test_the_longest_text_fits_into_a_request_and_into_the_queue(services: Services) -> None:
    channel = Letters()
    channel.received = Incoming("m", "c", "u", "🎈" * 8000, ADDRESS)
    assert post(services, channel, json.dumps({"text": "🎈" * 8000}).encode()).status == 200
    assert len(services.taken[0].text) == 8000
    assert len(services.taken[0].to_body()) < 256 * 1024


def test_the_deployment_may_allow_less() -> None:
    services = Services(Config(max_text_chars=3))
    assert [post(services, Letters(reads_errors=told)).status for told in (True, False)] == [413, 202]
    assert services.taken[0].text == "he…"


@pytest.mark.parametrize(
    ("channel", "options", "kept"),
    [(name, {}, name not in {"web", "webhook"}) for name in channels.NAMES]
    + [("webhook", {"reply_url": ""}, False), ("webhook", {"reply_url": "https://a.example"}, True)],
)
def test_where_a_reply_goes_is_kept_only_where_one_is_sent(
    services: Services, channel: str, options: dict[str, str], kept: bool
) -> None:
    post(services, Letters(channel), options=options)
    assert services.taken[0].address == (ADDRESS if kept else {})


ODD = st.text(min_size=1, max_size=300) | st.text("a#/\0 é", min_size=1, max_size=20)


@settings(max_examples=200, deadline=None, derandomize=True)
@examples(st.lists(st.tuples(ODD, ODD), min_size=2, max_size=2, unique=True), st.text(min_size=1))
def test_whatever_a_provider_calls_things_two_messages_are_two_and_survive_the_queue(
    names: list[tuple[str, str]], text: str
) -> None:
    services, channel = Services(), Letters()
    for conversation, id in names:
        channel.received = Incoming(id, conversation, "u", text, ADDRESS)
        assert post(services, channel).status == 200
    assert len(services.taken) == 2
    for message in services.taken:
        assert message.key.count("#") == 2
        assert message.to_body().isascii()
        assert Message.from_body(message.to_body()) == message
    one, other = services.taken
    assert (one.key == other.key) == (names[0][0] == names[1][0])
    assert one.deduplication != other.deduplication


def test_log_lines_carry_the_correlation_and_not_what_people_write(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = Letters()
    channel.received = Incoming("m", "c", "u", "my secret diary", ADDRESS)
    post(services, channel)
    services.failure = RuntimeError("my secret diary")
    post(services, channel)
    said = capsys.readouterr().err
    accepted, failed = [json.loads(told) for told in said.splitlines()]
    assert (accepted["event"], accepted["correlation"]) == ("accepted", services.taken[0].correlation)
    assert (accepted["tenant"], accepted["channel"], accepted["installation"]) == ("acme", "telegram", "second")
    assert (failed["event"], failed["error"]) == ("not enqueued", "RuntimeError")
    assert re.fullmatch(r"[0-9a-f]{16}", failed["correlation"])
    assert "diary" not in said
