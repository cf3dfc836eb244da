"""The Telegram channel: what it takes in, what it refuses, and what it sends to the Bot API."""

import json
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.contract import Answered, Incoming, Part, RefusedError
from assistant.channels.telegram import CHANNEL, RULES
from assistant.messages import part_of_key
from assistant.secrets import SecretUnavailableError
from tests.kit.providers import telegram as kit

BODY = (
    b'{"update_id":10000,"message":{"message_id":1365,"date":1700000000,"chat":{"id":1111111,"type":"private"},'
    b'"from":{"id":1111111,"is_bot":false,"first_name":"T"},"text":"/start"}}'
)
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "G"}
NOW = 1_700_000_000


@pytest.fixture
def api() -> kit.TelegramApi:
    return kit.TelegramApi()


def take(request: Any, **more: Any) -> Incoming:
    taken = CHANNEL.receive(request, more.get("given") or kit.given(kit.TelegramApi()))
    assert isinstance(taken, Incoming)
    return taken


def refusal(request: Any, given: Any = None) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        CHANNEL.receive(request, given or kit.given(kit.TelegramApi()))
    return refused.value


def part(text: str, index: int = 0, count: int = 1) -> Part:
    return Part(text, index, count, f"{index:032x}")


def test_a_message_with_the_secret_token_is_taken_in() -> None:
    taken = take(kit.delivery(BODY))
    assert (taken.id, taken.conversation, taken.user, taken.text) == ("10000", "1111111", "1111111", "/start")
    assert taken.address == {"chat_id": "1111111"}
    assert taken.ack.status == 200


def test_the_same_update_delivered_again_is_the_same_message_and_another_is_not() -> None:
    first, again = take(kit.delivery(BODY)), take(kit.delivery(BODY))
    other = take(kit.delivery(kit.update("/start", update_id=10_001)))
    assert first == again
    assert other.id != first.id


FORGED = ["tg-Secret_0123456789abcdefABCDEE", "TG-Secret_0123456789abcdefABCDEF", "", None, kit.SECRET_TOKEN + "x",
          kit.SECRET_TOKEN[:-1], "\u00e9\ud800"]  # fmt: skip


@pytest.mark.parametrize("token", FORGED, ids=repr)
def test_another_token_or_none_is_refused(token: str | None) -> None:
    assert refusal(kit.delivery(BODY, token)).status == 401


@settings(derandomize=True, deadline=None)
@examples(at=st.integers(0, len(kit.SECRET_TOKEN) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_token_is_refused(at: int, bit: int) -> None:
    flipped = bytearray(kit.SECRET_TOKEN.encode())
    flipped[at] ^= 1 << bit
    assert refusal(kit.delivery(BODY, flipped.decode("latin-1"))).status == 401


@pytest.mark.parametrize("token", ["", kit.SECRET_TOKEN, None])
def test_without_a_secret_nothing_is_taken_in(token: str | None) -> None:
    given = kit.given(kit.TelegramApi())
    given.secrets.clear()
    with pytest.raises((SecretUnavailableError, RefusedError)):
        CHANNEL.receive(kit.delivery(BODY, token), given)


def test_a_message_from_before_all_that_is_remembered_is_refused() -> None:
    stale = kit.delivery(BODY.replace(b"1700000000", b"1699900000"))
    assert refusal(stale).status == 401
    assert RULES.past_s is not None
    assert RULES.dedup_ttl_s >= RULES.past_s + RULES.future_s
    oldest = take(kit.delivery(kit.update("hi", date=NOW - RULES.past_s)))
    assert oldest.text == "hi"
    assert refusal(kit.delivery(kit.update("hi", date=NOW - RULES.past_s - 1))).status == 401
    assert refusal(kit.delivery(kit.update("hi", date=NOW + RULES.future_s + 1))).status == 401


@settings(derandomize=True, deadline=None)
@examples(length=st.integers(0, len(BODY) - 1))
def test_a_body_that_was_cut_off_is_refused_as_unreadable(length: int) -> None:
    assert refusal(kit.delivery(BODY[:length])).status == 400


@settings(max_examples=200, derandomize=True, deadline=None)
@examples(at=st.integers(0, len(BODY) - 1), byte=st.integers(0, 255))
def test_a_body_with_a_changed_byte_is_read_refused_or_left_alone_but_never_raises(at: int, byte: int) -> None:
    changed = bytearray(BODY)
    changed[at] = byte
    status = 200
    try:
        CHANNEL.receive(kit.delivery(bytes(changed)), kit.given(kit.TelegramApi()))
    except RefusedError as refused:
        status = refused.status
    assert status in (200, 400, 401)


BROKEN = [
    {"message": {}}, {"update_id": "1"}, {"update_id": True}, {"update_id": 1.5},
    kit.update("x", date="1700000000"), kit.update("x", date=None), kit.update("x", chat={"type": "private"}),
    kit.update("x", sender={"is_bot": False}),
]  # fmt: skip


@pytest.mark.parametrize("update", BROKEN, ids=range(len(BROKEN)))
def test_an_update_without_what_it_must_have_is_refused_as_unreadable(update: dict[str, Any]) -> None:
    assert refusal(kit.delivery(update)).status == 400


def renamed(update: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"update_id": update["update_id"], kind: update["message"]}


LEFT_ALONE = {
    "of a bot": kit.update("x", sender={"id": 2, "is_bot": True}),
    "edited, with its first date": renamed(kit.update("x", date=1), "edited_message"),
    "of a channel": renamed(kit.update("x"), "channel_post"),
    "a button": {"update_id": 1, "callback_query": {"id": "1"}},
    "a sticker": kit.update("", sticker={"file_id": "1"}),
    "who joined": {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": GROUP, "new_chat_members": []}},
    "passed on by a channel": kit.update("x", is_automatic_forward=True),
    "the group's new id": kit.update("", migrate_to_chat_id=-1009),
    "without a sender": kit.update("x", sender=None),
}


@pytest.mark.parametrize("update", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_what_is_no_new_message_of_a_person_is_acknowledged_and_left_alone(update: dict[str, Any]) -> None:
    left = CHANNEL.receive(kit.delivery(update), kit.given(kit.TelegramApi()))
    assert isinstance(left, Answered)
    assert left.response.status == 200


def test_a_picture_is_taken_in_by_its_caption() -> None:
    assert take(kit.delivery(kit.update("", caption="what is this?", photo=[]))).text == "what is this?"


def test_ids_of_64_bits_come_back_as_they_were(api: kit.TelegramApi) -> None:
    chat = {"id": -(2**52) + 1, "type": "supergroup"}
    taken = take(kit.delivery(kit.update("hi", chat=chat)))
    CHANNEL.send(part("hello"), taken.address, kit.given(api))
    assert api.sent[0]["chat_id"] == chat["id"]


def test_each_topic_of_a_forum_is_a_conversation_that_is_answered_there(api: kit.TelegramApi) -> None:
    topic = take(kit.delivery(kit.update("hi", chat=GROUP, message_thread_id=42, is_topic_message=True)))
    other = take(kit.delivery(kit.update("hi", chat=GROUP, message_thread_id=43, is_topic_message=True)))
    general = take(kit.delivery(kit.update("hi", chat={**GROUP, "is_forum": True})))
    assert len({topic.conversation, other.conversation, general.conversation}) == 3
    CHANNEL.working(topic.address, kit.given(api))
    CHANNEL.send(part("hello"), topic.address, kit.given(api))
    assert [fields.get("message_thread_id") for _, fields in api.calls] == [42, 42]
    CHANNEL.send(part("hello"), general.address, kit.given(api))
    assert "message_thread_id" not in api.sent[-1]


def test_a_reply_in_an_ordinary_group_stays_in_the_groups_conversation() -> None:
    reply = take(kit.delivery(kit.update("hi", chat=GROUP, message_thread_id=7)))
    assert reply.conversation == take(kit.delivery(kit.update("hi", chat=GROUP))).conversation
    assert "message_thread_id" not in reply.address


def test_a_groups_id_is_a_part_of_a_key_as_it_is() -> None:
    taken = take(kit.delivery(kit.update("hi", chat=GROUP, message_thread_id=42, is_topic_message=True)))
    assert part_of_key(taken.conversation) == "-1001234567890:42"


def test_the_rules_cover_the_day_for_which_updates_are_delivered() -> None:
    assert RULES.dedup_ttl_s >= 86_400
    assert RULES.past_s is not None
    assert RULES.past_s >= 86_400
    assert not RULES.resend_unclear
    assert json.dumps(CHANNEL.routes) == '[["POST", ""]]'
