"""Several caches as one: the fastest is asked first, and learns what a slower one knew."""

import threading
import time
from collections.abc import Callable, Sequence

from assistant import log, metrics
from assistant.cache import Cache

REST_SECONDS = 5.0
LEARNT_SECONDS = 60.0
"""A tier keeps what it learns from a slower one no longer than this: that one alone knows when the reply expires."""

Tier = tuple[str, Cache]


class TieredCache:
    """The `Cache` protocol over tiers, fastest first. Never raises; a tier that fails is a miss and rests a while."""

    def __init__(self, tiers: Sequence[Tier], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tiers, self._clock = tuple(tiers), clock
        self._lock = threading.Lock()
        self._rests_until: dict[str, float] = {}

    def get(self, key: str) -> str | None:
        """See `Cache`. Counts a hit, a miss or an error for each tier that is asked."""
        for place, (name, cache) in enumerate(self._tiers):
            if self._rests(name):
                continue
            try:
                text = cache.get(key)
            except Exception as failed:
                self._failed(name, failed)
                continue
            metrics.count("assistant_cache_lookups_total", tier=name, outcome="miss" if text is None else "hit")
            if text is not None:
                self._put(self._tiers[:place], key, text, LEARNT_SECONDS)
                return text
        return None

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """See `Cache`."""
        self._put(self._tiers, key, text, ttl_s)

    def _put(self, tiers: Sequence[Tier], key: str, text: str, ttl_s: float) -> None:
        for name, cache in tiers:
            if not self._rests(name):
                try:
                    cache.put(key, text, ttl_s)
                except Exception as failed:
                    self._failed(name, failed)

    def _rests(self, name: str) -> bool:
        with self._lock:
            return self._rests_until.get(name, 0) > self._clock()

    def _failed(self, name: str, failed: Exception) -> None:
        metrics.count("assistant_cache_lookups_total", tier=name, outcome="error")
        log.failure("a cache is left alone for a moment", failed, tier=name)
        with self._lock:  # otherwise every reply would wait for its timeout
            self._rests_until[name] = self._clock() + REST_SECONDS
