"""The parts on one machine: everything durable in one SQLite file, which belongs to one process at a time."""

import contextlib
import fcntl
import json
import sqlite3
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant import cache, guardrail, log, models, usage
from assistant.answering import Answering
from assistant.channels import installations
from assistant.channels.contract import Given, Installation
from assistant.config import Config, ConfigError
from assistant.database import Database
from assistant.intake.sqlite import SqliteIntake
from assistant.outbox.sqlite import SqliteOutbox
from assistant.queue.sqlite import SqliteQueue
from assistant.sender import Sender
from assistant.sessions.sqlite import SqliteSessions
from assistant.streaming.broker import Broker
from assistant.wiring import Book

VISIBILITY_MARGIN_SECONDS = 30.0
FILE = "assistant.db"
TOKEN_KEY_FILE = "web-token-key"


@dataclass(frozen=True)
class Parts:
    """What the routes and the threads work with; the `Services` protocol."""

    config: Config
    book: Book
    database: Database
    intake: SqliteIntake
    queue: SqliteQueue
    sessions: SqliteSessions
    outbox: SqliteOutbox
    answering: Answering
    broker: Broker
    sender: Sender

    @property
    def installations(self) -> Sequence[Installation]:
        """The channels as tenants have set them up."""
        return self.book.all

    @property
    def sends(self) -> bool:
        """Threads of this process send replies."""
        return True

    def given(self, installation: Installation) -> Given:
        """What the installation's channel works with."""
        return self.book.given(installation)

    def purge(self) -> None:
        """Deletes what has expired."""
        self.sessions.purge()
        self.intake.purge()


@contextlib.contextmanager
def opened(config: Config, data: Path, model: models.Model | None = None) -> Generator[Parts]:
    """The parts in a data directory. Raises ConfigError when it cannot be used or another process uses it."""
    with owned(data):
        config = replace(config, channels=_with_token_keys(config, data))
        # A message in work is handed out again only after a crash; the margin keeps a slow reply from coming twice.
        visibility = config.model.timeout_s + VISIBILITY_MARGIN_SECONDS
        try:
            database = Database(data / FILE)
        except sqlite3.Error as error:
            raise ConfigError(f"data: got {data / FILE} ({error}), expected a file that can be used") from None
        try:
            parts = _parts(config, database, visibility, model)
            if recovered := parts.queue.recover():
                log.event("recovered", messages=recovered)
            yield parts
        finally:
            database.close()


@contextlib.contextmanager
def owned(data: Path) -> Generator[None]:
    """The data directory, made when it is absent. Raises ConfigError."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("w")
    except OSError as error:
        raise ConfigError(f"data: got {data} ({error.strerror}), expected a directory that can be written") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"data: got {data}, which another process uses, expected one of its own; stop that process or choose "
                "another directory with --data"
            ) from None
        yield


def _parts(config: Config, database: Database, visibility_s: float, model: models.Model | None) -> Parts:
    book = Book(config)
    queue = SqliteQueue(database, visibility_s=visibility_s, max_receives=config.max_receives)
    outbox = SqliteOutbox(database)
    answering = Answering(
        model or models.build(config), cache.build(config, database=database), usage.build(database=database),
        guardrail.build(config), config,
    )  # fmt: skip
    return Parts(
        config=config, book=book, database=database, queue=queue, intake=SqliteIntake(database, queue),
        sessions=SqliteSessions(database, days=config.session_days), outbox=outbox, answering=answering,
        broker=Broker(), sender=Sender(outbox, book.of),
    )  # fmt: skip


def _with_token_keys(config: Config, data: Path) -> str:
    """ASSISTANT_CHANNELS in which every web installation has a key for its tokens: a file in the data directory."""
    told = []
    for installation in installations.read(config.channels, config.tenant):
        secrets = dict(installation.secrets)
        if installation.channel == "web":
            secrets.setdefault("token_key", f"file:{(data / f'{TOKEN_KEY_FILE}-{installation.name}').resolve()}")
        told.append(
            {"channel": installation.channel, "tenant": installation.tenant, "name": installation.name,
             "secrets": secrets, "options": dict(installation.options)}
        )  # fmt: skip
    return json.dumps(told)
