"""Talks to a deployed assistant over HTTP, as the page and the command line do."""

import time
from dataclasses import dataclass
from typing import Any

import httpx

DEADLINE_SECONDS = 90


@dataclass
class Conversation:
    """One conversation with the assistant at `url`."""

    url: str
    name: str

    def post(self, id: str, text: str) -> httpx.Response:
        """Sends one message."""
        body = {"conversation": self.name, "id": id, "text": text}
        return httpx.post(f"{self.url.rstrip('/')}/web/messages", json=body, timeout=30)

    def turns(self) -> list[dict[str, Any]]:
        """Every turn that was answered so far."""
        answer = httpx.get(
            f"{self.url.rstrip('/')}/web/messages", params={"conversation": self.name, "after": 0}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["turns"]

    def wait(self, count: int, seconds: float = DEADLINE_SECONDS) -> list[dict[str, Any]]:
        """The turns, once there are `count`; fails when the deadline passes first."""
        deadline = time.monotonic() + seconds
        while len(turns := self.turns()) < count:
            assert time.monotonic() < deadline, f"{self.name}: got {len(turns)} replies, expected {count}"
            time.sleep(0.1)
        return turns
