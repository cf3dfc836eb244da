"""Access tokens of providers, kept until shortly before they expire."""

import threading
import time
from collections.abc import Callable

MOST_MARGIN_SECONDS = 300.0


class TokenCache:
    """The `Tokens` protocol. Threads that need the same token wait for one fetch."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._fetching: dict[str, threading.Lock] = {}
        self._kept: dict[str, tuple[str, float]] = {}

    def get(self, key: str, fetch: Callable[[], tuple[str, float]]) -> str:
        """See `Tokens`. A token counts as expired 5 minutes, or a tenth of its life, before its end."""
        if (token := self._valid(key)) is not None:
            return token
        with self._lock:
            fetching = self._fetching.setdefault(key, threading.Lock())
        with fetching:
            if (token := self._valid(key)) is not None:
                return token
            asked = self._clock()  # the life is counted from before the call, which may take its time
            token, life_s = fetch()
            with self._lock:
                self._kept[key] = (token, asked + life_s - min(MOST_MARGIN_SECONDS, life_s / 10))
            return token

    def drop(self, key: str) -> None:
        """See `Tokens`."""
        with self._lock:
            self._kept.pop(key, None)

    def _valid(self, key: str) -> str | None:
        with self._lock:
            kept = self._kept.get(key)
        return kept[0] if kept and self._clock() < kept[1] else None
