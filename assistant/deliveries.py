"""Threads that send stored replies, in one process: in order per conversation, conversations side by side."""

import collections
import random
import threading
import time
from collections.abc import Callable

from assistant import log
from assistant.outbox import Outbox
from assistant.replies import StoredReply
from assistant.sender import Sender

MOST_ATTEMPTS = 25
"""With the waits between them, about an hour and a half."""
FIRST_WAIT_SECONDS = 2.0
MOST_WAIT_SECONDS = 300.0
SECONDS_FOR_ONE = 60.0


class Deliveries:
    """The outbox is the queue: what is waiting there when the process starts is sent, too."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        *,
        threads: int,
        first_wait_s: float = FIRST_WAIT_SECONDS,
        most_attempts: int = MOST_ATTEMPTS,
    ) -> None:
        self._outbox, self._sender = outbox, sender
        self._first_wait_s, self._most_attempts = first_wait_s, most_attempts
        self._changed = threading.Condition()
        self._ready: collections.deque[str] = collections.deque()
        self._later: list[tuple[float, str]] = []
        self._waiting: dict[str, collections.deque[tuple[StoredReply, int]]] = {}
        self._stopping = False
        self._threads = [threading.Thread(target=self._work, name=f"sender-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Takes up what an earlier process left, and starts sending."""
        left = self._outbox.waiting(100_000)
        for key, message_id in left:
            self.add(StoredReply(key, message_id))
        if left:
            log.event("recovered", replies=len(left))
        for thread in self._threads:
            thread.start()

    def add(self, reply: StoredReply) -> None:
        """Sends a stored reply after those of the same conversation that wait already."""
        with self._changed:
            known = self._waiting.get(reply.key)
            if known is None:
                self._waiting[reply.key] = collections.deque([(reply, 1)])
                self._ready.append(reply.key)
                self._changed.notify()
            else:
                known.append((reply, 1))

    def stop(self, grace_s: float) -> bool:
        """Begins no further reply and waits up to `grace_s` seconds for the ones in work. True when all ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def depth(self) -> int:
        """Replies that are not sent yet."""
        with self._changed:
            return sum(len(waiting) for waiting in self._waiting.values())

    def _work(self) -> None:
        while (key := self._next()) is not None:
            with self._changed:
                reply, attempt = self._waiting[key][0]
            self._after(key, reply, *self._send(reply, attempt))

    def _next(self) -> str | None:
        """A conversation whose first reply may be sent now; no other thread gets it. None: stop."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                due = [key for at, key in self._later if at <= now]
                if due:
                    self._later = [entry for entry in self._later if entry[0] > now]
                    self._ready.extend(due)
                if self._ready:
                    return self._ready.popleft()
                first = min((at for at, _ in self._later), default=now + 60)
                self._changed.wait(max(0.001, first - now))
            return None

    def _send(self, reply: StoredReply, attempt: int) -> tuple[int, float | None]:
        """The next attempt's number, and the seconds until then; None when the reply is done with."""
        last = attempt >= self._most_attempts
        ends = time.monotonic() + SECONDS_FOR_ONE
        with log.bound(correlation=reply.correlation, id=reply.id):
            try:
                left: Callable[[], float] = lambda: ends - time.monotonic()  # noqa: E731
                self._sender.deliver(reply.key, reply.id, last=last, left_s=left)
            except Exception as error:
                if getattr(error, "progressed", False):  # nothing failed: it is long, and others waited too
                    return attempt, float(getattr(error, "wait_s", 0))
                log.failure("not sent", error, attempt=attempt, last=last)
                if last:
                    return attempt, None
                backoff = min(MOST_WAIT_SECONDS, self._first_wait_s * 2 ** (attempt - 1)) * random.uniform(0.75, 1.25)
                return attempt + 1, max(backoff, float(getattr(error, "wait_s", 0)))
        return attempt, None

    def _after(self, key: str, reply: StoredReply, attempt: int, wait_s: float | None) -> None:
        with self._changed:
            waiting = self._waiting[key]
            if wait_s is None:
                waiting.popleft()
                if waiting:
                    self._ready.append(key)
                else:
                    del self._waiting[key]
            else:
                waiting[0] = (reply, attempt)
                self._later.append((time.monotonic() + wait_s, key))
            self._changed.notify()
