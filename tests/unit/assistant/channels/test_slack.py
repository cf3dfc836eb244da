"""The Slack channel: what it takes in, what it refuses, and what it sends to the Web API."""

import json
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.contract import Answered, Incoming, Part, RefusedError
from assistant.channels.slack import CHANNEL, RULES
from assistant.secrets import SecretUnavailableError
from tests.kit.providers import slack as kit

COMMAND = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
    b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
MESSAGE = (
    b'{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message","channel":"C1","user":"U1",'
    b'"text":"hi","ts":"1700000000.000100"}}'
)
MESSAGE_SIGNATURE = "v0=cb3a35a6600feec1362b22fce57a3ec7cd82492dfb8a5fbae614b465a95dd326"
CHALLENGE = (
    b'{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}'
)
CHALLENGE_SIGNATURE = "v0=fab8ad79f59cde46a86d8f3c12610029777325e816a67122a5254098dc9afb0d"


@pytest.fixture
def api() -> kit.SlackApi:
    return kit.SlackApi()


def receive(request: Any, given: Any = None) -> Incoming | Answered:
    return CHANNEL.receive(request, given or kit.given(kit.SlackApi()))


def take(request: Any, given: Any = None) -> Incoming:
    taken = receive(request, given)
    assert isinstance(taken, Incoming)
    return taken


def refusal(request: Any, given: Any = None) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        receive(request, given)
    return refused.value


def part(text: str, index: int = 0, count: int = 1) -> Part:
    return Part(text, index, count, f"{index:032x}")


def test_the_published_command_is_genuine_and_one_without_a_text_is_answered_with_a_hint() -> None:
    given = kit.given(kit.SlackApi())
    given.at = 1531420618
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    answered = receive(kit.delivery(COMMAND, at="1531420618", sign=signature), given)
    assert isinstance(answered, Answered)
    hint = json.loads(answered.response.body)
    assert (answered.response.status, hint["response_type"]) == (200, "ephemeral")
    assert "/webhook-collect" in hint["text"]


def test_a_signed_message_is_taken_in() -> None:
    taken = take(kit.delivery(MESSAGE, sign=MESSAGE_SIGNATURE))
    assert (taken.user, taken.text, taken.ack.status) == ("U1", "hi", 200)
    assert taken.conversation == "T1:C1:1700000000.000100"
    assert taken.address == {"channel": "C1", "thread_ts": "1700000000.000100"}


def test_the_challenge_is_answered_once_it_is_proven_genuine() -> None:
    answered = receive(kit.delivery(CHALLENGE, sign=CHALLENGE_SIGNATURE))
    assert isinstance(answered, Answered)
    assert answered.response.status == 200
    assert json.loads(answered.response.body) == {"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}
    assert refusal(kit.delivery(CHALLENGE, sign=MESSAGE_SIGNATURE)).status == 401


FORGED = {
    "another body": (MESSAGE.replace(b'"hi"', b'"ho"'), "1700000000", MESSAGE_SIGNATURE),
    "another secret": (MESSAGE, "1700000000", "v0=ec702f7e4b7ed1e5c753cf88fe78e040ae0fe4cc0c0286147e9c708920312535"),
    "301 s old": (MESSAGE, "1699999699", "v0=fa1a0db06fca09d9a4305bbc5160563dd2871cbe6167e54c6708f1c263153040"),
    "301 s ahead": (MESSAGE, "1700000301", None),
    "written anew": (json.dumps(json.loads(MESSAGE)).encode(), "1700000000", MESSAGE_SIGNATURE),
    "time is no number": (MESSAGE, "abc", MESSAGE_SIGNATURE),
    "time with a sign, rightly signed": (MESSAGE, "+1700000000", None),
    "another spelling of the time": (MESSAGE, "01700000000", MESSAGE_SIGNATURE),
    "no prefix": (MESSAGE, "1700000000", MESSAGE_SIGNATURE.removeprefix("v0=")),
    "upper case": (MESSAGE, "1700000000", MESSAGE_SIGNATURE.upper()),
    "cut off": (MESSAGE, "1700000000", MESSAGE_SIGNATURE[:-1]),
    "only the prefix": (MESSAGE, "1700000000", "v0="),
    "empty": (MESSAGE, "1700000000", ""),
    "not ascii": (MESSAGE, "1700000000", "v0=\u00e9\ud800"),
    "of another message": (MESSAGE, "1700000000", CHALLENGE_SIGNATURE),
}


@pytest.mark.parametrize(("body", "at", "sign"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_or_stale_request_is_refused(body: bytes, at: str, sign: str | None) -> None:
    assert refusal(kit.delivery(body, at=at, sign=sign)).status == 401


@pytest.mark.parametrize("header", ["x-slack-signature", "x-slack-request-timestamp"])
def test_a_request_without_one_of_the_headers_is_refused(header: str) -> None:
    request = kit.delivery(MESSAGE)
    headers = {name: value for name, value in request.headers.items() if name != header}
    assert refusal(type(request)(request.method, request.path, body=request.body, headers=headers)).status == 401


def test_a_request_that_is_exactly_300_s_old_or_ahead_is_taken_in() -> None:
    sign = "v0=4217eaf4487dbc3e0b143a4d6cc925b68bb8516b94abb1b5e6dd873a142f59e8"
    assert take(kit.delivery(MESSAGE, at="1699999700", sign=sign)).text == "hi"
    assert take(kit.delivery(MESSAGE, at="1700000300")).text == "hi"


@settings(max_examples=300, derandomize=True, deadline=None)
@examples(at=st.integers(0, len(MESSAGE) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_body_is_refused(at: int, bit: int) -> None:
    flipped = bytearray(MESSAGE)
    flipped[at] ^= 1 << bit
    assert refusal(kit.delivery(bytes(flipped), sign=MESSAGE_SIGNATURE)).status == 401


@settings(derandomize=True, deadline=None)
@examples(at=st.integers(0, len(MESSAGE_SIGNATURE) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_signature_is_refused(at: int, bit: int) -> None:
    flipped = bytearray(MESSAGE_SIGNATURE.encode())
    flipped[at] ^= 1 << bit
    assert refusal(kit.delivery(MESSAGE, sign=flipped.decode("latin-1"))).status == 401


@settings(derandomize=True, deadline=None)
@examples(at=st.integers(0, 9), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_time_is_refused(at: int, bit: int) -> None:
    flipped = bytearray(b"1700000000")
    flipped[at] ^= 1 << bit
    assert refusal(kit.delivery(MESSAGE, at=flipped.decode("latin-1"), sign=MESSAGE_SIGNATURE)).status == 401


@settings(derandomize=True, deadline=None)
@examples(length=st.integers(0, len(MESSAGE) - 1))
def test_a_body_that_was_cut_off_is_refused(length: int) -> None:
    assert refusal(kit.delivery(MESSAGE[:length], sign=MESSAGE_SIGNATURE)).status == 401
    assert refusal(kit.delivery(MESSAGE[:length])).status == 400  # even if Slack had signed it


def test_without_a_signing_secret_nothing_is_taken_in() -> None:
    given = kit.given(kit.SlackApi())
    given.secrets.clear()
    with pytest.raises(SecretUnavailableError):
        receive(kit.delivery(MESSAGE, sign=kit.signature(MESSAGE, "1700000000", "")), given)


def test_a_request_replayed_after_its_window_is_refused_and_within_it_is_the_same_message() -> None:
    request, given = kit.delivery(MESSAGE), kit.given(kit.SlackApi())
    first = take(request, given)
    assert RULES.past_s is not None
    given.at += RULES.past_s
    assert take(request, given).id == first.id
    given.at += 1
    assert refusal(request, given).status == 401
    assert RULES.dedup_ttl_s >= RULES.past_s + RULES.future_s


def test_a_retry_with_a_new_time_is_the_same_message_and_another_message_is_not() -> None:
    given = kit.given(kit.SlackApi())
    ids: set[str] = set()
    for wait in (0, *RULES.retry_ladder_s):
        given.at += wait
        request = kit.delivery(MESSAGE, at=str(int(given.at)))
        ids.add(take(request, given).id)
    assert len(ids) == 1
    other = take(kit.delivery(kit.event("hi", event_id="Ev2", ts="1700000000.000200")))
    assert other.id not in ids
    assert take(kit.delivery({**json.loads(MESSAGE), "team_id": "T2"})).id not in ids


def test_a_mention_that_comes_as_two_events_is_one_message() -> None:
    heard = take(kit.delivery(kit.event("<@UBOT> hi", event_id="Ev1", channel_type="channel")))
    mention = take(kit.delivery(kit.event("<@UBOT> hi", event_id="Ev2", type="app_mention")))
    assert (heard.id, heard.conversation, heard.text) == (mention.id, mention.conversation, "hi")


def test_a_thread_is_a_conversation_and_a_direct_message_is_one() -> None:
    thread = take(kit.delivery(kit.event("more", ts="1700000001.1", thread_ts="1700000000.000100")))
    assert thread.conversation == take(kit.delivery(MESSAGE)).conversation
    assert thread.address["thread_ts"] == "1700000000.000100"
    direct = take(kit.delivery(kit.event(channel="D1", channel_type="im")))
    assert (direct.conversation, direct.address) == ("T1:D1", {"channel": "D1"})
    within = take(kit.delivery(kit.event(channel="D1", channel_type="im", ts="2.2", thread_ts="1.1")))
    assert (within.conversation, within.address) == ("T1:D1", {"channel": "D1", "thread_ts": "1.1"})


LEFT_ALONE = {
    "of a bot": kit.event(bot_id="B1"),
    "of this app": kit.event(user="UBOT"),
    "a bot's message": kit.event(subtype="bot_message", user=None),
    "of Slackbot": kit.event(user="USLACKBOT"),
    "edited": kit.event(subtype="message_changed", user=None, text=None, message={"text": "x", "user": "U1"}),
    "deleted": kit.event(subtype="message_deleted"),
    "a mention added later": kit.event("<@UBOT> x", type="app_mention", edited={"user": "U1", "ts": "1"}),
    "who joined": kit.event(subtype="channel_join"),
    "a mention and no more": kit.event("<@UBOT> ", type="app_mention"),
    "a reaction": kit.event(type="reaction_added"),
    "without a text": kit.event(text=None),
    "rate limit": {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1, "api_app_id": "A1"},
    "another kind": {"type": "something_new"},
}


@pytest.mark.parametrize("body", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_what_is_no_new_message_of_a_person_is_acknowledged_and_left_alone(body: dict[str, Any]) -> None:
    left = receive(kit.delivery(body))
    assert isinstance(left, Answered)
    assert left.response.status == 200


@pytest.mark.parametrize("form", [b"ssl_check=1&token=x", b"payload=%7B%22type%22%3A%22block_actions%22%7D"])
def test_forms_that_are_no_command_are_acknowledged_and_left_alone(form: bytes) -> None:
    assert isinstance(receive(kit.delivery(form)), Answered)


BROKEN = [
    kit.event(channel=None), kit.event(ts=None), kit.event(ts=1700000000.1), {**kit.event(), "team_id": None},
    {"type": "url_verification"}, {"type": "url_verification", "challenge": 1},
    b"[1]", b"", b"command=%2Fask&text=x", b"\xff=1", b"a=1&" * 200, kit.command("x", trigger_id=""),
    kit.command("x", team_id=""), kit.command("x", user_id=""),
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_genuine_request_without_what_it_must_have_is_refused_as_unreadable(body: bytes | dict[str, Any]) -> None:
    assert refusal(kit.delivery(body)).status == 400


def test_a_command_is_taken_in_as_the_conversation_of_one_person_in_a_channel() -> None:
    taken = take(kit.delivery(kit.command("what is 1 &lt; 2?")))
    assert taken.text == "what is 1 < 2?"
    assert (taken.conversation, taken.user) == ("T1:C1:U1", "U1")
    assert taken.address == {"response_url": kit.RESPONSE_URL, "channel": "C1", "user": "U1"}
    assert (taken.ack.status, taken.ack.body) == (200, "")
    assert taken.id == "T1:398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
