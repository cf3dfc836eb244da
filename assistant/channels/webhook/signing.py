"""Signatures as Standard Webhooks defines them (`v1`, HMAC-SHA256), made and compared."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.channels import verify
from assistant.secrets import SecretUnavailableError

ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"
ID = re.compile(r"(?!.*\.)[!-~]{1,256}")  # a dot would let another part of what is signed pass for the id
VERSION = "v1,"
PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
MOST_SIGNATURES = 20


@dataclass(frozen=True)
class Signed:
    """What a signature covers."""

    id: str
    timestamp: str
    body: bytes


def signatures(sent: Signed, secrets: str) -> list[str]:
    """One signature for each secret (blanks between them): `v1,` and base64. Raises SecretUnavailableError."""
    content = f"{sent.id}.{sent.timestamp}.".encode() + sent.body
    made = [hmac.new(key, content, hashlib.sha256).digest() for key in _keys(secrets)]
    return [VERSION + base64.b64encode(digest).decode() for digest in made]


def matches(sent: Signed, got: str, secrets: str) -> bool:
    """True when one of the signatures (blanks between them) is that of one of the secrets."""
    expected = signatures(sent, secrets)
    # Compared as text: several texts of base64 stand for the same bytes.
    return any(verify.same(one, right) for one in got.split()[:MOST_SIGNATURES] for right in expected)


def _keys(secrets: str) -> Iterator[bytes]:
    for secret in secrets.split():
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
            expected = f"{PREFIX} and base64 of {LEAST_BYTES} to {MOST_BYTES} bytes"
            raise SecretUnavailableError(f"signing_secret: got something else, expected {expected}")
        yield key
