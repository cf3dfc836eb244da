"""The DingTalk channel: what it takes in and what it refuses."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.callback_crypto import CorpCipher
from assistant.channels.contract import Answered, Incoming, RefusedError
from assistant.channels.dingtalk import CHANNEL, RULES, authenticity
from assistant.routing import Request
from tests.kit.providers import dingtalk as kit

BODY = (
    b'{"conversationId":"cid1","conversationType":"2","msgId":"msg1","msgtype":"text","text":{"content":"hi"},'
    b'"senderStaffId":"u1","chatbotCorpId":"dingcorp1","robotCode":"rc1","createAt":1700000000000,'
    b'"sessionWebhook":"https://oapi.dingtalk.com/robot/sendBySession?session=s1",'
    b'"sessionWebhookExpiredTime":1700005400000}'
)
SIGN = "dhJB8TJ0cHPEbwpUauugV2Wz8v4qlWoO+C42nEhJW+c="
OWNER = "ding6ccabc44d2c8d38b"
CHECK_URL = {"signature": "03044561471240d4a14bb09372dfcfd4fd0e40cb", "timestamp": "1608001896814", "nonce": "WL4PK6yA"}
CHECK_URL_BODY = (
    "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDCYxxOK+HZeKju4yhELOFchzNuk"
    "R+t8SB/qk4ROMu3"
)


def receive(request: Request, **options: Any) -> Incoming | Answered:
    return CHANNEL.receive(request, kit.given(kit.DingTalkApi(), **options))


def refused(request: Request, **options: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        receive(request, **options)
    return caught.value


def test_the_signature_of_the_documented_sample_is_the_one_that_is_expected() -> None:
    expected = "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    assert authenticity.signature("1577262236757", "this is secret") == expected


def test_a_genuine_message_is_taken_with_what_its_reply_needs() -> None:
    taken = receive(kit.delivery(BODY, sign=SIGN))
    assert taken == Incoming(
        "msg1", "cid1", "u1", "hi",
        {
            "conversation": "cid1", "kind": "2", "staff": "u1",
            "session": kit.SESSION_URL, "session_expires_ms": "1700005400000",
        },
    )  # fmt: skip
    assert isinstance(taken, Incoming)
    assert taken.ack.status == 200


FORGED = {
    "another app's secret": ("1700000000000", "lEQoMiBdGpfaJk7fS8CAPyF8kBtyBcdu/c7d5YRE5T4="),
    "over the time alone": ("1700000000000", "MMJ65x0r1SETweGDN0RhNR33s43GaT+tV5UPdcgnSB8="),
    "hexadecimal": ("1700000000000", "761241f132747073c46f0a546aeba05765b3f2fe2a956a0ef82e369c48495be7"),
    "over an hour old": ("1699996399999", "0+pttj2GbzvcbarqjaMdQSXuBTFmHXxdMlyzwk/4T2w="),
    "over an hour ahead": ("1700003600001", "MjsnwubA/QPVrJ4/6IkgSAFGEblsgFfNnHX420yEWpM="),
    "of another time": ("1700000000001", SIGN),
    "truncated": ("1700000000000", SIGN[:-1]),
    "with other bits that decode alike": ("1700000000000", SIGN[:-2] + "d="),
    "empty": ("1700000000000", ""),
    "without a time": ("", SIGN),
    "with a time in seconds": ("1700000000", kit.signature("1700000000")),
    "with a blank in the time": (" 1700000000000", kit.signature(" 1700000000000")),
    "outside of ASCII": ("1700000000000", "\u00fc\ud800"),
}


@pytest.mark.parametrize(("at_ms", "sign"), FORGED.values(), ids=FORGED)
def test_a_message_that_is_forged_or_stale_is_refused(at_ms: str, sign: str) -> None:
    assert refused(kit.delivery(BODY, at_ms=at_ms, sign=sign)).status == 401


@pytest.mark.parametrize("away_ms", [-3_600_000, 3_600_000])
def test_an_hour_away_is_too_far_and_a_millisecond_less_is_not(away_ms: int) -> None:
    at = 1_700_000_000_000 + away_ms
    assert refused(kit.delivery(BODY, at_ms=str(at))).status == 401
    nearer = at + (1 if away_ms < 0 else -1)
    assert isinstance(receive(kit.delivery(BODY, at_ms=str(nearer))), Incoming)


def test_whatever_is_still_fresh_is_still_known() -> None:
    assert RULES.past_s is not None
    assert RULES.dedup_ttl_s >= RULES.past_s + RULES.future_s
    ids = {receive(kit.delivery(BODY, sign=SIGN)).id for _ in range(5)}  # type: ignore[union-attr]
    assert ids == {"msg1"}


OTHERS = {
    "another organisation": {"chatbotCorpId": "dingcorp2"},
    "no organisation": {"chatbotCorpId": None},
    "another robot": {"robotCode": "rc2"},
    "no robot": {"robotCode": None},
    "a robot that is no text": {"robotCode": ["rc1"]},
    "another host": {"sessionWebhook": "https://evil.example/robot/sendBySession?session=s1"},
    "a host that begins alike": {"sessionWebhook": "https://oapi.dingtalk.com.evil.example/"},
    "a host behind a name": {"sessionWebhook": "https://oapi.dingtalk.com@evil.example/"},
    "another port": {"sessionWebhook": "https://oapi.dingtalk.com:444/"},
    "no encryption": {"sessionWebhook": "http://oapi.dingtalk.com/robot/sendBySession?session=s1"},
    "a line break": {"sessionWebhook": kit.SESSION_URL + "\r\nx: y"},
    "no text": {"sessionWebhook": 1},
}


@pytest.mark.parametrize("fields", OTHERS.values(), ids=OTHERS)
def test_a_captured_signature_does_not_carry_a_body_for_somebody_else(fields: dict[str, Any]) -> None:
    assert refused(kit.delivery(kit.message(**fields), sign=SIGN)).status == 401


def test_the_host_of_a_private_deployment_is_taken_where_it_is_configured() -> None:
    url = "https://ding.corp.example/robot/sendBySession?session=s1"
    assert refused(kit.delivery(kit.message(sessionWebhook=url))).status == 401
    taken = receive(kit.delivery(kit.message(sessionWebhook=url)), session_url="https://ding.corp.example")
    assert isinstance(taken, Incoming)
    assert taken.address["session"] == url


@pytest.mark.parametrize("body", [BODY[:-1], BODY[:40], b"", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused_as_unreadable(body: bytes) -> None:
    assert refused(kit.delivery(body)).status == 400


@pytest.mark.parametrize("fields", [{"msgId": None}, {"msgId": 5}, {"conversationId": None}, {"conversationId": ""}])
def test_a_message_without_its_identity_is_refused_as_unreadable(fields: dict[str, Any]) -> None:
    assert refused(kit.delivery(kit.message(**fields))).status == 400


@settings(derandomize=True, deadline=None, max_examples=200)
@examples(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_changed_byte_of_a_body_raises_anything_unforeseen(place: int, change: int) -> None:
    changed = BODY[:place] + bytes([BODY[place] ^ change]) + BODY[place + 1 :]
    outcome: object = None
    with suppress(RefusedError):
        outcome = receive(kit.delivery(changed, sign=SIGN))
    assert outcome is None or isinstance(outcome, Answered | Incoming)


@settings(derandomize=True, deadline=None, max_examples=100)
@examples(st.integers(0, len(SIGN) - 1), st.characters(min_codepoint=33, max_codepoint=255))
def test_no_changed_character_of_a_signature_passes(place: int, character: str) -> None:
    changed = SIGN[:place] + character + SIGN[place + 1 :]
    if changed != SIGN:
        assert refused(kit.delivery(BODY, sign=changed)).status == 401


def test_text_is_read_from_rich_text_and_from_recognised_speech() -> None:
    runs = [{"text": "look "}, {"type": "picture", "downloadCode": "x"}, {"text": "here"}]
    rich = receive(kit.delivery(kit.message(msgtype="richText", content={"richText": runs})))
    spoken = receive(kit.delivery(kit.message(msgtype="audio", content={"recognition": "hello"})))
    assert [taken.text for taken in (rich, spoken) if isinstance(taken, Incoming)] == ["look here", "hello"]


LEFT_ALONE: list[dict[str, Any]] = [
    {"msgtype": "picture", "content": {"downloadCode": "x"}},
    {"msgtype": "text", "text": {"content": "  "}},
    {"msgtype": "text", "text": "hi"},
    {"msgtype": "richText", "content": {"richText": "hi"}},
    {"senderId": "robot", "chatbotUserId": "robot"},
]


@pytest.mark.parametrize("fields", LEFT_ALONE)
def test_what_has_no_text_of_a_person_is_acknowledged_and_left_alone(fields: dict[str, Any]) -> None:
    taken = receive(kit.delivery({**kit.message(), **fields}))
    assert isinstance(taken, Answered)
    assert taken.response.status == 200


def test_someone_of_another_organisation_is_known_by_their_sender_id() -> None:
    taken = receive(kit.delivery(kit.message(senderStaffId=None, senderId="$:LWCP_v1:$x", conversationType="1")))
    assert isinstance(taken, Incoming)
    assert taken.user == "$:LWCP_v1:$x"
    assert "staff" not in taken.address
    assert taken.address["kind"] == "1"


def event(query: dict[str, str], encrypted: str) -> Request:
    return Request("POST", "/dingtalk/events", urlencode(query), json.dumps({"encrypt": encrypted}).encode())


def trial(request: Request, **options: str) -> Incoming | Answered:
    given = kit.given(kit.DingTalkApi(), encrypted=True, **{"app_key": OWNER, **options})
    given.at = 1_608_001_896
    return CHANNEL.receive(request, given)


@pytest.mark.parametrize("option", ["app_key", "corp_id"])
@pytest.mark.parametrize("name", ["signature", "msg_signature"])
def test_the_documented_trial_call_is_answered_with_an_encrypted_success(option: str, name: str) -> None:
    query = {**CHECK_URL, name: CHECK_URL["signature"]}
    answered = trial(event(query, CHECK_URL_BODY), **{"app_key": "other", option: OWNER})
    assert isinstance(answered, Answered)
    sent = json.loads(answered.response.body)
    cipher = CorpCipher(kit.TOKEN, kit.AES_KEY, OWNER)
    cipher.verify(sent["msg_signature"], sent["timeStamp"], sent["nonce"], sent["encrypt"])
    assert cipher.decrypt(sent["encrypt"]) == b"success"


WRONG_EVENTS = {
    "another signature": ({**CHECK_URL, "signature": "0" * 40}, CHECK_URL_BODY),
    "another nonce": ({**CHECK_URL, "nonce": "WL4PK6yB"}, CHECK_URL_BODY),
    "another time": ({**CHECK_URL, "timestamp": "1608001896815"}, CHECK_URL_BODY),
    "no time": ({**CHECK_URL, "timestamp": ""}, CHECK_URL_BODY),
    "another body": (CHECK_URL, "A" + CHECK_URL_BODY[1:]),
    "a shorter body": (CHECK_URL, CHECK_URL_BODY[:-4]),
    "no body": (CHECK_URL, ""),
}


@pytest.mark.parametrize(("query", "encrypted"), WRONG_EVENTS.values(), ids=WRONG_EVENTS)
def test_an_event_that_is_not_genuine_is_refused(query: dict[str, str], encrypted: str) -> None:
    with pytest.raises(RefusedError) as caught:
        trial(event(query, encrypted))
    assert caught.value.status == 401


def test_an_event_for_another_app_a_stale_one_and_one_without_keys_are_refused() -> None:
    with pytest.raises(RefusedError, match="receive id"):
        trial(event(CHECK_URL, CHECK_URL_BODY), app_key="other")
    stale = kit.given(kit.DingTalkApi(), encrypted=True, app_key=OWNER)
    with pytest.raises(RefusedError, match="hour"):
        CHANNEL.receive(event(CHECK_URL, CHECK_URL_BODY), stale)
    assert "aes_key" in str(refused(event(CHECK_URL, CHECK_URL_BODY)))


def test_with_a_key_only_encrypted_messages_are_taken() -> None:
    assert refused(kit.delivery(BODY, sign=SIGN), encrypted=True).status == 401
    cipher = CorpCipher(kit.TOKEN, kit.AES_KEY, kit.APP_KEY)
    encrypted = cipher.encrypt(BODY.decode(), "1700000000000", "n")["encrypt"]
    request = kit.delivery({"encrypt": encrypted}, sign=SIGN)
    taken = receive(request, encrypted=True)
    assert isinstance(taken, Incoming)
    assert taken.text == "hi"
    other = CorpCipher(kit.TOKEN, kit.AES_KEY, "other").encrypt(BODY.decode(), "1700000000000", "n")["encrypt"]
    forged = replace(request, body=json.dumps({"encrypt": other}).encode())
    assert refused(forged, encrypted=True).status == 401
