"""Tells the pieces of one reply to whoever reads along by then: batched, in order, and each piece once."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant import log, streaming
from assistant.streaming import Event

PIECE_CHARS = 2600  # at most six bytes each as JSON: below 16 KB; a connection takes 32 KB in one frame
IDLE_SECONDS = 30.0  # whoever comes while the model pauses is told what it has said
FINISH_SECONDS = 3.0

Post = Callable[[str, str], None]
"""Posts a text to a connection. Raises GoneError when the connection is closed, anything else when it failed."""


class GoneError(Exception):
    """The connection is closed."""


@dataclass
class _Reader:
    """How far one connection has been told."""

    attempt: int
    chars: int = 0


class Relay:
    """The `Progress` of one reply. A thread of its own posts, so that slow connections do not slow the model."""

    def __init__(
        self, message_id: str, connections: Callable[[], Sequence[str]], post: Post, remove: Callable[[str], None], *,
        batch_s: float, refresh_s: float,
    ) -> None:  # fmt: skip
        """`connections` is asked at most once in `refresh_s` seconds; pieces of `batch_s` seconds go out together."""
        self._id, self._connections, self._post, self._remove = message_id, connections, post, remove
        self._batch_s, self._refresh_s = batch_s, refresh_s
        self._state = threading.Condition()
        self._pieces: list[str] = []
        self._attempt = 0
        self._working = False
        self._stopped = False
        self._version = 0  # counts what was said, to know whether anything is new
        self._sending = threading.Lock()  # held while posting, so that pieces stay in order
        self._readers: dict[str, _Reader] = {}
        self._known: Sequence[str] = ()
        self._asked = float("-inf")
        self._given_up: set[str] = set()

    def text(self, more: str) -> None:
        """See `Progress`."""
        with self._state:
            self._pieces.append(more)
            self._work()

    def restart(self) -> None:
        """See `Progress`."""
        with self._state:
            self._pieces.clear()
            self._attempt += 1
            self._work()

    def stop(self) -> None:
        """Posts nothing more."""
        with self._state:
            self._stopped = True
            self._state.notify_all()

    def finish(self, n: int) -> None:
        """Posts what is left, and that the reply is stored as turn `n`. Gives up after a few seconds."""
        self.stop()
        ends = time.monotonic() + FINISH_SECONDS
        if not self._sending.acquire(timeout=FINISH_SECONDS):
            return  # pages ask for the turns by themselves now and then
        try:
            self._flush()
            for connection in self._known:
                if time.monotonic() < ends:
                    self._tell(connection, streaming.done(self._id, n))
        finally:
            self._sending.release()

    def _work(self) -> None:
        self._version += 1
        if not self._working and not self._stopped:
            self._working = True
            threading.Thread(target=self._run, name="relay", daemon=True).start()

    def _run(self) -> None:
        version, changed = -1, time.monotonic()
        while True:
            with self._sending:
                if self._stopped:
                    return
                self._flush()
            with self._state:
                if self._state.wait_for(lambda: self._stopped, self._batch_s):
                    return
                if version != self._version:
                    version, changed = self._version, time.monotonic()
                elif time.monotonic() - changed > IDLE_SECONDS:  # the attempt failed, or the model takes its time
                    self._working = False
                    return

    def _flush(self) -> None:
        """Brings every connection up to what the reply says by now."""
        self._refresh()
        with self._state:
            text, attempt = "".join(self._pieces), self._attempt
        for connection in self._known:
            reader = self._readers.get(connection)
            if reader is None:
                reader = self._readers[connection] = _Reader(attempt)
            if reader.attempt != attempt:
                told, reader.attempt, reader.chars = reader.chars, attempt, 0
                if told:
                    self._tell(connection, streaming.restart(self._id))
            for start in range(reader.chars, len(text), PIECE_CHARS):
                self._tell(connection, streaming.delta(self._id, start, text[start : start + PIECE_CHARS]))
            reader.chars = len(text)

    def _refresh(self) -> None:
        if time.monotonic() - self._asked < self._refresh_s:
            return
        self._asked = time.monotonic()
        try:
            self._known = self._connections()
        except Exception as failed:
            log.failure("connections cannot be read", failed)

    def _tell(self, connection: str, event: Event) -> None:
        if connection in self._given_up:
            return
        try:
            self._post(connection, json.dumps(event, ensure_ascii=False))
        except GoneError:
            self._given_up.add(connection)
            try:
                self._remove(connection)
            except Exception as failed:  # it expires by itself
                log.failure("a closed connection cannot be removed", failed)
        except Exception as failed:  # a gap would be shown, so it gets the whole reply from its session instead
            self._given_up.add(connection)
            log.failure("a connection cannot be told", failed)
