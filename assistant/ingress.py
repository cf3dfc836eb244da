"""Ingress: checks a message, enqueues it durably, and only then acknowledges it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from assistant import log
from assistant.messages import ID_EXPECTED, ID_PATTERN, Message, now
from assistant.routing import Response, Services, as_json, error

BYTES_PER_CHAR = 12  # the most that JSON needs for one character: two \\uXXXX escapes
ENVELOPE_BYTES = 4096


class RejectedError(ValueError):
    """The request is wrong; the text is the one line that the client gets."""

    def __init__(self, line: str, status: int = 400) -> None:
        super().__init__(line)
        self.status = status


def size_limit(max_text_chars: int) -> int:
    """Most bytes of a request's body."""
    return BYTES_PER_CHAR * max_text_chars + ENVELOPE_BYTES


def read_object(body: bytes, limit: int) -> Mapping[str, Any]:
    """The JSON object in a body of at most `limit` bytes. Raises RejectedError."""
    if len(body) > limit:
        raise RejectedError(f"body: got more than {limit} bytes, expected at most {limit}; send a shorter text", 413)
    try:
        read: Any = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise RejectedError("body: got bytes that are not UTF-8, expected a JSON object") from None
    except (ValueError, RecursionError):
        raise RejectedError("body: got something that is not JSON, expected a JSON object") from None
    if not isinstance(read, dict):
        raise RejectedError(f"body: got {_kind(read)}, expected a JSON object")
    return read


def identifier(name: str, value: Any) -> str:
    """A conversation's or a message's id. Raises RejectedError."""
    if value is None or value == "":
        raise RejectedError(f"{name}: got nothing, expected {ID_EXPECTED}")
    if not isinstance(value, str):
        raise RejectedError(f"{name}: got {_kind(value)}, expected {ID_EXPECTED}")
    if not ID_PATTERN.fullmatch(value):
        fault = f"{len(value)} characters" if not 8 <= len(value) <= 64 else "a character that is not allowed"
        raise RejectedError(f"{name}: got {fault}, expected {ID_EXPECTED}")
    return value


def message_text(value: Any, most: int) -> str:
    """A message's text. Raises RejectedError."""
    expected = f"text of 1 to {most} characters"
    if value is None:
        raise RejectedError(f"text: got nothing, expected {expected}")
    if not isinstance(value, str):
        raise RejectedError(f"text: got {_kind(value)}, expected {expected}")
    if len(value) > most:
        raise RejectedError(f"text: got {len(value)} characters, expected at most {most}; send it in parts", 413)
    if re.search("[\ud800-\udfff]", value):
        raise RejectedError("text: got half of a surrogate pair, expected valid Unicode")
    if not value.strip():
        raise RejectedError(f"text: got nothing but blanks, expected {expected}")
    return value


def accept(channel: str, conversation: str, message_id: str, text: str, services: Services) -> Response:
    """Enqueues a checked message: 202 when it is stored durably (also the second time), else 503 with Retry-After."""
    message = Message(services.config.tenant, channel, conversation, message_id, text, now())
    try:
        services.queue.send(message)
    except Exception as failed:  # whatever it is, the message is not known to be stored, so it is not acknowledged
        log.failure("not enqueued", failed, channel=channel, conversation=message.group[:12], id=message_id)
        return error(503, "the message could not be accepted for a moment, please send it again with the same id")
    log.event("accepted", channel=channel, conversation=message.group[:12], id=message_id, chars=len(text))
    return as_json(202, {"id": message_id, "status": "accepted"})


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
