"""An open-loop load generator on loopback: requests leave on schedule, whether or not earlier ones were answered.

The time of a message counts from when it was due, so that a stalled server cannot hide its stall by being asked less.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MOST_CONNECTIONS = 256
OK = b'{"ok":true,"result":{"message_id":1}}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(OK), OK)


@dataclass
class Run:
    """What happened to every message: when it was due, acknowledged and answered (seconds of one clock)."""

    due: dict[str, float] = field(default_factory=dict[str, float])
    acknowledged: dict[str, float] = field(default_factory=dict[str, float])
    answered: dict[str, float] = field(default_factory=dict[str, float])
    refused: int = 0
    twice: int = 0

    def latencies(self) -> list[float]:
        """Seconds from due to answered, sorted."""
        return sorted(self.answered[key] - due for key, due in self.due.items() if key in self.answered)

    @property
    def lost(self) -> int:
        """Messages that were acknowledged and never answered."""
        return len(self.acknowledged.keys() - self.answered.keys())


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the values are; infinite when there is none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


class Provider(asyncio.Protocol):
    """A provider's API that takes every message and notes when."""

    def __init__(self, run: Callable[[], Run]) -> None:
        self._run, self._read = run, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answers every whole request in what has been read."""
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            length = _length(self._read[:end])
            if len(self._read) < end + 4 + length:
                return
            body, self._read = self._read[end + 4 : end + 4 + length], self._read[end + 4 + length :]
            self._transport.write(ANSWER)
            self._note(json.loads(body)["text"].removeprefix("echo: "))

    def _note(self, key: str) -> None:
        run = self._run()
        if key in run.answered:
            run.twice += 1
        run.answered.setdefault(key, time.perf_counter())


class Client(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, done: Callable[[Client, str, int], None]) -> None:
        self._done, self._read, self._key = done, b"", ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def send(self, key: str, request: bytes) -> None:
        """Sends one request."""
        self._key = key
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Tells the status once the answer is whole."""
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end >= 0 and len(self._read) >= end + 4 + _length(self._read[:end]):
            status, self._read = int(self._read[9:12]), b""
            self._done(self, self._key, status)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def drive(port: int, rate: float, seconds: float, make: Callable[[int], tuple[str, bytes]], run: Run) -> None:
    """Sends `rate` requests per second for `seconds`, then waits until they are answered, at most ten seconds more."""
    loop = asyncio.get_running_loop()
    idle: deque[Client] = deque()
    waiting: deque[tuple[str, bytes]] = deque()
    opened = 0

    def done(client: Client, key: str, status: int) -> None:
        if status < 300:
            run.acknowledged[key] = time.perf_counter()
        else:
            run.refused += 1
        if waiting:
            client.send(*waiting.popleft())
        else:
            idle.append(client)

    for _ in range(32):
        idle.append((await loop.create_connection(lambda: Client(done), "127.0.0.1", port))[1])
        opened += 1
    start, total = time.perf_counter() + 0.1, int(rate * seconds)
    for number in range(total):
        due = start + number / rate
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        key, request = make(number)
        run.due[key] = due
        if not idle and opened < MOST_CONNECTIONS:
            idle.append((await loop.create_connection(lambda: Client(done), "127.0.0.1", port))[1])
            opened += 1
        if idle:
            idle.popleft().send(key, request)
        else:
            waiting.append((key, request))
    deadline = time.perf_counter() + 10
    while len(run.answered) + run.refused < total and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
