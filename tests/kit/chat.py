"""Talks to a deployed assistant over HTTP, as the page and the command line do."""

import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

DEADLINE_SECONDS = 90
MARGIN_SECONDS = 60.0

_lock = threading.Lock()
_sessions: dict[tuple[str, str], "Session"] = {}


class Session:
    """A conversation's tokens, renewed before they end."""

    def __init__(self, url: str) -> None:
        self._url, self._lock = f"{url.rstrip('/')}/web/session", threading.Lock()
        self._refresh, self._token, self._until = "", "", 0.0
        self.conversation = ""

    @property
    def headers(self) -> dict[str, str]:
        """What a request of the conversation carries."""
        with self._lock:
            if time.monotonic() > self._until:
                answer = httpx.post(self._url, json={"refresh": self._refresh} if self._refresh else {}, timeout=30)
                assert answer.status_code == 200, answer.text
                given = answer.json()
                self._refresh, self._token, self.conversation = given["refresh"], given["token"], given["conversation"]
                self._until = time.monotonic() + given["expires_in"] - MARGIN_SECONDS
            return {"authorization": f"Bearer {self._token}"}


@dataclass
class Conversation:
    """One conversation with the assistant at `url`: the same for the same name."""

    url: str
    name: str

    @property
    def session(self) -> Session:
        """Its tokens."""
        with _lock:
            return _sessions.setdefault((self.url, self.name), Session(self.url))

    def post(self, id: str, text: str) -> httpx.Response:
        """Sends one message."""
        address = f"{self.url.rstrip('/')}/web/messages"
        return httpx.post(address, json={"id": id, "text": text}, headers=self.session.headers, timeout=30)

    def turns(self) -> list[dict[str, Any]]:
        """Every turn that was answered so far."""
        address = f"{self.url.rstrip('/')}/web/messages"
        answer = httpx.get(address, params={"after": 0}, headers=self.session.headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["turns"]

    def wait(self, count: int, seconds: float = DEADLINE_SECONDS) -> list[dict[str, Any]]:
        """The turns, once there are `count`; fails when the deadline passes first."""
        deadline = time.monotonic() + seconds
        while len(turns := self.turns()) < count:
            assert time.monotonic() < deadline, f"{self.name}: got {len(turns)} replies, expected {count}"
            time.sleep(0.1)
        return turns
