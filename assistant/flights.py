"""Single flight: of callers that want the same thing at the same time, one fetches it and the others wait for it."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Flight(Generic[T]):
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.brought: list[T] = []  # empty when the fetching failed


class Flights(Generic[T]):
    """Keys that are being fetched in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, _Flight[T]] = {}

    def share(self, key: str, fetch: Callable[[], T], wait_s: float) -> tuple[T, bool]:
        """What `fetch` returns, and whether it was fetched by this call.

        When the one that fetches fails, its error is its own: those that waited fetch for themselves, again one by
        one. Raises TimeoutError after `wait_s` seconds of waiting, and whatever `fetch` raises.
        """
        deadline = time.monotonic() + wait_s
        while True:
            with self._lock:
                flight = self._under_way.get(key)
                mine = flight is None
                if flight is None:
                    flight = self._under_way[key] = _Flight()
            if mine:
                return self._fetch(key, flight, fetch), True
            if not flight.landed.wait(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            if flight.brought:
                return flight.brought[0], False

    def _fetch(self, key: str, flight: _Flight[T], fetch: Callable[[], T]) -> T:
        try:
            flight.brought.append(fetch())
            return flight.brought[0]
        finally:
            with self._lock:
                del self._under_way[key]
            flight.landed.set()
