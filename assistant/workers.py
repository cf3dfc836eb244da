"""Threads that answer what is in the queue: in order per conversation, conversations side by side."""

import threading
import time
from collections.abc import Callable

from assistant import log
from assistant.batch import answer_batch
from assistant.inference import Inference
from assistant.queue import Queue, QueueUnavailableError

PAUSE_SECONDS = 1.0
WAIT_SECONDS = 60.0
UNLIMITED_SECONDS = 86_400.0


class Workers:
    """A pool of threads. A message that is being answered when the pool stops too late stays in the queue."""

    def __init__(self, queue: Queue, inference: Inference, *, threads: int, wake: Callable[[], None]) -> None:
        """`wake` must end every `queue.receive` that is waiting, for good."""
        self._queue, self._inference, self._wake = queue, inference, wake
        self._stopping = threading.Event()
        # Daemons: a model that hangs must not keep the process from ending.
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Starts answering."""
        for thread in self._threads:
            thread.start()

    def stop(self, grace_s: float) -> bool:
        """Takes no further message and waits up to `grace_s` seconds for the ones in work. True when all ended."""
        self._stopping.set()
        self._wake()
        deadline = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._answer_one()
            except QueueUnavailableError as error:
                log.failure("queue unavailable", error)
                self._stopping.wait(PAUSE_SECONDS)
            except Exception as error:  # a thread that ends unseen would leave the queue to the others
                log.failure("worker failed", error)
                self._stopping.wait(PAUSE_SECONDS)

    def _answer_one(self) -> None:
        # One at a time: the queue holds the rest of its conversation back until it is done.
        for delivery in self._queue.receive(1, WAIT_SECONDS):
            failures = answer_batch(self._inference, [delivery], lambda: UNLIMITED_SECONDS)
            for failure in failures:
                self._queue.retry(failure.delivery, failure.wait_s, failure.reason)
            if not failures:
                self._queue.done(delivery)
