"""A small HTTP server's answers for tests of the client: faults first, then what the assistant would say."""

import json
from collections.abc import Iterator
from typing import Any

import httpx


class Answers:
    """Answers as the assistant does, after the given faults."""

    def __init__(
        self, *faults: Any, error: bool = False, turns_after: int = 2, stream: Iterator[bytes] | None = None
    ) -> None:
        self.faults, self.error, self.turns_after, self.stream = list(faults), error, turns_after, stream
        self.posted: list[dict[str, str]] = []
        self.asked: list[dict[str, str]] = []
        self.refused: set[str] = set()
        self.paths: set[str] = set()
        self.streamed = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.add(request.url.path)
        assert not request.url.query or b"token" not in request.url.query
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        if request.url.path.endswith("/session"):
            return self.session(json.loads(request.content))
        if request.headers["authorization"] in self.refused:
            return httpx.Response(401, json={"error": "token: got one that has expired"})
        if request.url.path.endswith("/events"):
            self.streamed += 1
            return httpx.Response(200, content=self.stream)
        if request.method == "POST":
            self.posted.append(json.loads(request.content))
            return httpx.Response(202, json={"id": self.posted[-1]["id"], "status": "accepted"})
        self.turns_after -= 1
        if self.turns_after > 0:
            return httpx.Response(200, json={"turns": []})
        turn = {"n": 1, "id": self.posted[-1]["id"], "text": "hi", "reply": "hello", "error": self.error, "at": ""}
        return httpx.Response(200, json={"turns": [{**turn, "id": "an-other", "reply": "no"}, {**turn, "n": 2}]})

    def session(self, asked: dict[str, str]) -> httpx.Response:
        self.asked.append(asked)
        number = len(self.asked)
        given = {
            "token": f"short-{number}", "expires_in": 900, "refresh": f"long-{number}", "conversation": "c",
            "stream": {"kind": "sse", "url": "events"} if self.stream is not None else None,
        }  # fmt: skip
        return httpx.Response(200, json=given)
