"""The Feishu channel: what it takes in, what it answers by itself, and what it refuses."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.contract import Answered, Incoming, RefusedError
from assistant.channels.feishu import CHANNEL, RULES
from assistant.routing import Request
from assistant.secrets import SecretUnavailableError
from tests.kit.providers import feishu as kit

VECTORS = json.loads(Path(__file__).with_name("callback_vectors.json").read_text())["feishu"]
MESSAGE, SIGNATURE = VECTORS["message"]["body"].encode(), VECTORS["message"]["signature"]
CHALLENGE = VECTORS["challenge"]["body"].encode()
CLEAR = {"challenge": "c1", "token": kit.VERIFICATION_TOKEN, "type": "url_verification"}
CARD = VECTORS["card"]["body"].encode()


def receive(request: Request, given: Any = None) -> Incoming | Answered:
    return CHANNEL.receive(request, given or kit.given(kit.FeishuApi()))


def take(request: Request) -> Incoming:
    taken = receive(request)
    assert isinstance(taken, Incoming)
    return taken


def answer(request: Request) -> tuple[int, str]:
    answered = receive(request)
    assert isinstance(answered, Answered)
    return answered.response.status, answered.response.body


def refusal(request: Request, given: Any = None) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        receive(request, given)
    return refused.value


def test_a_signed_and_encrypted_message_is_taken_in() -> None:
    taken = take(kit.delivery(MESSAGE, sign=SIGNATURE))
    assert taken == Incoming("ev-1", "oc_1", "ou_1", "hi", {"chat_id": "oc_1"})
    assert taken.ack.status == 200


def test_the_row_of_data_fits_together() -> None:
    assert RULES.dedup_ttl_s >= (RULES.past_s or 0) + RULES.future_s
    assert (RULES.past_s or 0) >= sum(RULES.retry_ladder_s)
    assert CHANNEL.working({"chat_id": "oc_1"}, kit.given(kit.FeishuApi())) is None


def test_the_challenge_is_answered_with_and_without_a_signature_encrypted_and_in_the_clear() -> None:
    wanted = 200, '{"challenge": "ajls384kdjx98XX"}'
    assert answer(kit.delivery(CHALLENGE, sign="")) == wanted
    assert answer(kit.delivery(CHALLENGE, sign=VECTORS["challenge"]["signature"])) == wanted
    assert answer(kit.delivery(CHALLENGE, sign="0" * 64)) == wanted  # its signature is documented as not applying
    for path in ("/feishu", "/feishu/card"):
        assert answer(kit.delivery(json.dumps(CLEAR).encode(), sign="", path=path)) == (200, '{"challenge": "c1"}')


@pytest.mark.parametrize("token", ["bad-token", "", None, 1, ["test-verification-token"]])
def test_a_challenge_with_another_token_is_refused(token: Any) -> None:
    challenge = {**CLEAR, "token": token}
    for body in (json.dumps(challenge).encode(), kit.encrypted(challenge)):
        assert refusal(kit.delivery(body, sign="")).status == 401


@pytest.mark.parametrize(
    "request_",
    [
        kit.delivery(MESSAGE, sign=VECTORS["other_key"]),
        kit.delivery(MESSAGE, sign=SIGNATURE, nonce="nonce2"),
        kit.delivery(MESSAGE, sign=VECTORS["hmac"]),
        kit.delivery(VECTORS["bad_token"]["body"].encode(), sign=VECTORS["bad_token"]["signature"]),
        kit.delivery(MESSAGE, at="1699900000", sign=VECTORS["stale"]),
        kit.delivery(MESSAGE, sign=""),
        kit.delivery(MESSAGE, sign=SIGNATURE.upper()),
        kit.delivery(MESSAGE, at="1700000001", sign=SIGNATURE),
        kit.delivery(MESSAGE + b" ", sign=SIGNATURE),
        kit.delivery(MESSAGE, sign="é" * 64),
        kit.delivery(MESSAGE, nonce="\ud800", sign=SIGNATURE),
        kit.delivery(b"", sign=""),
        kit.delivery(json.dumps(kit.event()).encode(), sign=""),
        kit.delivery(kit.encrypted(kit.event()), sign=""),
    ],
)
def test_what_is_forged_stale_or_unsigned_is_refused(request_: Request) -> None:
    assert refusal(request_).status == 401


def test_a_message_in_the_clear_or_under_another_key_is_refused_even_if_it_is_signed() -> None:
    assert refusal(kit.delivery(json.dumps(kit.event()).encode())).status == 401
    assert refusal(kit.delivery(kit.encrypted(kit.event(), key="other"))).status in (400, 401)


def test_without_a_signature_nothing_tells_what_is_wrong() -> None:
    said = {
        (str(refused), refused.status)
        for body in (
            b"{}", b"no JSON", b'{"encrypt": 1}', b'{"encrypt": "%%%"}', b'{"encrypt": ""}', MESSAGE[:-10] + b'"}',
            MESSAGE, CHALLENGE[:-20] + CHALLENGE[-12:], kit.encrypted(b"no JSON"),
            kit.encrypted({**CLEAR, "token": "x"}), kit.encrypted({**CLEAR, "type": "other"}),
            kit.encrypted({**CLEAR, "challenge": 1}),
        )
        for refused in [refusal(kit.delivery(body, sign=""))]
    }  # fmt: skip
    assert len(said) == 1


@examples(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=200)
def test_a_flipped_bit_is_refused(place: int, bit: int) -> None:
    body = bytearray(MESSAGE)
    body[place % len(body)] ^= 1 << bit
    assert refusal(kit.delivery(bytes(body), sign=SIGNATURE)).status == 401


@examples(body=st.binary(max_size=300))
@settings(max_examples=100)
def test_no_body_fails_otherwise_than_refused(body: bytes) -> None:
    for sign in ("", None):
        for content in (body, kit.encrypted(body)):
            assert refusal(kit.delivery(content, sign=sign)).status in (400, 401)


@pytest.mark.parametrize("seconds", [28_500, 0, -300])
def test_a_message_within_the_window_is_taken_in(seconds: int) -> None:
    given = kit.given(kit.FeishuApi())
    given.at = 1_700_000_000 + seconds
    assert isinstance(receive(kit.delivery(kit.event()), given), Incoming)


@pytest.mark.parametrize("seconds", [28_501, -301])
def test_a_message_outside_of_the_window_is_refused(seconds: int) -> None:
    given = kit.given(kit.FeishuApi())
    given.at = 1_700_000_000 + seconds
    assert refusal(kit.delivery(kit.event()), given).status == 401


@pytest.mark.parametrize("at", ["17000000005", "170000000", " 1700000000", "+1700000000", "1_700_000_000", "", "x"])
def test_a_time_that_is_none_or_borrows_a_digit_of_the_nonce_is_refused(at: str) -> None:
    assert refusal(kit.delivery(kit.event(), at=at)).status == 401


@pytest.mark.parametrize("missing", ["encrypt_key", "verification_token"])
def test_without_its_secrets_nothing_is_taken(missing: str) -> None:
    given = kit.given(kit.FeishuApi())
    given.secrets[missing] = ""
    for sign in (None, ""):
        with pytest.raises(SecretUnavailableError):
            receive(kit.delivery(MESSAGE, sign=sign), given)


@pytest.mark.parametrize(
    ("message", "conversation", "address"),
    [
        ({}, "oc_1", {"chat_id": "oc_1"}),
        ({"chat_type": "group"}, "oc_1", {"chat_id": "oc_1", "reply_to": "om_1"}),
        ({"root_id": "om_0", "parent_id": "om_0"}, "oc_1:om_0", {"chat_id": "oc_1", "reply_to": "om_1"}),
        (
            {"chat_type": "group", "root_id": "om_0", "thread_id": "omt_1"},
            "oc_1:omt_1",
            {"chat_id": "oc_1", "reply_to": "om_1"},
        ),
    ],
)
def test_a_conversation_is_a_chat_a_topic_or_a_chain_of_replies(
    message: dict[str, Any], conversation: str, address: dict[str, str]
) -> None:
    taken = take(kit.delivery(kit.event(**message)))
    assert (taken.conversation, taken.address) == (conversation, address)


def test_an_event_of_the_first_version_is_known_by_its_uuid() -> None:
    event: dict[str, Any] = {
        "uuid": "uu-1", "token": kit.VERIFICATION_TOKEN, "ts": "1700000000.1", "type": "event_callback",
        "event": {
            "type": "message", "msg_type": "text", "chat_type": "group", "open_chat_id": "oc_1", "open_id": "ou_1",
            "open_message_id": "om_1", "root_id": "", "text": "<at open_id=\"ou_b\">@Bot</at> hi",
            "text_without_at_bot": " hi",
        },
    }  # fmt: skip
    assert take(kit.delivery(event)) == Incoming("uu-1", "oc_1", "ou_1", "hi", {"chat_id": "oc_1", "reply_to": "om_1"})
    assert refusal(kit.delivery({**event, "token": "other"})).status == 401
    event["event"]["type"] = "message_read"
    assert answer(kit.delivery(event)) == (200, "")


def mention(key: str, name: str) -> dict[str, Any]:
    return {"key": key, "id": {"open_id": f"ou_{name}"}, "name": name, "tenant_key": "tk"}


def test_mentions_are_names_and_the_one_that_a_group_message_begins_with_is_gone() -> None:
    mentions = [mention("@_user_1", "Bot"), mention("@_user_10", "Ann"), mention("@_user_2", "Bob")]
    event = kit.event("@_user_1 ask @_user_10 and @_user_2", chat_type="group", mentions=mentions)
    assert take(kit.delivery(event)).text == "ask @Ann and @Bob"
    event = kit.event("@_user_10 knows", chat_type="group", mentions=mentions)
    assert take(kit.delivery(event)).text == "knows"
    event = kit.event("@_user_2 knows", mentions=mentions)
    assert take(kit.delivery(event)).text == "@Bob knows"


def test_what_is_no_text_of_a_person_is_left_alone() -> None:
    of_bot, other = kit.event(), kit.event()
    of_bot["event"]["sender"]["sender_type"] = "app"
    other["header"]["event_type"] = "im.chat.updated_v1"
    nothing = kit.event("@_user_1 ", chat_type="group", mentions=[mention("@_user_1", "Bot")])
    picture = kit.event(message_type="image", content='{"image_key":"img_1"}')
    for event in (of_bot, other, picture, nothing, kit.event("  ")):
        assert answer(kit.delivery(event)) == (200, "")


@pytest.mark.parametrize("content", ["", "no JSON", "[]", "{}", "1", None, {"text": "hi"}, "[" * 5000])
def test_a_genuine_message_that_cannot_be_read_is_refused_as_such(content: Any) -> None:
    assert refusal(kit.delivery(kit.event(content=content))).status == 400


def test_half_a_surrogate_pair_in_the_text_does_no_harm() -> None:
    assert take(kit.delivery(kit.event(content='{"text":"a\\ud83db"}'))).text == "a�b"


def card(body: bytes, sign: str, at: str = "1700000000") -> Request:
    return kit.delivery(body, at=at, sign=sign, path="/feishu/card")


def test_the_older_callback_of_a_card_is_verified_and_acknowledged() -> None:
    assert answer(card(CARD, VECTORS["card"]["signature"])) == (200, "{}")
    stale = hashlib.sha1(b"1699900000nonce1" + kit.VERIFICATION_TOKEN.encode() + CARD).hexdigest()
    for request in (
        card(CARD + b" ", VECTORS["card"]["signature"]), card(CARD, "0" * 40), card(CARD, ""),
        card(CARD, stale, at="1699900000"), kit.delivery(CARD, sign=VECTORS["card"]["signature"]),
    ):  # fmt: skip
        assert refusal(request).status == 401


def test_the_newer_callback_of_a_card_is_verified_like_an_event_and_never_a_message() -> None:
    assert answer(card(MESSAGE, SIGNATURE)) == (200, "{}")
    bad = VECTORS["bad_token"]
    assert refusal(card(bad["body"].encode(), bad["signature"])).status == 401
    assert answer(card(CHALLENGE, VECTORS["challenge"]["signature"])) == (200, '{"challenge": "ajls384kdjx98XX"}')
    signature = hashlib.sha1(b"1700000000nonce1" + kit.VERIFICATION_TOKEN.encode() + MESSAGE).hexdigest()
    assert refusal(kit.delivery(MESSAGE, sign=signature)).status == 401  # the token does not sign messages
