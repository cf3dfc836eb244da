"""Shows people that a reply is on its way, where their channel can."""

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from assistant.channels import load
from assistant.channels.contract import Given
from assistant.messages import Message

FIRST_SECONDS = 1.0  # most replies are there before
EVERY_SECONDS = 4.5  # a shown "typing" lasts about five
AT_ONCE = 4

Working = Callable[[Message], AbstractContextManager[None]]
"""Called with a message; the block makes its reply."""


def silent(message: Message) -> AbstractContextManager[None]:
    """Shows nothing."""
    return nullcontext()


@dataclass(eq=False)
class _Reply:
    """One that is being made."""

    message: Message
    due: float
    shown: "Future[None] | None" = None


class Notice:
    """Calls `Channel.working` while a reply is made. What goes wrong there is of no consequence.

    One thread looks after all replies; it runs while there are any.
    """

    def __init__(
        self, given: Callable[[Message], Given], *, first_s: float = FIRST_SECONDS, every_s: float = EVERY_SECONDS
    ) -> None:
        self._given, self._first_s, self._every_s = given, first_s, every_s
        self._lock = threading.Lock()
        self._replies: set[_Reply] = set()
        self._running = False
        self._pool: ThreadPoolExecutor | None = None

    def __call__(self, message: Message) -> AbstractContextManager[None]:
        """See `Working`."""
        return self._shown(message) if message.address else nullcontext()

    @contextmanager
    def _shown(self, message: Message) -> Generator[None]:
        reply = _Reply(message, time.monotonic() + self._first_s)
        with self._lock:
            self._replies.add(reply)
            if not self._running:
                self._running = True
                threading.Thread(target=self._look, name="notice", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._replies.discard(reply)

    def _look(self) -> None:
        idle = 0
        while True:
            time.sleep(self._first_s / 4)
            now = time.monotonic()
            with self._lock:
                idle = 0 if self._replies else idle + 1
                if idle > 40:  # not after every message: a thread is dearer than a look
                    self._running = False
                    return
                due = [reply for reply in self._replies if reply.due <= now]
            for reply in due:
                if reply.shown is None or reply.shown.done():  # a call that hangs is not made a second time
                    reply.due = now + self._every_s
                    reply.shown = self._calls().submit(self._show, reply)

    def _show(self, reply: _Reply) -> None:
        with self._lock:
            if reply not in self._replies:
                return
        try:
            load(reply.message.channel).working(reply.message.address, self._given(reply.message))
        except Exception:  # it is not tried again for this reply
            with self._lock:
                self._replies.discard(reply)

    def _calls(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notice")
        return self._pool
