"""Encrypted callbacks: AES-256-CBC with either padding, and the scheme that WeCom and DingTalk share."""

import base64
import binascii
import hashlib
import os

from assistant import native
from assistant.channels import verify
from assistant.channels.contract import RefusedError
from assistant.secrets import SecretUnavailableError

KEY_CHARS = 43
KEY_BYTES = 32
AES_BLOCK = 16
CORP_BLOCK = 32  # both providers fill up to 32 bytes, though the cipher's own block has 16
RANDOM_BYTES = 16
LENGTH_BYTES = 4


def decrypt_cbc(key: bytes, iv: bytes, data: bytes, block: int) -> bytes:
    """The text in `data`, encrypted with a key of 32 bytes and filled up to `block` (16 or 32) bytes as in PKCS#7.

    Raises RefusedError (401), with the same words whatever is wrong with it, so that nobody learns from trying.
    """
    if not data or len(data) % block:
        raise _unreadable()
    filled = _cipher(key, iv).decrypt(data)
    count = filled[-1]
    if not 1 <= count <= block or filled[-count:] != bytes([count]) * count:
        raise _unreadable()
    return filled[:-count]


def encrypt_cbc(key: bytes, iv: bytes, text: bytes, block: int) -> bytes:
    """The reverse of `decrypt_cbc`."""
    count = block - len(text) % block
    return _cipher(key, iv).encrypt(text + bytes([count]) * count)


def decode(encrypted: str) -> bytes:
    """The bytes in base64. Raises RefusedError (401)."""
    try:
        return base64.b64decode(encrypted, validate=True)
    except ValueError:
        raise _unreadable() from None


class CorpCipher:
    """Signs and encrypts as WeCom and DingTalk do: SHA-1 over sorted parts, then AES with a key of 43 characters."""

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        """`receive_id` is whom messages are for: the corporation's id, as a rule. Raises SecretUnavailableError."""
        self._token = token
        self._key = _key(aes_key)
        self._receive_id = receive_id.encode()

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """The signature of an encrypted text (40 hexadecimal digits)."""
        parts = sorted((self._token, timestamp, nonce, encrypted))
        # surrogatepass: anything may come as a nonce, and it has to be refused rather than fail
        return hashlib.sha1("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def verify(self, signature: str | None, timestamp: str, nonce: str, encrypted: str) -> None:
        """Raises RefusedError (401) for a signature that is missing or another one."""
        if not verify.same(signature or "", self.signature(timestamp, nonce, encrypted)):
            raise RefusedError(f"signature: got {'another one' if signature else 'nothing'}, expected that of the body")

    def decrypt(self, encrypted: str) -> bytes:
        """The message in an encrypted text whose signature is verified. Raises RefusedError (401)."""
        opened = decrypt_cbc(self._key, self._key[:AES_BLOCK], decode(encrypted), CORP_BLOCK)
        start = RANDOM_BYTES + LENGTH_BYTES
        end = start + int.from_bytes(opened[RANDOM_BYTES:start], "big")
        # A message that ends before its own length says has no receive id left, and nothing equals none.
        if not verify.same(opened[end:], self._receive_id):
            raise RefusedError("receive id: got another one, expected that of this installation")
        return opened[start:end]

    def encrypt(self, text: str, timestamp: str, nonce: str) -> dict[str, str]:
        """An encrypted answer: `msg_signature`, `encrypt`, `timeStamp` and `nonce`, as DingTalk names them."""
        message = text.encode()
        whole = os.urandom(RANDOM_BYTES) + len(message).to_bytes(LENGTH_BYTES, "big") + message + self._receive_id
        encrypted = base64.b64encode(encrypt_cbc(self._key, self._key[:AES_BLOCK], whole, CORP_BLOCK)).decode()
        signature = self.signature(timestamp, nonce, encrypted)
        return {"msg_signature": signature, "encrypt": encrypted, "timeStamp": timestamp, "nonce": nonce}


def _key(text: str) -> bytes:
    try:
        # Its last character may carry bits that are not used, which only a lenient decoder takes.
        key = base64.b64decode(f"{text}=") if len(text) == KEY_CHARS else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretUnavailableError(
            f"aes_key: got {len(text)} characters that are no key, expected {KEY_CHARS} letters and digits"
        )
    return key


def _cipher(key: bytes, iv: bytes):
    native.use()
    from Crypto.Cipher import AES

    return AES.new(key, AES.MODE_CBC, iv)


def _unreadable() -> RefusedError:
    return RefusedError("body: got something that cannot be decrypted, expected a text under this installation's key")
