"""The generic webhook channel: what it takes in and what it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.contract import Answered, Incoming, RefusedError
from assistant.channels.webhook import CHANNEL, RULES
from assistant.routing import Request
from assistant.secrets import SecretUnavailableError
from tests.kit.providers import webhook as kit

BODY = b'{"conversation":"c1","text":"hi"}'
SIGN = "v1,ysBAt7EhIM5SaHQA9veuawqodfir7kiW9NUFk9TAFfY="
OTHER_SIGN = "v1,2ywUoiH5KELOnZvx5Ta85NuY8SZYWg8bJABmcc/gpdU="


def receive(request: Request, *, secret: str = kit.SECRET, **options: str) -> Incoming | Answered:
    return CHANNEL.receive(request, kit.given(kit.Receiver(), secret=secret, **options))


def refused(request: Request, *, secret: str = kit.SECRET, **options: str) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        receive(request, secret=secret, **options)
    return caught.value


def without(request: Request, header: str) -> Request:
    return replace(request, headers={name: value for name, value in request.headers.items() if name != header})


def test_a_genuine_message_is_accepted_and_is_its_own_conversation_unless_told_otherwise() -> None:
    taken = receive(kit.delivery(BODY, sign=SIGN))
    assert isinstance(taken, Incoming)
    assert (taken.id, taken.conversation, taken.user, taken.text) == ("msg_1", "msg_1", "", "hi")
    assert (taken.ack.status, taken.ack.body) == (202, '{"id": "msg_1", "status": "accepted"}')
    grouped = receive(kit.delivery(BODY, sign=SIGN), conversation_path="conversation")
    assert isinstance(grouped, Incoming)
    assert grouped.conversation == "c1"
    assert grouped.address == {"message": "msg_1", "conversation": "c1", "user": ""}


def test_the_published_sample_is_genuine_though_it_has_no_text() -> None:
    given = kit.given(kit.Receiver(), secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    given.at = 1_614_265_330
    sign = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    sample = {"id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "at": "1614265330", "sign": sign}
    with pytest.raises(RefusedError, match="text: got nothing") as caught:
        CHANNEL.receive(kit.delivery(b'{"test": 2432232314}', **sample), given)
    assert caught.value.status == 400
    with pytest.raises(RefusedError) as caught:
        CHANNEL.receive(kit.delivery(b'{"test": 2432232315}', **sample), given)
    assert caught.value.status == 401


@pytest.mark.parametrize("sign", [f"{OTHER_SIGN} {SIGN}", f"{SIGN} {OTHER_SIGN}", f"v1a,AAAA  {SIGN}"])
def test_any_of_several_signatures_will_do(sign: str) -> None:
    assert isinstance(receive(kit.delivery(BODY, sign=sign)), Incoming)


def test_while_a_secret_is_replaced_both_are_taken() -> None:
    both = f"{kit.OTHER_SECRET} {kit.SECRET}"
    for secret in (kit.SECRET, kit.OTHER_SECRET):
        assert isinstance(receive(kit.delivery(BODY, secret=secret), secret=both), Incoming)
    assert refused(kit.delivery(BODY, secret=kit.OTHER_SECRET)).status == 401


FORGED = {
    "another secret": kit.delivery(BODY, sign=OTHER_SIGN),
    "another id": kit.delivery(BODY, id="msg_2", sign=SIGN),
    "another time": kit.delivery(BODY, at="1700000001", sign=SIGN),
    "stale": kit.delivery(BODY, at="1699999699", sign="v1,wayKQKQhZZ/zTPso3kn0VWZcJGdowFa95ndWor/xqbE="),
    "ahead": kit.delivery(BODY, at="1700000301", sign="v1,dnIB1h7s5NTBgnM3bDdFZEybTMvBbxD1hy1ilBybiCM="),
    "another version": kit.delivery(BODY, sign="v2," + SIGN[3:]),
    "no version": kit.delivery(BODY, sign=SIGN[3:]),
    "an empty signature": kit.delivery(BODY, sign="v1,"),
    "only blanks": kit.delivery(BODY, sign="  "),
    "with other bits that decode alike": kit.delivery(BODY, sign=SIGN[:-2] + "Z="),
    "truncated": kit.delivery(BODY, sign=SIGN[:-1]),
    "hidden behind many": kit.delivery(BODY, sign=" ".join([OTHER_SIGN] * 20 + [SIGN])),
    "outside of ASCII": kit.delivery(BODY, sign="v1,\u00fc\ud800"),
    "a truncated body": kit.delivery(BODY[:-1], sign=SIGN),
    "no body": kit.delivery(b"", sign=SIGN),
    "written anew": kit.delivery(b'{"conversation": "c1", "text": "hi"}', sign=SIGN),
    "an id with a dot": kit.delivery(BODY, id="msg.1"),
    "an id that is too long": kit.delivery(BODY, id="m" * 257),
    "an id outside of ASCII": kit.delivery(BODY, id="m\u00fc"),
    "a time with a blank": kit.delivery(BODY, at=" 1700000000"),
    "a time in words": kit.delivery(BODY, at="now"),
    "no id": without(kit.delivery(BODY), "webhook-id"),
    "no time": without(kit.delivery(BODY), "webhook-timestamp"),
    "no signature": without(kit.delivery(BODY), "webhook-signature"),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED)
def test_what_is_forged_or_stale_is_refused_with_401(request_: Request) -> None:
    assert refused(request_).status == 401


@pytest.mark.parametrize("at", ["1699999700", "1700000300"])
def test_the_ends_of_the_window_are_inside(at: str) -> None:
    assert isinstance(receive(kit.delivery(BODY, at=at)), Incoming)


def test_a_part_of_the_body_cannot_pass_for_the_time() -> None:
    inner = b'1700000000.{"text":"evil"}'
    sign = kit.signature("msg_1", "1699990000", inner)
    assert refused(kit.delivery(b'{"text":"evil"}', id="msg_1.1699990000", sign=sign)).status == 401


def test_whatever_is_still_delivered_or_fresh_is_still_known() -> None:
    assert RULES.past_s is not None
    assert RULES.dedup_ttl_s >= max(RULES.past_s + RULES.future_s, sum(RULES.retry_ladder_s))
    deliveries = [receive(kit.delivery(BODY, at=str(1_700_000_000 + second))) for second in range(5)]
    assert {taken.id for taken in deliveries if isinstance(taken, Incoming)} == {"msg_1"}


@settings(derandomize=True, deadline=None, max_examples=200)
@examples(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_changed_byte_of_a_body_passes(place: int, change: int) -> None:
    changed = BODY[:place] + bytes([BODY[place] ^ change]) + BODY[place + 1 :]
    assert refused(kit.delivery(changed, sign=SIGN)).status == 401


@settings(derandomize=True, deadline=None, max_examples=200)
@examples(st.integers(0, len(SIGN) - 1), st.characters(min_codepoint=33, max_codepoint=255))
def test_no_changed_character_of_a_signature_passes(place: int, character: str) -> None:
    changed = SIGN[:place] + character + SIGN[place + 1 :]
    if changed != SIGN:
        assert refused(kit.delivery(BODY, sign=changed)).status == 401


@pytest.mark.parametrize(
    "secret",
    ["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "whsec_", "whsec_AAAA", "whsec_%", kit.SECRET + " whsec_"],
)
def test_without_a_usable_secret_nothing_is_judged(secret: str) -> None:
    with pytest.raises(SecretUnavailableError, match="signing_secret") as caught:
        receive(kit.delivery(BODY, sign=SIGN), secret=secret)
    assert "MDEy" not in str(caught.value)


PATHS = {"text_path": "data.items.0.body", "conversation_path": "data.thread", "user_path": "data.items.0.by"}


def test_paths_point_into_objects_and_lists() -> None:
    body = {"data": {"thread": 42, "items": [{"body": "hello", "by": "ann"}]}}
    taken = receive(kit.delivery(body), **PATHS)
    assert isinstance(taken, Incoming)
    assert (taken.conversation, taken.user, taken.text) == ("42", "ann", "hello")


ITEM = {"body": "hello", "by": "ann"}
MISFITS: list[tuple[Any, str]] = [
    ({}, r"data\.items\.0\.body: got nothing, expected a text to answer"),
    ({"data": {"thread": "t", "items": []}}, r"data\.items\.0\.body: got nothing"),
    ({"data": {"thread": "t", "items": {"0": {"body": 5}}}}, r"data\.items\.0\.body: got int"),
    ({"data": {"thread": "t", "items": [{**ITEM, "body": " "}]}}, r"data\.items\.0\.body: got an empty text"),
    ({"data": {"items": [ITEM]}}, r"data\.thread: got nothing, expected a text or a whole number"),
    ({"data": {"thread": True, "items": [ITEM]}}, r"data\.thread: got bool"),
    ({"data": {"thread": "", "items": [ITEM]}}, r"data\.thread: got an empty text"),
    ({"data": {"thread": "t", "items": [{"body": "hello"}]}}, r"data\.items\.0\.by: got nothing"),
    ({"data": [1]}, r"data\.items\.0\.body: got nothing"),
]


@pytest.mark.parametrize(("body", "line"), MISFITS)
def test_a_body_of_another_layout_is_refused_with_the_path_at_which_it_differs(body: Any, line: str) -> None:
    with pytest.raises(RefusedError, match=line) as caught:
        receive(kit.delivery(body), **PATHS)
    assert caught.value.status == 400
    assert RULES.reads_errors


@pytest.mark.parametrize("body", [b"[]", b"text", b"\xff", b"[" * 100_000])
def test_what_is_signed_but_no_object_is_refused_as_unreadable(body: bytes) -> None:
    assert refused(kit.delivery(body)).status == 400
