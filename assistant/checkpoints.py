"""Copies SQLite's write-ahead log into its file while others write: nobody who writes has to wait for that."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

from assistant import log

PAUSE_SECONDS = 1.0
"""Between two copies, so that a page that is written again and again is copied once."""


class Checkpoints:
    """A thread with a connection of its own; it runs from the first write on, and sleeps while nobody writes."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, pause_s: float = PAUSE_SECONDS) -> None:
        self._connect, self._pause_s = connect, pause_s
        self._written, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def due(self) -> None:
        """Something was written."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
            self._thread.start()
        if not self._written.is_set():
            self._written.set()

    def stop(self) -> None:
        """Ends the thread; what is in the log then is copied when the last connection closes."""
        self._ended.set()
        self._written.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with closing(self._connect()) as connection:
            while not self._ended.wait(self._pause_s):
                self._written.wait()
                self._written.clear()
                if self._ended.is_set():
                    return
                try:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                except sqlite3.Error as error:  # the writers do it themselves when the log has grown
                    log.failure("the log was not copied", error)
