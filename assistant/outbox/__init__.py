"""The outbox: what is to be sent to people, stored together with the turn, and how far the sending got."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["pending", "sending", "sent", "failed", "unclear"]


@dataclass(frozen=True)
class Outgoing:
    """A reply and where it goes."""

    message_id: str
    """The message that it answers."""
    channel: str
    installation: str
    tenant: str
    address: Mapping[str, str]
    """What the channel needs to reply."""
    reply: str


@dataclass(frozen=True)
class Pending:
    """A reply and how far it got. `sent`, `failed` and `unclear` are final; its text and address are then forgotten."""

    outgoing: Outgoing
    state: State
    part: int
    """The next part, from 0; in state `sending`, the one that is being sent."""
    attempts: int
    """How often a part was begun, and once more for each reply that took the place of another."""


class Outbox(Protocol):
    """The records. A reply is sent in parts; a part is `sending` before the channel's API is called.

    `Sessions.store` makes a record. When another reply takes the place of an earlier one, the record begins anew, and
    whoever still has the earlier one changes nothing. Every method raises SessionsUnavailableError.
    """

    def load(self, key: str, message_id: str) -> Pending | None:
        """The record of a conversation's message, or None."""
        ...

    def begin(self, key: str, message_id: str, part: int, expected: int) -> bool:
        """Takes a part to send it: `pending` becomes `sending`, and `attempts`, which must be `expected`, rises by one.

        False when another sender has or had it since, or when another reply took its place.
        """
        ...

    def sent(self, key: str, message_id: str, part: int, *, last: bool) -> None:
        """The part was sent: the next one is pending, or with `last` the reply is sent. Twice is as once."""
        ...

    def release(self, key: str, message_id: str, part: int) -> None:
        """The part is known not to have been sent: it is pending again."""
        ...

    def fail(self, key: str, message_id: str, state: State, reason: str) -> None:
        """The reply will not be sent (`failed`), or nobody knows (`unclear`). One that is final stays as it is."""
        ...

    def waiting(self, limit: int) -> list[tuple[str, str]]:
        """(key, message id) of the replies that are not final, oldest first: what a restart has to take up.

        Empty where a queue outlives the process and knows it.
        """
        ...
