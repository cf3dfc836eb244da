"""Proves that a request is DingTalk's: the signature of messages, and the encryption of events."""

import base64
import hashlib
import hmac

from assistant.channels import verify
from assistant.channels.callback_crypto import CorpCipher
from assistant.channels.contract import Answered, Given, RefusedError
from assistant.routing import Request, as_json

WINDOW_MS = 3_600_000


def signed(request: Request, given: Given) -> None:
    """Raises RefusedError unless the headers carry the app's signature over a time less than an hour away."""
    sent, sign = verify.required(request.headers, "timestamp"), verify.required(request.headers, "sign")
    at_ms = verify.timestamp(sent, "timestamp")
    # Compared as text: several texts of base64 stand for the same bytes.
    if not verify.same(sign, signature(sent, given.secret("app_secret"))):
        raise RefusedError("sign: got another value, expected the app's signature")
    _fresh(at_ms, given)


def signature(timestamp: str, app_secret: str) -> str:
    """What DingTalk sends as `sign`: base64 of HMAC-SHA256 over the time and the secret."""
    digest = hmac.new(app_secret.encode(), f"{timestamp}\n{app_secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def event(request: Request, given: Given) -> Answered:
    """The answer to an encrypted event: that it was received. Raises RefusedError."""
    sign = request.parameter("msg_signature") or request.parameter("signature") or ""
    sent, nonce = request.parameter("timestamp") or "", request.parameter("nonce") or ""
    at_ms = verify.timestamp(sent, "timestamp")
    encrypted = verify.read_object(request.body).get("encrypt")
    if not isinstance(encrypted, str) or not encrypted:
        raise RefusedError("encrypt: got nothing, expected an encrypted event")
    _cipher(given, given.option("app_key")).verify(sign, sent, nonce, encrypted)
    _fresh(at_ms, given)
    cipher, read = opened(encrypted, given)
    verify.read_object(read)
    # Every event is answered like the trial call, for one that is not answered comes again.
    return Answered(as_json(200, cipher.encrypt("success", sent, nonce)))


def opened(encrypted: str, given: Given) -> tuple[CorpCipher, bytes]:
    """What is in an encrypted body, and the cipher that opened it. Raises RefusedError."""
    # An event is meant for the app, or for the whole organisation, by how it was subscribed to.
    cipher = _cipher(given, given.option("app_key"))
    try:
        return cipher, cipher.decrypt(encrypted)
    except RefusedError:
        cipher = _cipher(given, given.option("corp_id"))
        return cipher, cipher.decrypt(encrypted)


def _cipher(given: Given, receive_id: str) -> CorpCipher:
    secrets = given.installation.secrets
    if "aes_key" not in secrets or "token" not in secrets:
        raise RefusedError("encrypt: got an encrypted body, expected none: aes_key and token are not both set")
    return CorpCipher(given.secret("token"), given.secret("aes_key"), receive_id)


def _fresh(at_ms: int, given: Given) -> None:
    if abs(given.now() * 1000 - at_ms) >= WINDOW_MS:
        raise RefusedError("timestamp: got one that is an hour away or more, expected less")
