"""A message on its way: its identity, its ordering group, and how it is written into the queue."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

VERSION = 2
READABLE = {1, 2}  # 1: before installations, users and addresses; such messages may still wait when this is rolled out
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{8,64}")
ID_EXPECTED = "8 to 64 characters of letters, digits, - and _"
KEY_CHARS = 200
REQUIRED = ("tenant", "channel", "conversation", "id", "text", "at")
OPTIONAL = {"installation": "main", "user": "", "correlation": ""}


class UnreadableMessageError(ValueError):
    """What came from the queue is not a message; one line that says why."""

    safe_to_log = True


@dataclass(frozen=True)
class Message:
    """One message of a person. `id` stays the same when the sender delivers the message again."""

    tenant: str
    channel: str
    conversation: str
    """Of `part_of_key`: never holds `#`."""
    id: str
    text: str
    at: str
    """When it was accepted: ISO 8601, UTC."""
    installation: str = "main"
    user: str = ""
    """Who wrote it, as the channel calls them."""
    correlation: str = ""
    """Ties the log lines of one message together, from ingress to reply."""
    address: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the channel needs to reply. Empty: the person reads the reply by themselves."""

    @property
    def key(self) -> str:
        """The conversation's key in the session store; unique over tenants, channels and installations."""
        return conversation_key(self.tenant, self.channel, self.conversation, self.installation)

    @property
    def group(self) -> str:
        """The ordering group: messages of one group are answered one after another (64 hexadecimal digits)."""
        return _sha256(self.key)

    @property
    def deduplication(self) -> str:
        """Equal for the same message sent again (64 hexadecimal digits)."""
        return _sha256(self.group + self.id)

    def to_body(self) -> str:
        """The queue's text. ASCII only: queues refuse some characters that people may write."""
        return json.dumps({"v": VERSION, **vars(self), "address": dict(self.address)}, separators=(",", ":"))

    @classmethod
    def from_body(cls, body: str) -> "Message":
        """Reads `to_body` back. Raises UnreadableMessageError."""
        try:
            read: Any = json.loads(body)
        except (ValueError, RecursionError):
            raise UnreadableMessageError("body: got something that is not JSON, expected a message") from None
        if not isinstance(read, dict) or read.get("v") not in READABLE:
            raise UnreadableMessageError(f"v: got another layout, expected a message of version {VERSION}")
        fields: dict[str, Any] = {name: read.get(name) for name in REQUIRED}
        fields |= {name: read.get(name, default) for name, default in OPTIONAL.items()}
        for name, value in fields.items():
            if not isinstance(value, str):
                raise UnreadableMessageError(f"{name}: got {type(value).__name__}, expected text")
        address: Any = read.get("address", {})
        if not isinstance(address, dict) or not all(isinstance(value, str) for value in address.values()):
            raise UnreadableMessageError("address: got something else, expected names with texts")
        return cls(**fields, address=address)


def conversation_key(tenant: str, channel: str, conversation: str, installation: str = "main") -> str:
    """The conversation's key in the session store. None of the parts may contain `#`; their patterns see to it."""
    where = channel if installation == "main" else f"{channel}.{installation}"
    return f"{tenant}#{where}#{conversation}"


def part_of_key(text: str) -> str:
    """Any text as a part of a key: percent-encoded, and by its hash where it is long."""
    quoted = quote(text, safe="-_.~:@")
    return quoted if len(quoted) <= KEY_CHARS else f"sha256:{_sha256(text)}"


def new_correlation() -> str:
    """Sixteen hexadecimal digits that no other message has."""
    return secrets.token_hex(8)


def now() -> str:
    """The time as messages and turns carry it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
