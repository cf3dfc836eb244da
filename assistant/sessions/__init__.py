"""Sessions: the turns of each conversation, which messages have been answered, and what to remember of earlier ones."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from assistant.outbox import Outgoing

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
    user: str = ""
    """Who wrote the message, as the channel calls them. Empty when the channel does not tell."""


@dataclass(frozen=True)
class Turn(Answer):
    """A stored answer with its place in the conversation."""

    n: int = 0
    """Counts from 1, without gaps."""

    @property
    def erased(self) -> bool:
        """True for the empty place of a turn that was erased. Only `Archive.export` shows such turns."""
        return not self.id


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


@dataclass(frozen=True)
class Summary:
    """What is remembered of the turns up to number `upto`."""

    text: str
    upto: int


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

    def store(
        self, key: str, answer: Answer, *, after: int, replaces: int | None = None, outgoing: "Outgoing | None" = None
    ) -> bool:
        """Stores the turn, the record that the message is answered, and with `outgoing` the record that its reply is
        to be sent: all or none.

        The turn gets the number `after` + 1, or the next free one. With `replaces`, it takes the place of that turn,
        which must be an error's. False, and nothing stored, when the message has been answered already.
        """
        ...

    def summary(self, key: str) -> Summary | None:
        """What is remembered of the turns that are no longer shown to the model, or None."""
        ...

    def save_summary(self, key: str, text: str, upto: int, expected_upto: int) -> bool:
        """Puts a summary in the place of the one that reaches to `expected_upto` (0: there is none yet).

        False, and nothing changed, when another one is there.
        """
        ...

    def ready(self) -> None:
        """Returns when the store answers."""
        ...


class Archive(Protocol):
    """What a store does for its operator. Raises SessionsUnavailableError."""

    def export(self, tenant: str | None = None) -> Iterator[dict[str, Any]]:
        """The conversations of a tenant, or of all: one object for each turn and summary, as `assistant.sessions.
        transfer` describes them. Conversations one after another, each in order."""
        ...

    def import_(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """Stores what `export` gave, here or elsewhere; how many of the lines changed something. What is there already
        is left as it is, so that an import that was cut short is simply done again.

        Raises `transfer.ImportRefusedError`, which names the line; the lines before it may be stored by then.
        """
        ...

    def erase(self, tenant: str, channel: str, user: str) -> int:
        """Forgets what a person said and was told; how many turns. `channel` is `<channel>[.<installation>]`.

        A conversation that only they took part in is removed as a whole. In a conversation with others, the places of
        their turns stay, empty, and what was remembered of earlier turns is forgotten.
        """
        ...
