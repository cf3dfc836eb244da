"""Replies in Valkey (or Redis): shared by every process that uses it."""

import math
import threading
from typing import Any

from assistant import secrets

TIMEOUT_SECONDS = 0.25  # a cache that is slower than this is none
PREFIX = "assistant:cache:"


class ValkeyCache:
    """The `Cache` protocol. Connects when first used; the URL is read by reference, for it may hold a password."""

    def __init__(self, url_ref: str, *, timeout_s: float = TIMEOUT_SECONDS) -> None:
        self._url_ref, self._timeout_s = url_ref, timeout_s
        self._lock = threading.Lock()
        self._made: Any = None

    def get(self, key: str) -> str | None:
        """See `Cache`."""
        kept: bytes | None = self._client().get(PREFIX + key)
        return None if kept is None else kept.decode()

    def put(self, key: str, text: str, ttl_s: float) -> None:
        """See `Cache`."""
        self._client().set(PREFIX + key, text.encode(), px=max(1, math.ceil(ttl_s * 1000)))

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                import valkey

                self._made = valkey.Valkey.from_url(
                    secrets.resolve(self._url_ref), socket_timeout=self._timeout_s,
                    socket_connect_timeout=self._timeout_s, max_connections=64,
                )  # fmt: skip
            return self._made
