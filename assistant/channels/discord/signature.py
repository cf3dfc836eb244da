"""Proves that a request is Discord's: an Ed25519 signature over the time and the exact body."""

import re
from functools import lru_cache
from typing import Any

from assistant import native
from assistant.channels import verify
from assistant.channels.contract import RefusedError
from assistant.routing import Request

SIGNATURE_HEADER = "x-signature-ed25519"
TIMESTAMP_HEADER = "x-signature-timestamp"
# `bytes.fromhex` alone would take blanks, too
SIGNATURE = re.compile(r"[0-9a-fA-F]{128}")
PUBLIC_KEY = re.compile(r"[0-9a-fA-F]{64}")


def verified(request: Request, public_key: str) -> int:
    """The signed time, in seconds since 1970. `public_key`: 64 hexadecimal digits. Raises RefusedError (401)."""
    signature = verify.required(request.headers, SIGNATURE_HEADER)
    timestamp = verify.required(request.headers, TIMESTAMP_HEADER)
    at = verify.timestamp(timestamp, TIMESTAMP_HEADER)
    if not SIGNATURE.fullmatch(signature):
        raise RefusedError(f"{SIGNATURE_HEADER}: got something else, expected 128 hexadecimal digits")
    verifier = _verifier(public_key)
    try:
        verifier.verify(timestamp.encode() + request.body, bytes.fromhex(signature))
    except ValueError:
        raise RefusedError(f"{SIGNATURE_HEADER}: got another value, expected the application's signature") from None
    return at


@lru_cache(maxsize=64)
def _verifier(public_key: str) -> Any:
    native.use()
    from Crypto.Signature import eddsa  # only this channel needs it

    refused = RefusedError("public_key: got something else, expected the 64 hexadecimal digits that Discord shows")
    if not PUBLIC_KEY.fullmatch(public_key):
        raise refused
    try:
        return eddsa.new(eddsa.import_public_key(bytes.fromhex(public_key)), "rfc8032")
    except ValueError:  # not a point of the curve
        raise refused from None
