"""Replies in the memory of this process: the least recently used leave first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

ENTRY_BYTES = 300  # what an entry takes besides its text


class MemoryCache:
    """The `Cache` protocol, bounded by entries and by bytes. Safe to use from several threads."""

    def __init__(
        self, *, entries: int = 1000, most_bytes: int = 16 * 1024 * 1024, clock: Callable[[], float] = time.time
    ) -> None:
        self._entries, self._most_bytes, self._clock = entries, most_bytes, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[str, float, int]] = OrderedDict()  # key -> text, end, bytes
        self._bytes = 0

    def get(self, key: str) -> str | None:
        """See `Cache`."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if kept[1] <= self._clock():
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return kept[0]

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """See `Cache`. A text that is larger than all the room is not kept."""
        size = len(key) + len(text.encode("utf-8", "replace")) + ENTRY_BYTES
        with self._lock:
            if key in self._kept:
                self._drop(key)
            if size > self._most_bytes:
                return
            self._kept[key] = (text, self._clock() + ttl_s, size)
            self._bytes += size
            while len(self._kept) > self._entries or self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))

    @property
    def size(self) -> tuple[int, int]:
        """Entries and bytes that are kept."""
        with self._lock:
            return len(self._kept), self._bytes

    def _drop(self, key: str) -> None:
        self._bytes -= self._kept.pop(key)[2]
