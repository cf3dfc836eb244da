"""The Discord channel: what it takes in and what it refuses."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from Crypto.Signature import eddsa
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assistant.channels.contract import Answered, Incoming, RefusedError
from assistant.channels.discord import CHANNEL, RULES
from assistant.routing import Request
from tests.kit.providers import discord as kit

PING = b'{"id":"1174109840998400000","application_id":"app1","type":1,"token":"tok0","version":1}'
PING_SIGNATURE = (
    "61b0b7806ddee646c5b20326c9b5f6b11ddf81340b879439517b5f27c1ff89c0"
    "9f8143790a30dd2d45f38cf887a2936be522266c43158bbdcf4a8d3c599c860b"
)
ASK = (
    b'{"id":"1174109840998400001","application_id":"app1","type":2,"guild_id":"g1","channel_id":"c1","token":"tok1",'
    b'"version":1,"data":{"id":"d1","name":"ask","type":1}}'
)
ASK_SIGNATURE = (
    "836ddc94c02fc7ef641bd1b35c5a6f4463fdba5fde344d83c42b647113037a51"
    "2d3d06b2b0c493b94bfd7cdc6b3f1c0ff381264535a77bee744ae377cbd73e09"
)
OTHER_SEED_SIGNATURE = (
    "18f83123075bd93876f826a60383b33d4c68abf8c5c82c5402b0a4839d0ce48c"
    "b664837f25c291b06fb7ee469b22df89631f8074d48b4c8328733bb09e59440d"
)
STALE_SIGNATURE = (
    "3c06edc1d9c7b8a0d207fe78f57d08ae36a6ebf3a538edb8c705b486a6c44bb7"
    "7d54e1a58daa5ff6e6c807f411dac475352ed5a47cfd8db06317fcbcc246e401"
)


def receive(request: Request, **options: str) -> Incoming | Answered:
    return CHANNEL.receive(request, kit.given(kit.DiscordApi(), bot=True, **options))


def refused(request: Request, **options: str) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        receive(request, **options)
    return caught.value


def without(request: Request, header: str) -> Request:
    return replace(request, headers={name: value for name, value in request.headers.items() if name != header})


def answer(taken: Incoming | Answered) -> Any:
    response = taken.ack if isinstance(taken, Incoming) else taken.response
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    return json.loads(response.body)


def test_the_signature_of_the_standard_is_taken_by_the_library_that_is_used() -> None:
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    verifier = eddsa.new(eddsa.import_public_key(key), "rfc8032")
    verifier.verify(b"\x72", signature)
    with pytest.raises(ValueError, match="not authentic"):
        verifier.verify(b"\x73", signature)


def test_a_ping_is_answered_with_a_pong() -> None:
    taken = receive(kit.delivery(PING, sign=PING_SIGNATURE))
    assert isinstance(taken, Answered)
    assert answer(taken) == {"type": 1}


def test_a_command_is_taken_and_its_answer_deferred() -> None:
    taken = receive(kit.delivery(ASK, sign=ASK_SIGNATURE))
    assert isinstance(taken, Incoming)
    assert answer(taken) == {"type": 5}
    assert (taken.id, taken.conversation, taken.text) == ("1174109840998400001", "c1", "/ask")
    assert taken.address == {"token": "tok1", "channel": "c1", "at": "1700000000"}


FORGED = {
    "another body": kit.delivery(ASK.replace(b'"ask"', b'"adm"'), sign=ASK_SIGNATURE),
    "another key": kit.delivery(ASK, sign=OTHER_SEED_SIGNATURE),
    "another time": kit.delivery(ASK, at="1700000001", sign=ASK_SIGNATURE),
    "stale": kit.delivery(ASK, at="1699900000", sign=STALE_SIGNATURE),
    "five minutes and a second old": kit.delivery(ASK, at="1699999699"),
    "five minutes and a second ahead": kit.delivery(ASK, at="1700000301"),
    "not hexadecimal": kit.delivery(ASK, sign="g" + ASK_SIGNATURE[1:]),
    "63 bytes": kit.delivery(ASK, sign=ASK_SIGNATURE[:-2]),
    "65 bytes": kit.delivery(ASK, sign=ASK_SIGNATURE + "00"),
    "with a blank": kit.delivery(ASK, sign=ASK_SIGNATURE[:64] + " " + ASK_SIGNATURE[64:]),
    "with a line break": kit.delivery(ASK, sign=ASK_SIGNATURE + "\n"),
    "outside of ASCII": kit.delivery(ASK, sign="\uff11" * 128),
    "all zero": kit.delivery(ASK, sign="0" * 128),
    "empty": kit.delivery(ASK, sign=""),
    "no signature": without(kit.delivery(ASK), "x-signature-ed25519"),
    "no time": without(kit.delivery(ASK), "x-signature-timestamp"),
    "a time with a sign": kit.delivery(ASK, at="+1700000000"),
    "a truncated body": kit.delivery(ASK[:-1], sign=ASK_SIGNATURE),
    "no body": kit.delivery(b"", sign=ASK_SIGNATURE),
    "written anew": kit.delivery(json.dumps(json.loads(ASK)).encode(), sign=ASK_SIGNATURE),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED)
def test_what_is_forged_or_stale_is_refused_with_401(request_: Request) -> None:
    assert refused(request_).status == 401


@pytest.mark.parametrize("at", ["1699999700", "1700000300"])
def test_the_ends_of_the_window_are_inside(at: str) -> None:
    assert isinstance(receive(kit.delivery(ASK, at=at)), Incoming)


def test_whatever_is_still_fresh_is_still_known() -> None:
    assert RULES.past_s is not None
    assert RULES.dedup_ttl_s >= RULES.past_s + RULES.future_s
    request = kit.delivery(ASK, sign=ASK_SIGNATURE)
    taken = [receive(request) for _ in range(5)]
    assert {one.id for one in taken if isinstance(one, Incoming)} == {"1174109840998400001"}
    assert len({repr(answer(one)) for one in taken}) == 1


@settings(derandomize=True, deadline=None, max_examples=100)
@examples(st.integers(0, len(ASK) - 1), st.integers(1, 255))
def test_no_changed_byte_of_a_body_passes(place: int, change: int) -> None:
    changed = ASK[:place] + bytes([ASK[place] ^ change]) + ASK[place + 1 :]
    assert refused(kit.delivery(changed, sign=ASK_SIGNATURE)).status == 401


@settings(derandomize=True, deadline=None, max_examples=100)
@examples(st.integers(0, 63), st.integers(1, 255))
def test_no_changed_byte_of_a_signature_passes(place: int, change: int) -> None:
    changed = bytearray.fromhex(ASK_SIGNATURE)
    changed[place] ^= change
    assert refused(kit.delivery(ASK, sign=changed.hex())).status == 401


@settings(derandomize=True, deadline=None, max_examples=100)
@examples(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "options"]), inner),
    )
)
def test_no_layout_of_a_signed_command_raises_anything_unforeseen(data: Any) -> None:
    for told in ({"data": data}, {"data": {"name": "ask", "options": data}, "member": data}):
        outcome: object = None
        with suppress(RefusedError):
            outcome = receive(kit.delivery({**kit.command(), **told}))
        assert outcome is None or isinstance(outcome, Answered | Incoming)


@pytest.mark.parametrize("key", ["", "00", "zz" * 32, "ff" * 32, kit.PUBLIC_KEY + "00"])
def test_without_a_usable_public_key_everything_is_refused(key: str) -> None:
    error = refused(kit.delivery(ASK, sign=ASK_SIGNATURE), public_key=key)
    assert error.status == 401
    assert "public_key" in str(error)


def test_what_is_for_another_application_is_refused() -> None:
    assert refused(kit.delivery(PING), application_id="app2").status == 401
    assert refused(kit.delivery(kit.command(application_id=None))).status == 401


@pytest.mark.parametrize("name", ["id", "channel_id", "token"])
def test_a_command_without_what_the_reply_needs_is_refused_as_unreadable(name: str) -> None:
    assert refused(kit.delivery(kit.command() | {name: None})).status == 400


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff"])
def test_what_is_signed_but_no_object_is_refused_as_unreadable(body: bytes) -> None:
    assert refused(kit.delivery(body)).status == 400


def test_the_text_is_what_was_typed_into_options_that_take_text() -> None:
    options = [
        {"type": 3, "name": "question", "value": "what is"},
        {"type": 4, "name": "count", "value": 7},
        {"type": 6, "name": "who", "value": "u2"},
        {"type": 3, "name": "more", "value": "the time?"},
    ]
    nested = [{"type": 2, "name": "group", "options": [{"type": 1, "name": "sub", "options": options}]}]
    for given in (options, nested):
        taken = receive(kit.delivery(kit.command(data={"id": "d1", "name": "ask", "type": 1, "options": given})))
        assert isinstance(taken, Incoming)
        assert taken.text == "what is\nthe time?"


def test_the_person_is_the_member_in_a_server_and_the_user_elsewhere() -> None:
    there = receive(kit.delivery(kit.command()))
    direct = receive(kit.delivery(kit.command(member=None, guild_id=None, user={"id": "u2"})))
    assert [taken.user for taken in (there, direct) if isinstance(taken, Incoming)] == ["u1", "u2"]


OTHER_KINDS: list[tuple[dict[str, Any], Any]] = [
    ({"type": 4}, {"type": 8, "data": {"choices": []}}),
    ({"type": 3, "data": {"custom_id": "x"}}, 4),
    ({"type": 5, "data": {"custom_id": "x"}}, 4),
    ({"type": 2, "data": {"name": "Ask", "type": 3, "target_id": "m1"}}, 4),
    ({"type": 99}, 4),
]


@pytest.mark.parametrize(("fields", "expected"), OTHER_KINDS)
def test_every_other_kind_gets_an_answer_that_only_the_one_who_asked_sees(fields: Any, expected: Any) -> None:
    taken = receive(kit.delivery(kit.command() | fields))
    assert isinstance(taken, Answered)
    got = answer(taken)
    if expected == 4:
        assert (got["type"], got["data"]["flags"]) == (4, 64)
    else:
        assert got == expected
