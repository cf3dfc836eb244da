"""Replies as they come within one process: threads that answer publish, streams of pages subscribe."""

import asyncio
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from assistant import streaming
from assistant.models import Progress
from assistant.streaming import Event

MOST_EVENTS = 256
MOST_CHARS = 500_000
MOST_SUBSCRIBERS = 2000
MOST_PER_CONVERSATION = 16


class EndedError(Exception):
    """The subscription has ended; the reader is to come again."""


class FullError(Exception):
    """There are as many subscriptions as there may be."""


class Subscription:
    """What one reader is still to be told. Read in the event loop that made it, written from any thread."""

    def __init__(self) -> None:
        self._loop, self._ready = asyncio.get_running_loop(), asyncio.Event()
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._chars = 0
        self._ended = False

    async def next(self, timeout_s: float) -> Event | None:
        """The next event, or None when there is none for `timeout_s` seconds. Raises EndedError."""
        while True:
            with self._lock:
                if self._ended:
                    raise EndedError
                if self._events:
                    event = self._events.popleft()
                    self._chars -= _chars(event)
                    return event
                self._ready.clear()  # here and not after taking: an event that was taken may still be announced
            try:
                await asyncio.wait_for(self._ready.wait(), timeout_s)
            except TimeoutError:
                return None

    def put(self, event: Event) -> bool:
        """Adds an event; False, and the subscription has ended, when the reader is too slow for it."""
        with self._lock:
            self._chars += _chars(event)
            if not self._joined(event):
                self._events.append(dict(event))
            if len(self._events) > MOST_EVENTS or self._chars > MOST_CHARS:
                self._ended = True
            ended = self._ended
        return self._wake() and not ended

    def end(self) -> None:
        """Ends it; what it still holds is not read any more."""
        with self._lock:
            self._ended = True
        self._wake()

    def _joined(self, event: Event) -> bool:
        """Joins two pieces of one reply, so that quick models do not fill the buffer."""
        last = self._events[-1] if self._events else {}
        if "delta" not in event or "delta" not in last or last["id"] != event["id"] or not event["offset"]:
            return False
        last["delta"] = f"{last['delta']}{event['delta']}"
        return True

    def _wake(self) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._ready.set)
        except RuntimeError:  # the loop is closed, and its readers with it
            return False
        return True


@dataclass
class _Running:
    """The reply to one message so far."""

    pieces: list[str] = field(default_factory=list[str])
    chars: int = 0


class Broker:
    """The `Publisher` of one process; keeps what running replies have said so far, for those who come later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, dict[str, _Running]] = {}
        self._readers: dict[str, set[Subscription]] = {}
        self._count = 0

    def progress(self, key: str, message_id: str) -> Progress | None:
        """See `Publisher`. What an earlier attempt said is void."""
        if not streaming.readable(key):
            return None
        told = _Told(self, key, message_id)
        told.restart()
        return told

    def done(self, key: str, message_id: str, n: int) -> None:
        """See `Publisher`."""
        with self._lock:
            self._forget(key, message_id)
            self._publish(key, streaming.done(message_id, n))

    def text(self, key: str, message_id: str, more: str) -> None:
        """The next piece of a reply."""
        with self._lock:
            running = self._running.setdefault(key, {}).setdefault(message_id, _Running())
            self._publish(key, streaming.delta(message_id, running.chars, more))
            running.pieces.append(more)
            running.chars += len(more)

    def restart(self, key: str, message_id: str) -> None:
        """The reply begins anew; nobody is told when there were no pieces."""
        with self._lock:
            if self._forget(key, message_id):
                self._publish(key, streaming.restart(message_id))

    @contextmanager
    def subscribe(self, key: str) -> Generator[Subscription]:
        """A subscription that begins with what the conversation's running replies have said. Raises FullError."""
        made = Subscription()
        with self._lock:
            readers = self._readers.get(key, set())
            if self._count >= MOST_SUBSCRIBERS or len(readers) >= MOST_PER_CONVERSATION:
                raise FullError
            self._readers[key] = readers | {made}
            self._count += 1
            for message_id, running in self._running.get(key, {}).items():
                made.put(streaming.delta(message_id, 0, "".join(running.pieces)))
        try:
            yield made
        finally:
            with self._lock:
                self._drop(key, made)

    def disconnect(self) -> None:
        """Ends every subscription, so that a server that stops need not wait for them. Readers come again."""
        with self._lock:
            for readers in self._readers.values():
                for reader in readers:
                    reader.end()

    @property
    def subscribers(self) -> int:
        """How many read along."""
        return self._count

    def _publish(self, key: str, event: Event) -> None:
        for reader in self._readers.get(key, set()):
            if not reader.put(event):
                self._drop(key, reader)

    def _drop(self, key: str, reader: Subscription) -> None:
        readers = self._readers.get(key, set())
        if reader in readers:
            self._count -= 1
            self._readers[key] = readers - {reader}
        if not self._readers.get(key):
            self._readers.pop(key, None)

    def _forget(self, key: str, message_id: str) -> bool:
        running = self._running.get(key, {})
        known = running.pop(message_id, None)
        if not running:
            self._running.pop(key, None)
        return known is not None


class _Told:
    """The `Progress` of one reply."""

    def __init__(self, broker: Broker, key: str, message_id: str) -> None:
        self._broker, self._key, self._id = broker, key, message_id

    def text(self, more: str) -> None:
        self._broker.text(self._key, self._id, more)

    def restart(self) -> None:
        self._broker.restart(self._key, self._id)


def _chars(event: Event) -> int:
    return len(str(event.get("delta", "")))
