"""A stored reply on its way to the sender: which one it is, never its text."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from assistant.messages import Message, UnreadableMessageError

VERSION = 1


@dataclass(frozen=True)
class StoredReply:
    """Where the outbox has the reply."""

    key: str
    """The conversation's key."""
    id: str
    """The message's id."""
    error: bool = False
    """True for the apology after a failure: the reply that may take its place later is another one to send."""
    correlation: str = ""

    @classmethod
    def of(cls, message: Message, error: bool) -> "StoredReply":
        """The reply to a message."""
        return cls(message.key, message.id, error, message.correlation)

    @property
    def group(self) -> str:
        """The ordering group: the conversation (64 hexadecimal digits)."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def deduplication(self) -> str:
        """Equal for the same reply handed on again (64 hexadecimal digits)."""
        return hashlib.sha256(f"{self.key}\0{self.id}\0{self.error}".encode()).hexdigest()

    def to_body(self) -> str:
        """The queue's text."""
        fields = {"v": VERSION, "key": self.key, "id": self.id, "error": self.error, "correlation": self.correlation}
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_body(cls, body: str) -> "StoredReply":
        """Reads `to_body` back. Raises UnreadableMessageError."""
        try:
            read: Any = json.loads(body)
            if read["v"] != VERSION:
                raise ValueError
            return cls(str(read["key"]), str(read["id"]), bool(read["error"]), str(read.get("correlation", "")))
        except (ValueError, LookupError, TypeError, RecursionError):
            raise UnreadableMessageError(
                f"body: got something else, expected a stored reply of version {VERSION}"
            ) from None
