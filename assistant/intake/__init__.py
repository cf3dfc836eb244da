"""Intake: takes a message in once, however often it is delivered, and loses none."""

from typing import Protocol

from assistant.messages import Message


class BusyError(RuntimeError):
    """The same message is being taken in by somebody else. Delivered again in a moment, it is known or it is taken."""

    safe_to_log = True


class Intake(Protocol):
    """Claims a message's de-duplication key and enqueues the message."""

    def accept(self, message: Message, dedup_ttl_s: float) -> bool:
        """True when the message was enqueued durably, False when it was before, up to `dedup_ttl_s` seconds ago.

        Raises QueueUnavailableError when it is not known to be stored, and BusyError; neither may be acknowledged.
        """
        ...

    def ready(self) -> None:
        """Returns when a message could be taken in now. Raises QueueUnavailableError."""
        ...


def claim_of(message: Message) -> tuple[str, str]:
    """Partition and name of the de-duplication key: of one installation of one tenant's channel.

    The conversation is part of the name: clients of the web channel choose their ids by themselves, and the same one in
    two conversations is two messages. Deliveries of the same message name the same conversation.
    """
    where = f"{message.tenant}#dedup#{message.channel}.{message.installation}"
    return where, f"{message.conversation}#{message.id}"
