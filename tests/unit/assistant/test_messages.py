"""Messages: their keys are apart wherever they must be, and they survive the queue."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.messages import Message, UnreadableMessageError, part_of_key
from assistant.replies import StoredReply

MESSAGE = Message("acme", "slack", "C1", "Ev1", "hi", "2026-01-01T00:00:00.000Z", user="U1", address={"channel": "C1"})


@given(st.text(), st.text())
def test_parts_of_keys_never_hold_a_separator_and_stay_apart(one: str, other: str) -> None:
    assert "#" not in part_of_key(one)
    assert (part_of_key(one) == part_of_key(other)) == (one == other)
    assert len(part_of_key(one * 500)) <= 200


@pytest.mark.parametrize("field", ["tenant", "channel", "conversation", "installation"])
def test_conversations_of_tenants_channels_and_installations_are_apart(field: str) -> None:
    other = replace(MESSAGE, **{field: "other"})
    assert other.key != MESSAGE.key
    assert other.group != MESSAGE.group
    assert other.deduplication != MESSAGE.deduplication


def test_a_message_survives_the_queue_whatever_it_says() -> None:
    message = replace(MESSAGE, text="日本 😀 \x01 </xml>", correlation="c0ffee")
    assert message.to_body().isascii()
    assert Message.from_body(message.to_body()) == message


def test_a_message_that_an_older_version_enqueued_is_read() -> None:
    old = {"v": 1, "tenant": "default", "channel": "web", "conversation": "c", "id": "i", "text": "t", "at": "a"}
    assert Message.from_body(json.dumps(old)) == Message("default", "web", "c", "i", "t", "a")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"v": 9}, "v: got"),
        ({"text": None}, "text: got NoneType"),
        ({"address": [1]}, "address"),
        ({"user": 5}, "user"),
    ],
)
def test_what_is_not_a_message_is_told(change: dict[str, object], told: str) -> None:
    with pytest.raises(UnreadableMessageError, match=told):
        Message.from_body(json.dumps({**json.loads(MESSAGE.to_body()), **change}))


def test_a_reply_and_the_apology_before_it_are_two_things_to_send() -> None:
    sorry, reply = StoredReply.of(MESSAGE, error=True), StoredReply.of(MESSAGE, error=False)
    assert sorry.group == reply.group == MESSAGE.group
    assert sorry.deduplication != reply.deduplication
    assert StoredReply.from_body(sorry.to_body()) == sorry
    assert "hi" not in reply.to_body()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"v":2,"key":"k","id":"i","error":false}'])
def test_what_is_not_a_stored_reply_is_told(body: str) -> None:
    with pytest.raises(UnreadableMessageError, match="stored reply"):
        StoredReply.from_body(body)
