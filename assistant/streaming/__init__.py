"""Replies as they come: who tells the pieces of a reply, and what they look like on their way to the page.

Events are JSON objects. `offset` counts characters (code points) of the reply, from 0.

    {"id", "offset", "delta"}      the next piece; offset 0 begins anew
    {"id", "restart": true}        the pieces so far are void
    {"id", "done": true, "n"}      the reply is stored, as turn n
    {"ready": true, "n"}           the stream is open; n is the last stored turn (WebSocket)
    {"turn": {...}}                a stored turn (server-sent events)
"""

from typing import Protocol

from assistant.models import Progress

Event = dict[str, object]


class Publisher(Protocol):
    """Tells whoever reads along. Safe to use from several threads; never raises and never makes a reply fail."""

    def progress(self, key: str, message_id: str) -> Progress | None:
        """What the reply is told to while it comes; None when nobody can read along. `key` is `Message.key`."""
        ...

    def done(self, key: str, message_id: str, n: int) -> None:
        """The reply is stored as turn `n`."""
        ...


class Silent:
    """The `Publisher` that tells nobody."""

    def progress(self, key: str, message_id: str) -> Progress | None:
        """See `Publisher`."""
        return None

    def done(self, key: str, message_id: str, n: int) -> None:
        """See `Publisher`."""


SILENT: Publisher = Silent()


def readable(key: str) -> bool:
    """Whether the conversation is one that people read along: one of the web channel."""
    return key.split("#")[1].partition(".")[0] == "web"


def delta(message_id: str, offset: int, more: str) -> Event:
    """The next piece of a reply."""
    return {"id": message_id, "offset": offset, "delta": more}


def restart(message_id: str) -> Event:
    """The pieces so far are void."""
    return {"id": message_id, "restart": True}


def done(message_id: str, n: int) -> Event:
    """The reply is stored."""
    return {"id": message_id, "done": True, "n": n}
