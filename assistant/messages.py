"""A message on its way: its identity, its ordering group, and how it is written into the queue."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = 1
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{8,64}")
FIELDS = ("tenant", "channel", "conversation", "id", "text", "at")
ID_EXPECTED = "8 to 64 characters of letters, digits, - and _"


class UnreadableMessageError(ValueError):
    """What came from the queue is not a message; one line that says why."""


@dataclass(frozen=True)
class Message:
    """One message of a person. `id` is made by the client and stays the same when the client sends it again."""

    tenant: str
    channel: str
    conversation: str
    id: str
    text: str
    at: str
    """When it was accepted: ISO 8601, UTC."""

    @property
    def key(self) -> str:
        """The conversation's key in the session store; unique over tenants and channels."""
        return conversation_key(self.tenant, self.channel, self.conversation)

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
        return json.dumps({"v": VERSION, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_body(cls, body: str) -> "Message":
        """Reads `to_body` back. Raises UnreadableMessageError."""
        try:
            read: Any = json.loads(body)
        except (ValueError, RecursionError):
            raise UnreadableMessageError("body: got something that is not JSON, expected a message") from None
        if not isinstance(read, dict) or read.get("v") != VERSION:
            raise UnreadableMessageError(f"v: got another layout, expected a message of version {VERSION}")
        fields: dict[str, Any] = {name: read.get(name) for name in FIELDS}
        for name, value in fields.items():
            if not isinstance(value, str):
                raise UnreadableMessageError(f"{name}: got {type(value).__name__}, expected text")
        return cls(**fields)


def conversation_key(tenant: str, channel: str, conversation: str) -> str:
    """The conversation's key in the session store. None of the parts may contain `#`; their patterns see to it."""
    return f"{tenant}#{channel}#{conversation}"


def now() -> str:
    """The time as messages and turns carry it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
