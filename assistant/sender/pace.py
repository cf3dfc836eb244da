"""Keeps the messages of one conversation as far apart as its channel wants them."""

import threading
from collections.abc import Callable

MOST_KEPT = 10_000


class Pace:
    """Over all replies of this process. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds and never goes back."""
        self._clock, self._lock = clock, threading.Lock()
        self._free: dict[str, float] = {}

    def wait_s(self, key: str) -> float:
        """Seconds until the conversation may get another message."""
        with self._lock:
            return max(0.0, self._free.get(key, 0.0) - self._clock())

    def took(self, key: str, per_s: float) -> None:
        """Notes a message that is being sent now."""
        with self._lock:
            now = self._clock()
            if len(self._free) >= MOST_KEPT:
                self._free = {known: free for known, free in self._free.items() if free > now}
            self._free[key] = now + 1 / per_s
