"""Tries again what may succeed in a moment, within one time budget."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from assistant.models import ModelError

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 0.5

T = TypeVar("T")


def within(budget_s: float, attempt: Callable[[float], T], *, attempts: int = ATTEMPTS) -> T:
    """Calls `attempt(seconds left)` until it succeeds; full jitter in between. Raises the last ModelError."""
    deadline = time.monotonic() + budget_s
    for number in range(1, attempts + 1):
        try:
            return attempt(max(0.1, deadline - time.monotonic()))
        except ModelError as error:
            # The jitter keeps clients that failed together from coming back together.
            wait = max(error.wait_s, random.uniform(0, FIRST_WAIT_SECONDS * 2**number))
            if not error.passing or number == attempts or time.monotonic() + wait >= deadline:
                raise
            time.sleep(wait)
    raise AssertionError("attempts is at least 1")
