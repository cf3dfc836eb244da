"""Sessions: the turns of each conversation, and which messages have been answered."""

from dataclasses import dataclass
from typing import Protocol

DAY_SECONDS = 86_400
PAGE_TURNS = 100


class SessionsUnavailableError(RuntimeError):
    """The store did not answer; trying again later may help."""

    safe_to_log = True


@dataclass(frozen=True)
class Answer:
    """What is stored for one message."""

    id: str
    """The message's id."""
    text: str
    reply: str
    at: str
    """When it was answered: ISO 8601, UTC."""
    error: bool = False
    """True when no reply could be made; `reply` then says so to the person."""


@dataclass(frozen=True)
class Turn(Answer):
    """A stored answer with its place in the conversation."""

    n: int = 0
    """Counts from 1, without gaps."""


@dataclass(frozen=True)
class Seen:
    """A message that has been answered."""

    n: int
    error: bool


@dataclass(frozen=True)
class Recent:
    """The newest turns that have not expired, oldest first, and the number of the last turn ever stored."""

    turns: tuple[Turn, ...]
    last: int


class Sessions(Protocol):
    """The store. Every method raises SessionsUnavailableError when it cannot be reached. `key` is `Message.key`."""

    def seen(self, key: str, message_id: str) -> Seen | None:
        """How the message was answered, or None."""
        ...

    def recent(self, key: str, limit: int) -> Recent:
        """The newest `limit` turns."""
        ...

    def turns(self, key: str, after: int) -> list[Turn]:
        """Turns with a number above `after`, in order: up to 100, and at least one when there are any."""
        ...

    def store(self, key: str, answer: Answer, *, after: int, replaces: int | None = None) -> bool:
        """Stores the turn and the record that the message is answered, both or neither.

        The turn gets the number `after` + 1, or the next free one. With `replaces`, it takes the place of that turn,
        which must be an error's. False, and nothing stored, when the message has been answered already.
        """
        ...

    def ready(self) -> None:
        """Returns when the store answers."""
        ...
