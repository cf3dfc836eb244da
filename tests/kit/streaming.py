"""Parts for tests of replies as they come: stored turns, API Gateway's side of connections, what a page makes of it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from assistant.channels.contract import Installation
from assistant.channels.given import Installed
from assistant.channels.web import key, tokens
from assistant.sessions import Recent, Seen, Turn
from tests.kit.assistant_parts import Clock

KEY = "default#web#conversation-1"
DONE = {"id": "message-1", "done": True, "n": 1}
NOW = 1_700_000_000


class Stored:
    """Sessions of one conversation, in memory."""

    def __init__(self, *replies: str) -> None:
        self.kept = [self._turn(n, reply) for n, reply in enumerate(replies, 1)]

    def _turn(self, n: int, reply: str) -> Turn:
        return Turn(f"message-{n}", f"text {n}", reply, "2026-01-01T00:00:00.000Z", False, n=n)

    def add(self, reply: str) -> None:
        self.kept.append(self._turn(len(self.kept) + 1, reply))

    def turns(self, key: str, after: int) -> list[Turn]:
        return [turn for turn in self.kept if turn.n > after][:2] if key == KEY else []

    def seen(self, key: str, message_id: str) -> Seen | None:
        return next((Seen(turn.n, turn.error) for turn in self.kept if turn.id == message_id), None)

    def recent(self, key: str, limit: int) -> Recent:
        return Recent((), len(self.kept))


def text_of(events: list[Any], message_id: str = "message-1") -> str:
    """The reply as a page puts it together; fails when a piece is missing or comes twice."""
    text = ""
    for event in events:
        if event.get("id") == message_id and "delta" in event:
            assert event["offset"] in (0, len(text))
            text = (text if event["offset"] else "") + event["delta"]
        elif event.get("id") == message_id and "restart" in event:
            text = ""
    return text


class Api:
    """API Gateway's side of connections."""

    def __init__(self) -> None:
        self.said: dict[str, list[Any]] = {}
        self.closed: list[str] = []
        self.gone: set[str] = set()
        self.broken: set[str] = set()
        self.exceptions = SimpleNamespace(GoneException=FileNotFoundError)

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        assert len(Data) <= 32 * 1024
        if ConnectionId in self.gone:
            raise FileNotFoundError
        if ConnectionId in self.broken:
            raise TimeoutError("slow")
        self.said.setdefault(ConnectionId, []).append(json.loads(Data))

    def delete_connection(self, ConnectionId: str) -> None:  # noqa: N803
        self.closed.append(ConnectionId)


class Table:
    """Connections of one conversation, in memory."""

    def __init__(self, *ids: str) -> None:
        self.ids, self.removed, self.asked = list(ids), list[str](), 0

    def of(self, key: str) -> list[str]:
        self.asked += 1
        return list(self.ids)

    def remove(self, connection: str) -> None:
        self.removed.append(connection)
        self.ids.remove(connection)


def installed(folder: Path, **options: str) -> Installed:
    """A web installation with a key of its own and a clock that stands still."""
    installation = Installation("web", secrets={"token_key": f"file:{folder / 'key'}"}, options=options)
    return Installed(installation, None, None, Clock(NOW))  # type: ignore[arg-type]


def token(given: Installed, cid: str = "conversation-1") -> str:
    """A token of that conversation."""
    return tokens.issue(key.of(given), cid, cid, given.now())
