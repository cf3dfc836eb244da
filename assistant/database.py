"""SQLite as the small machine's storage: one file, and one commit to disk for all writes that wait at the same time."""

import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from assistant import log
from assistant.checkpoints import Checkpoints

FILE = "assistant.db"
"""In a data directory."""
BUSY_SECONDS = 5.0
MOST_AT_ONCE = 256
MOST_LOG_PAGES = 16_000
"""64 MB: where a writer copies what is in the write-ahead log into the file itself, because `Checkpoints` is behind."""

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]
"""Reads and writes with the connection it is given, and returns plain values. It neither commits nor waits."""


class _Write:
    """An operation that waits for its commit, or, without an operation, somebody who wants to write alone."""

    __slots__ = ("failed", "operation", "result", "settled", "then", "turn")

    def __init__(self, operation: Operation[Any] | None, then: Callable[[Any], None] | None = None) -> None:
        self.operation, self.then = operation, then
        """With `then`, no thread waits for it; it is called with the result once that is on disk."""
        self.result: Any = None
        self.failed: BaseException | None = None
        self.settled = False
        self.turn = threading.Lock()
        """Released when the operation is settled, or when its thread is to lead."""
        self.turn.acquire()


class _Reader:
    """A thread's connection. It closes with its thread: a connection alone is freed only when garbage is collected."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """One file for everything durable. What was committed survives a crash of the process and of the machine.

    Writers queue up. The first one leads: it runs its own operation and those of all others that wait, each in a
    savepoint of its own, and commits once. Nobody waits for a timer, and a writer that is alone pays for no hand-over
    between threads. Safe to use from several threads; other processes may use the file at the same time.
    """

    def __init__(self, path: Path, schema: str = "", *, busy_s: float = BUSY_SECONDS) -> None:
        """`busy_s`: seconds to wait for another process that writes."""
        self._path, self._busy_s = path, busy_s
        self._local = threading.local()
        self._lock = threading.Lock()
        self._waiting: list[_Write] = []
        self._led = self._closed = False
        self._checkpoints = Checkpoints(self._open)
        self._writer = self._open()
        try:
            self._writer.execute("PRAGMA journal_mode=WAL")
            self._writer.execute(f"PRAGMA wal_autocheckpoint={MOST_LOG_PAGES}")
            self.ensure(schema)
        except BaseException:
            self._writer.close()
            raise

    def ensure(self, schema: str) -> None:
        """Makes the tables and indices that a module needs; the statements must tolerate what is there already."""
        with self._alone():
            self._writer.executescript(schema)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, for reading: it sees what is committed."""
        if self._closed:
            self._local.reader = None
            raise _closed()
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = _Reader(self._open())
        return reader.connection

    def write(self, operation: Operation[T]) -> T:
        """What the operation returns, once it is on disk; or raises what it raised, and then it changed nothing.

        The operation may run in another thread. It sees what every earlier one wrote, and nobody writes meanwhile.
        """
        write = _Write(operation)
        if self._leads(write):
            self._lead(write)
        if write.failed is not None:
            raise write.failed
        return write.result

    def write_later(self, operation: Operation[T], then: Callable[[T], None] = lambda result: None) -> None:
        """As `write`, but waits only when nobody else is writing: for what may be lost in a crash of the next moment.

        It keeps its place among the writes. `then` is called with the result once that is on disk; what goes wrong is
        logged.
        """
        write = _Write(operation, then)
        with self._lock:
            if self._closed:
                raise _closed()
            if self._led:
                self._waiting.append(write)
                return
            self._led = True
        self._lead(write)

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A transaction of its own, while which nobody else writes. `write` inside it would wait for itself."""
        with self._alone():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def close(self) -> None:
        """Commits what waits and closes the file. Afterwards every use raises sqlite3.ProgrammingError.

        Other threads may be reading: their connections close when they ask for them again, or end.
        """
        with suppress(sqlite3.ProgrammingError), self._alone():
            self._closed = True
            self._local.reader = None
            self._checkpoints.stop()
            self._writer.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._busy_s, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    @contextmanager
    def _alone(self) -> Generator[None]:
        self._leads(_Write(None))
        try:
            yield
        finally:
            self._pass_on()

    def _leads(self, write: _Write) -> bool:
        """Waits until the write was settled by another thread (False) or this thread leads (True)."""
        with self._lock:
            if not self._led:
                if self._closed:
                    raise _closed()
                self._led = True
                return True
            self._waiting.append(write)
        write.turn.acquire()
        if not write.settled and self._closed:
            self._pass_on()
            raise _closed()
        return not write.settled

    def _others(self) -> list[_Write]:
        """Those that wait now and can be committed together."""
        with self._lock:
            taken = [write for write in self._waiting if write.operation is not None][: MOST_AT_ONCE - 1]
            if taken:
                gone = set(taken)
                self._waiting = [write for write in self._waiting if write not in gone]
            return taken

    def _lead(self, write: _Write) -> None:
        try:
            self._commit([write, *self._others()])
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        """The next one in the queue leads. For one that no thread waits for, this thread does."""
        interrupted: BaseException | None = None
        while (following := self._following()) is not None:
            if following.then is None:
                following.turn.release()
                break
            try:
                self._commit([following, *self._others()])
            except BaseException as error:
                interrupted = error
        if interrupted is not None:
            raise interrupted

    def _following(self) -> _Write | None:
        with self._lock:
            if self._waiting:
                return self._waiting.pop(0)
            self._led = False
            return None

    def _commit(self, batch: Sequence[_Write]) -> None:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for write in batch:
                self._run(write, alone=len(batch) == 1)
            self._writer.execute("COMMIT")
            self._checkpoints.due()
        except BaseException as error:  # the disk, a lock, an interrupt: nothing of the batch is on disk
            self._roll_back()
            for write in batch:
                write.failed = write.failed or error
            if not isinstance(error, Exception):
                raise
        finally:
            for write in batch:
                if write.then is not None:
                    _told(write, write.then)
                elif write is not batch[0]:
                    write.settled = True
                    write.turn.release()

    def _run(self, write: _Write, *, alone: bool) -> None:
        assert write.operation is not None
        if alone:
            write.result = write.operation(self._writer)
            return
        self._writer.execute("SAVEPOINT one")
        try:
            write.result = write.operation(self._writer)
        except Exception as error:
            write.failed = error
            if not self._writer.in_transaction:  # SQLite has undone the whole batch, as it does when the disk is full
                raise
            self._writer.execute("ROLLBACK TO one")
        self._writer.execute("RELEASE one")

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")


def _told(write: _Write, then: Callable[[Any], None]) -> None:
    try:
        if write.failed is not None:
            raise write.failed
        then(write.result)
    except Exception as error:
        log.failure("a write was lost", error)


def _closed() -> sqlite3.ProgrammingError:
    return sqlite3.ProgrammingError("the database is closed")
