"""Encrypted callbacks: published examples, both paddings checked to the last byte, and what is broken refused."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.channels import callback_crypto as crypto
from assistant.channels.contract import RefusedError
from assistant.secrets import SecretUnavailableError

VECTORS = json.loads(Path(__file__).with_name("callback_vectors.json").read_text())
WECOM, DINGTALK = VECTORS["wecom"], VECTORS["dingtalk"]
KEY, IV = bytes(range(32)), bytes(range(16))
BLOCKS = pytest.mark.parametrize("block", [16, 32])


@pytest.fixture
def cipher() -> crypto.CorpCipher:
    return crypto.CorpCipher(WECOM["token"], WECOM["aes_key"], WECOM["corp_id"])


def raw(filled: bytes) -> bytes:
    """Encrypts what is filled up already."""
    from Crypto.Cipher import AES

    return AES.new(KEY, AES.MODE_CBC, IV).encrypt(filled)


def test_feishus_published_example_is_decrypted() -> None:
    published = VECTORS["feishu"]["published"]
    data, key = base64.b64decode(published["encrypt"]), hashlib.sha256(published["encrypt_key"].encode()).digest()
    assert crypto.decrypt_cbc(key, data[:16], data[16:], 16) == published["text"].encode()


def test_wecoms_published_examples_are_verified_and_decrypted(cipher: crypto.CorpCipher) -> None:
    for one in (WECOM["published_message"], WECOM["published_echo"]):
        cipher.verify(one["signature"], one["timestamp"], one["nonce"], one["encrypt"])
    assert b"<Content><![CDATA[hello]]></Content>" in cipher.decrypt(WECOM["published_message"]["encrypt"])
    assert cipher.decrypt(WECOM["published_echo"]["encrypt"]) == WECOM["published_echo"]["answer"].encode()


def test_dingtalks_published_example_is_verified_and_decrypted() -> None:
    cipher = crypto.CorpCipher(DINGTALK["token"], DINGTALK["aes_key"], DINGTALK["owner"])
    cipher.verify(DINGTALK["signature"], DINGTALK["timestamp"], DINGTALK["nonce"], DINGTALK["encrypt"])
    assert cipher.decrypt(DINGTALK["encrypt"]).decode() == DINGTALK["text"]


@BLOCKS
@given(text=st.binary(max_size=200))
@settings(max_examples=60)
def test_what_is_encrypted_is_decrypted(block: int, text: bytes) -> None:
    data = crypto.encrypt_cbc(KEY, IV, text, block)
    assert len(data) % block == 0
    assert crypto.decrypt_cbc(KEY, IV, data, block) == text


@BLOCKS
def test_every_byte_of_the_padding_is_checked(block: int) -> None:
    for count in range(1, block + 1):
        filled = b"x" * (2 * block - count) + bytes([count]) * count
        assert crypto.decrypt_cbc(KEY, IV, raw(filled), block) == b"x" * (2 * block - count)
        for place in range(2, count + 1):
            broken = bytearray(filled)
            broken[-place] ^= 1
            with pytest.raises(RefusedError):
                crypto.decrypt_cbc(KEY, IV, raw(bytes(broken)), block)


@BLOCKS
def test_a_padding_of_no_length_or_beyond_the_block_is_refused(block: int) -> None:
    for count in (0, *range(block + 1, 256)):
        with pytest.raises(RefusedError):
            crypto.decrypt_cbc(KEY, IV, raw(bytes([count]) * 256), block)


@pytest.mark.parametrize(("block", "length"), [(16, 0), (16, 15), (16, 17), (32, 0), (32, 16), (32, 48), (32, 33)])
def test_what_is_no_whole_number_of_blocks_is_refused(block: int, length: int) -> None:
    with pytest.raises(RefusedError):
        crypto.decrypt_cbc(KEY, IV, bytes(length), block)


def test_a_text_that_is_filled_up_to_the_other_block_is_refused() -> None:
    half = crypto.encrypt_cbc(KEY, IV, b"x" * 40, 16)
    assert len(half) == 48
    with pytest.raises(RefusedError):
        crypto.decrypt_cbc(KEY, IV, half, 32)
    whole = crypto.encrypt_cbc(KEY, IV, b"x" * 40, 32)
    with pytest.raises(RefusedError):
        crypto.decrypt_cbc(KEY, IV, whole, 16)


def test_whatever_is_wrong_is_refused_in_the_same_words() -> None:
    said: set[tuple[str, int]] = set()
    for data in (b"", bytes(15), bytes(32), raw(b"x" * 31 + b"\x00"), raw(b"x" * 30 + b"\x01\x02")):
        with pytest.raises(RefusedError) as refused:
            crypto.decrypt_cbc(KEY, IV, data, 16)
        said.add((str(refused.value), refused.value.status))
    with pytest.raises(RefusedError) as refused:
        crypto.decode("not base64")
    assert said == {(str(refused.value), 401)}


@given(text=st.text(max_size=80), nonce=st.text(max_size=20))
@settings(max_examples=60)
def test_an_answer_is_signed_and_can_be_read_by_its_receiver(text: str, nonce: str) -> None:
    cipher = crypto.CorpCipher(WECOM["token"], WECOM["aes_key"], WECOM["corp_id"])
    sent = cipher.encrypt(text, "1700000000", nonce)
    assert (sent["timeStamp"], sent["nonce"]) == ("1700000000", nonce)
    cipher.verify(sent["msg_signature"], sent["timeStamp"], sent["nonce"], sent["encrypt"])
    assert cipher.decrypt(sent["encrypt"]) == text.encode()


def test_two_answers_of_the_same_text_differ(cipher: crypto.CorpCipher) -> None:
    assert cipher.encrypt("success", "1", "n")["encrypt"] != cipher.encrypt("success", "1", "n")["encrypt"]


def test_another_signature_is_refused(cipher: crypto.CorpCipher) -> None:
    good = WECOM["published_echo"]
    for signature in (
        None,
        "",
        good["signature"].upper(),
        good["signature"][:-1],
        good["signature"] + "0",
        "é",
        "\ud800",
    ):
        with pytest.raises(RefusedError) as refused:
            cipher.verify(signature, good["timestamp"], good["nonce"], good["encrypt"])
        assert refused.value.status == 401
    for timestamp, nonce in ((good["timestamp"], "\ud800"), (good["nonce"] + "0", good["timestamp"])):
        with pytest.raises(RefusedError):
            cipher.verify(good["signature"], timestamp, nonce, good["encrypt"])


def test_a_message_for_somebody_else_is_refused() -> None:
    for other in ("wwother", WECOM["corp_id"] + "x", WECOM["corp_id"][:-1], ""):
        cipher = crypto.CorpCipher(WECOM["token"], WECOM["aes_key"], other)
        with pytest.raises(RefusedError, match="receive id"):
            cipher.decrypt(WECOM["published_message"]["encrypt"])


def test_nobody_is_not_a_receiver_that_a_message_without_one_is_for() -> None:
    cipher = crypto.CorpCipher(WECOM["token"], WECOM["aes_key"], "")
    with pytest.raises(RefusedError):
        cipher.decrypt(cipher.encrypt("hello", "1", "n")["encrypt"])


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=200)
def test_a_flipped_bit_never_fails_otherwise_than_refused(place: int, bit: int) -> None:
    cipher = crypto.CorpCipher(WECOM["token"], WECOM["aes_key"], WECOM["corp_id"])
    good = WECOM["published_message"]
    data = bytearray(base64.b64decode(good["encrypt"]))
    data[place % len(data)] ^= 1 << bit
    changed = base64.b64encode(bytes(data)).decode()
    with pytest.raises(RefusedError):
        cipher.verify(good["signature"], good["timestamp"], good["nonce"], changed)
    try:
        read = cipher.decrypt(changed)
    except RefusedError:
        return
    assert read != cipher.decrypt(good["encrypt"]) or place % len(data) < 16  # the first block is noise


@pytest.mark.parametrize("length", [0, 16, 31, 32, 64, 320])
def test_a_message_that_is_cut_is_refused(cipher: crypto.CorpCipher, length: int) -> None:
    data = base64.b64decode(WECOM["published_message"]["encrypt"])[:length]
    with pytest.raises(RefusedError):
        cipher.decrypt(base64.b64encode(data).decode())


@pytest.mark.parametrize("length", [2**32 - 1, 2**31, 60])
def test_a_length_beyond_the_message_is_refused(length: int) -> None:
    cipher = crypto.CorpCipher("token", base64.b64encode(KEY).decode()[:43], "corp")
    whole = bytes(16) + length.to_bytes(4, "big") + b"hello" + b"corp"
    sent = base64.b64encode(crypto.encrypt_cbc(KEY, KEY[:16], whole, 32)).decode()
    with pytest.raises(RefusedError):
        cipher.decrypt(sent)


def test_a_message_too_short_for_its_own_length_is_refused() -> None:
    cipher = crypto.CorpCipher("token", base64.b64encode(KEY).decode()[:43], "corp")
    for size in range(20):
        sent = base64.b64encode(crypto.encrypt_cbc(KEY, KEY[:16], bytes(size), 32)).decode()
        with pytest.raises(RefusedError):
            cipher.decrypt(sent)


def test_a_key_whose_last_character_carries_unused_bits_is_the_same_key(cipher: crypto.CorpCipher) -> None:
    assert WECOM["aes_key"].endswith("C")
    for last in "AB":  # the lowest two bits of the last character are not used
        other = crypto.CorpCipher(WECOM["token"], WECOM["aes_key"][:-1] + last, WECOM["corp_id"])
        assert other.decrypt(WECOM["published_echo"]["encrypt"]) == cipher.decrypt(WECOM["published_echo"]["encrypt"])


@pytest.mark.parametrize("key", ["", "short", "a" * 42, "a" * 44, "-" * 43, "é" * 43, "!" * 43])
def test_a_key_that_is_none_is_told_without_its_text(key: str) -> None:
    with pytest.raises(SecretUnavailableError) as told:
        crypto.CorpCipher("token", key, "corp")
    assert str(len(key)) in str(told.value)
    assert not key or key not in str(told.value)
