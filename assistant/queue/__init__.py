"""The queue between accepting a message and answering it: durable, in order per group, with dead letters."""

from dataclasses import dataclass
from typing import Protocol

from assistant.messages import Message

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


class Queue(Protocol):
    """First in, first out per group: while one message of a group is handed out, no later one of it is.

    A message that was handed out `max_receives` times and not confirmed goes to the dead letters.
    Every method raises QueueUnavailableError.
    """

    def send(self, message: Message) -> None:
        """Returns when the message is stored durably. The same message again within 5 minutes changes nothing."""
        ...

    def receive(self, limit: int, wait_s: float) -> list[Delivery]:
        """Up to `limit` (at most 10) messages, after waiting up to `wait_s` seconds for the first."""
        ...

    def done(self, delivery: Delivery) -> None:
        """Removes an answered message."""
        ...

    def retry(self, delivery: Delivery, after_s: int) -> None:
        """Hands the message out again, not before `after_s` seconds."""
        ...
