"""A circuit breaker: a model that keeps failing is left alone for a while, then tried with one call."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from assistant import log, metrics
from assistant.config import BreakerConfig
from assistant.models import Model, ModelError, Progress, Prompt, Reply

SLOTS = 20  # of the window; counts, not calls, are kept: memory stays the same at any rate


class Breaker:
    """Closed: calls pass. Open: none does. Half open: one does, and decides. Safe to use from several threads."""

    def __init__(self, config: BreakerConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config, self._clock = config, clock
        self._lock = threading.Lock()
        self._slots: deque[list[float]] = deque()  # [number of the slot, calls, failures]
        self._opened_at: float | None = None
        self._trial_at: float | None = None

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        with self._lock:
            if self._opened_at is None:
                return "closed"
            return "half-open" if self._trial_at is not None or self._rested() else "open"

    def allow(self) -> bool:
        """Whether a call may be made now; one that is made must be followed by `succeeded` or `failed`."""
        with self._lock:
            if self._opened_at is None:
                return True
            if not self._rested():
                return False
            now = self._clock()
            # A trial of which nothing was heard for a pause is lost: its thread is gone.
            if self._trial_at is not None and now - self._trial_at < self._config.pause_s:
                return False
            self._trial_at = now
            return True

    def succeeded(self) -> None:
        """The call was answered; a trial closes the breaker."""
        with self._lock:
            if self._trial_at is not None:
                self._opened_at = self._trial_at = None
                self._slots.clear()
            self._count(failures=0)

    def failed(self) -> None:
        """The call was not answered; a trial opens the breaker for another pause."""
        with self._lock:
            if self._opened_at is not None:
                if self._trial_at is not None:  # otherwise a call from before it opened
                    self._opened_at, self._trial_at = self._clock(), None
                return
            self._count(failures=1)
            calls = sum(slot[1] for slot in self._slots)
            failures = sum(slot[2] for slot in self._slots)
            if failures >= self._config.failures and failures * 2 >= calls:
                self._opened_at = self._clock()

    def _rested(self) -> bool:
        return self._opened_at is not None and self._clock() - self._opened_at >= self._config.pause_s

    def _count(self, failures: int) -> None:
        length = self._config.window_s / SLOTS
        number = int(self._clock() // length)
        while self._slots and self._slots[0][0] <= number - SLOTS:
            self._slots.popleft()
        if not self._slots or self._slots[-1][0] != number:
            self._slots.append([number, 0, 0])
        self._slots[-1][1] += 1
        self._slots[-1][2] += failures


class GuardedModel:
    """The `Model` protocol: a model behind a breaker, measured. Its replies carry its label as the model."""

    def __init__(self, model: Model, label: str, breaker: Breaker) -> None:
        self._model, self._label, self._breaker = model, label, breaker

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        """See `Model`. With the breaker open: a ModelError at once."""
        if not self._breaker.allow():
            self._told("breaker_open")
            raise ModelError(
                f"model: {self._label} failed too often and is left alone for a moment",
                passing=True,
                reason="breaker_open",
            )
        started = time.monotonic()
        try:
            reply = self._model.reply(prompt, timeout_s, progress)
        except ModelError as error:
            self._told(error.reason)
            # One that does not pass was an answer, about this one message: it says nothing about the next.
            self._settle(failed=error.passing or error.reason == "timeout")
            raise
        except BaseException as error:
            self._told(type(error).__name__)
            self._settle(failed=True)
            raise
        finally:
            metrics.observe("assistant_model_seconds", time.monotonic() - started, model=self._label)
        self._settle(failed=False)
        return replace(reply, model=self._label)

    def _settle(self, *, failed: bool) -> None:
        before = self._breaker.state
        self._breaker.failed() if failed else self._breaker.succeeded()
        after = self._breaker.state
        if before != after:
            log.event("breaker", model=self._label, state=after, level="WARNING" if after == "open" else "INFO")
        metrics.gauge("assistant_breaker_open", float(after != "closed"), model=self._label)

    def _told(self, reason: str) -> None:
        metrics.count("assistant_model_failures_total", model=self._label, reason=reason)
