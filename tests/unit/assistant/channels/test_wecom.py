"""The WeCom channel: what it takes in, what it answers by itself, and what it refuses."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.contract import Answered, Incoming, RefusedError
from assistant.channels.wecom import CHANNEL, RULES, xml
from assistant.routing import Request
from assistant.secrets import SecretUnavailableError
from tests.kit.providers import wecom as kit

VECTORS = json.loads(Path(__file__).with_name("callback_vectors.json").read_text())["wecom"]
ENCRYPT, SIGNATURE = VECTORS["message"]["encrypt"], VECTORS["message"]["signature"]
ECHO = VECTORS["echo"]


def receive(request: Request, at: float = 1_700_000_000) -> Incoming | Answered:
    given = kit.given(kit.WeComApi())
    given.at = at
    return CHANNEL.receive(request, given)


def refusal(request: Request, at: float = 1_700_000_000) -> int:
    with pytest.raises(RefusedError) as refused:
        receive(request, at)
    return refused.value.status


def test_a_signed_and_encrypted_message_is_taken_in() -> None:
    taken = receive(kit.request("POST", ENCRYPT, sign=SIGNATURE))
    assert taken == Incoming("218:1", "218:u1", "u1", "hi", {"user": "u1"})
    assert isinstance(taken, Incoming)
    assert (taken.ack.status, taken.ack.body) == (200, "")


def test_the_published_message_is_taken_in() -> None:
    one = VECTORS["published_message"]
    request = kit.request("POST", one["encrypt"], at=one["timestamp"], nonce=one["nonce"], sign=one["signature"])
    taken = receive(request, 1409659813)
    assert isinstance(taken, Incoming)
    assert (taken.id, taken.user, taken.text) == ("218:4561255354251345929", "mycreate", "hello")


@pytest.mark.parametrize(
    ("name", "at", "nonce"), [("published_echo", 1409659589, "263014780"), ("echo", 1700000000, "n1")]
)
def test_the_handshake_is_answered_with_the_decrypted_text(name: str, at: int, nonce: str) -> None:
    one = VECTORS[name]
    answered = receive(kit.request("GET", one["encrypt"], at=str(at), nonce=nonce, sign=one["signature"]), at)
    assert isinstance(answered, Answered)
    assert (answered.response.status, answered.response.body) == (200, "1616140317555161061")
    assert answered.response.headers["content-type"].startswith("text/plain")


def test_a_handshake_whose_plus_signs_are_not_encoded_is_answered_too() -> None:
    one = VECTORS["published_echo"]
    query = urlencode({"msg_signature": one["signature"], "timestamp": one["timestamp"], "nonce": one["nonce"]})
    answered = receive(Request("GET", "/wecom", f"{query}&echostr={one['encrypt']}"), 1409659589)
    assert isinstance(answered, Answered)
    assert answered.response.body == one["answer"]


OTHER = VECTORS["other_corporation"]


@pytest.mark.parametrize(
    "request_",
    [
        kit.request("POST", ENCRYPT, sign=VECTORS["wrong_token"]),
        kit.request("POST", OTHER["encrypt"], sign=OTHER["signature"]),
        kit.request("POST", ENCRYPT, at="1699900000", sign=VECTORS["stale"]),
        kit.request("POST", ENCRYPT, nonce="n2", sign=SIGNATURE),
        kit.request("POST", ENCRYPT, sign=VECTORS["without_ciphertext"]),
        kit.request("POST", ENCRYPT, sign=""),
        kit.request("POST", ENCRYPT, sign=SIGNATURE.upper()),
        kit.request("POST", ENCRYPT[:-4], sign=SIGNATURE),
        kit.request("POST", ENCRYPT[:-64]),
        kit.request("POST", ECHO["encrypt"], sign=SIGNATURE),
        kit.request("POST", "AAAA"),
        kit.request("POST", "%%%%"),
        kit.request("GET", ECHO["encrypt"], sign=SIGNATURE),
        kit.request("GET", ECHO["encrypt"], at="1699900000"),
        kit.request("GET", ""),
        Request("GET", "/wecom"),
        Request("POST", "/wecom", "", kit.around(ENCRYPT)),
        *(kit.request("POST", ENCRYPT, at=at) for at in ("", " 1700000000", "+1700000000", "1_7", "\uff11\uff17", "x")),
    ],
)
def test_what_is_forged_stale_cut_or_for_somebody_else_is_refused(request_: Request) -> None:
    assert refusal(request_) == 401


@pytest.mark.parametrize(("seconds", "taken"), [(3300, True), (3301, False), (-300, True), (-301, False)])
def test_the_ends_of_the_window_belong_to_it(seconds: int, taken: bool) -> None:
    request = kit.delivery()
    if taken:
        assert isinstance(receive(request, 1_700_000_000 + seconds), Incoming)
    else:
        assert refusal(request, 1_700_000_000 + seconds) == 401


def test_the_row_of_data_fits_together() -> None:
    assert RULES.dedup_ttl_s >= (RULES.past_s or 0) + RULES.future_s
    assert (RULES.past_s or 0) >= sum(RULES.retry_ladder_s)
    assert CHANNEL.working({"user": "u1"}, kit.given(kit.WeComApi())) is None


@examples(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=200)
def test_a_flipped_bit_in_what_is_encrypted_is_refused(place: int, bit: int) -> None:
    changed = bytearray(ENCRYPT.encode())
    changed[place % len(changed)] ^= 1 << bit
    body = kit.around("").replace(b"<![CDATA[]]></Encrypt>", b"<![CDATA[" + bytes(changed) + b"]]></Encrypt>")
    assert refusal(kit.request("POST", ENCRYPT, sign=SIGNATURE, body=body)) in (400, 401)


@examples(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: f"<xml>{text}</xml>".encode()))
@settings(max_examples=150)
def test_no_body_fails_otherwise_than_refused(body: bytes) -> None:
    assert refusal(kit.request("POST", ENCRYPT, sign=SIGNATURE, body=body)) in (400, 401)


DOCTYPE = '<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
HOSTILE = [
    f"{DOCTYPE}<xml><Encrypt>&b;</Encrypt></xml>",
    '<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><Encrypt>a</Encrypt></xml>',
    '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Encrypt>&x;</Encrypt></xml>',
    "<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
    '<?xml version="1.0"?>\n<!doctype xml []><xml/>',
    "<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
    "<xml><Encrypt>&undefined;</Encrypt></xml>", "<xml><Encrypt>a", "<xml></xml><xml></xml>", "", "<a><b></a></b>",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7"])
def test_hostile_xml_is_refused_before_and_after_it_is_proven(text: str, encoding: str) -> None:
    declared = text if text.startswith("<?") else f'<?xml version="1.0" encoding="{encoding}"?>{text}'
    for body in (text.encode(encoding), declared.encode(encoding)):
        with pytest.raises(RefusedError) as refused:
            xml.read(body)
        assert refused.value.status == 400
    inside = kit.CIPHER.encrypt(text, "1700000000", "n1")["encrypt"]
    assert refusal(kit.request("POST", inside)) == 400


def test_xml_that_is_too_large_is_refused_unread() -> None:
    assert refusal(kit.request("POST", ENCRYPT, body=b"<xml>" + b"x" * xml.MOST_BYTES)) == 413


def test_xml_that_is_nested_deeply_is_read_without_depth() -> None:
    inner = "<a>" * 10_000 + "deep" + "</a>" * 10_000
    assert xml.read(f"<xml><A>one{inner}</A><B>two</B></xml>".encode()) == {"A": "one", "B": "two"}


def test_events_and_everything_but_text_are_left_alone() -> None:
    for fields in ({"MsgType": "event", "Event": "enter_agent", "MsgId": ""}, {"MsgType": "image"}, {"MsgType": ""}):
        assert receive(kit.delivery(**fields)) == Answered()
    assert receive(kit.delivery(" \n ")) == Answered()


@pytest.mark.parametrize("missing", ["AgentID", "FromUserName", "MsgId"])
def test_a_genuine_message_that_lacks_something_is_refused_as_such(missing: str) -> None:
    assert refusal(kit.delivery(**{missing: ""})) == 400


def test_a_text_may_hold_markup_and_any_character() -> None:
    text = "<b>1 & 2</b> 字 😀 <!DOCTYPE x>"
    taken = receive(kit.delivery(text))
    assert isinstance(taken, Incoming)
    assert taken.text == text


@pytest.mark.parametrize("missing", ["token", "aes_key"])
def test_without_its_secrets_nothing_is_taken(missing: str) -> None:
    given = kit.given(kit.WeComApi())
    for value in ("", "short" if missing == "aes_key" else ""):
        given.secrets[missing] = value
        with pytest.raises(SecretUnavailableError):
            CHANNEL.receive(kit.request("POST", ENCRYPT, sign=SIGNATURE), given)
