"""Reads what Feishu delivers: decrypts it, checks its token, and finds the message in it."""

import hashlib
import json
from typing import Any, cast

from assistant.channels import callback_crypto, verify
from assistant.channels.contract import Answered, Given, Incoming, RefusedError

IV_BYTES = 16
BLOCK = 16
MESSAGE = "im.message.receive_v1"


def opened(body: dict[str, Any], given: Given, clear: bool = False) -> dict[str, Any]:
    """The object inside `encrypt`. Raises RefusedError, also for a body in the clear unless `clear` allows it."""
    encrypted = body.get("encrypt")
    if encrypted is None and clear:
        return body
    if not isinstance(encrypted, str):
        raise RefusedError(f"encrypt: got {type(encrypted).__name__}, expected an encrypted text")
    data = callback_crypto.decode(encrypted)
    key = hashlib.sha256(given.secret("encrypt_key").encode()).digest()
    if len(data) <= IV_BYTES:
        raise RefusedError("encrypt: got too little, expected an encrypted text")
    return verify.read_object(callback_crypto.decrypt_cbc(key, data[:IV_BYTES], data[IV_BYTES:], BLOCK))


def check_token(body: dict[str, Any], given: Given) -> None:
    """Raises RefusedError (401) for a token that is not the verification token."""
    header: Any = body.get("header")
    token = cast("dict[str, Any]", header).get("token") if isinstance(header, dict) else body.get("token")
    if not verify.same(token if isinstance(token, str) else "", given.secret("verification_token")):
        raise RefusedError("token: got another one, expected the verification token")


def event(body: dict[str, Any]) -> Incoming | Answered:
    """The text message in an event of either version; whatever else it holds is left alone. Raises RefusedError."""
    header, said = _object(body, "header"), _object(body, "event")
    if header:
        return _second(header, said) if header.get("event_type") == MESSAGE else Answered()
    return _first(body, said) if said.get("type") == "message" else Answered()


def _second(header: dict[str, Any], said: dict[str, Any]) -> Incoming | Answered:
    sender, message = _object(said, "sender"), _object(said, "message")
    if sender.get("sender_type") != "user" or message.get("message_type") != "text":
        return Answered()  # bots, among them this one; pictures, files, stickers
    text = _shown(message)
    if not text:
        return Answered()
    ids = _object(sender, "sender_id")
    user = next((str(ids[name]) for name in ("open_id", "union_id", "user_id") if ids.get(name)), "")
    chain = message.get("thread_id") or message.get("root_id")
    return _incoming(
        _text(header, "event_id"), _text(message, "chat_id"), _text(message, "message_id"), user, text,
        chain=str(chain or ""), alone=message.get("chat_type") == "p2p",
    )  # fmt: skip


def _first(body: dict[str, Any], said: dict[str, Any]) -> Incoming | Answered:
    text = str(said.get("text_without_at_bot") or said.get("text") or "").strip()
    if said.get("msg_type") != "text" or not text:
        return Answered()
    return _incoming(
        _text(body, "uuid"), _text(said, "open_chat_id"), _text(said, "open_message_id"), _text(said, "open_id"), text,
        chain=str(said.get("root_id") or ""), alone=said.get("chat_type") == "private",
    )  # fmt: skip


def _incoming(id: str, chat: str, message: str, user: str, text: str, *, chain: str, alone: bool) -> Incoming:
    address = {"chat_id": chat}
    if chain or not alone:  # where others may write in between, and where only a reply reaches the topic
        address["reply_to"] = message
    return Incoming(id, f"{chat}:{chain}" if chain else chat, user, text, address)


def _shown(message: dict[str, Any]) -> str:
    """A message's text with names in place of mentions, and without the mention that it begins with."""
    content = _text(message, "content")
    try:
        read: Any = json.loads(content)
        text = str(read["text"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise RefusedError("content: got something else, expected JSON with a text", 400) from None
    listed: Any = message.get("mentions")
    mentions = [cast("dict[str, Any]", one) for one in listed if isinstance(one, dict)] if listed else []
    named = {str(one.get("key")): str(one.get("name") or "") for one in mentions if one.get("key")}
    text = text.strip()
    # Longest first: @_user_1 is also how @_user_10 begins.
    for key in sorted(named, key=len, reverse=True):
        if message.get("chat_type") != "p2p" and text.startswith(key) and not text[len(key) :][:1].isdigit():
            text = text[len(key) :].lstrip()
        text = text.replace(key, f"@{named[key]}")
    # What began as half of a surrogate pair inside the text's own JSON is not caught by the outer one.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()


def _object(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"{name}: got {type(value).__name__}, expected a text", 400)
    return value
