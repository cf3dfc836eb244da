"""The queue between accepting a message and answering it: durable, in order per group, with dead letters."""

from dataclasses import dataclass
from typing import Protocol

DEDUPLICATION_SECONDS = 300
BATCH = 10


class QueueUnavailableError(RuntimeError):
    """The queue did not take or give a message; trying again later may help."""

    safe_to_log = True


@dataclass(frozen=True)
class Delivery:
    """A message that was handed out and not yet confirmed."""

    id: str
    """The queue's own id of the message."""
    receipt: str
    """Confirms this hand-out, and no other one of the same message."""
    group: str
    receives: int
    """How often it was handed out, this time included."""
    body: str


@dataclass(frozen=True)
class DeadLetter:
    """A message that nobody could process."""

    id: str
    """The queue's own id."""
    group: str
    receives: int
    body: str
    reason: str = ""
    """Why, where the queue knows it."""
    at: float = 0
    """When it was given up, or sent where only that is known: epoch seconds."""


class Sendable(Protocol):
    """What a queue takes: `assistant.messages.Message` is one."""

    @property
    def group(self) -> str:
        """The ordering group (64 hexadecimal digits)."""
        ...

    @property
    def deduplication(self) -> str:
        """Equal for the same message sent again (64 hexadecimal digits)."""
        ...

    def to_body(self) -> str:
        """The queue's text, ASCII only."""
        ...


class Queue(Protocol):
    """First in, first out per group: while one message of a group is handed out, no later one of it is.

    A message that was handed out `max_receives` times and not confirmed goes to the dead letters.
    Every method raises QueueUnavailableError.
    """

    def send(self, message: Sendable) -> None:
        """Returns when the message is stored durably. The same message again within 5 minutes changes nothing."""
        ...

    def receive(self, limit: int, wait_s: float) -> list[Delivery]:
        """Up to `limit` (at most 10) messages, after waiting up to `wait_s` seconds for the first."""
        ...

    def done(self, delivery: Delivery) -> None:
        """Removes an answered message."""
        ...

    def retry(self, delivery: Delivery, after_s: int, reason: str = "") -> None:
        """Hands the message out again, not before `after_s` seconds. A dead letter keeps the last reason where the
        queue has a place for it; it must not quote the message."""
        ...

    def ready(self) -> None:
        """Returns when the queue is there."""
        ...


class DeadLetters(Protocol):
    """The messages that nobody could process. Every method raises QueueUnavailableError."""

    def dead_letters(self) -> list[DeadLetter]:
        """Oldest first."""
        ...

    def redrive(self, limit: int) -> int:
        """Sends up to `limit` of them again, oldest first, so that those of a group stay in order; returns how many.

        They come after what waits in their group. One that was sent is no longer a dead letter; when this ends in
        between, doing it again sends it once.
        """
        ...
