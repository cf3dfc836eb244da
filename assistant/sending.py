"""Sends a batch of stored replies from the queue: in order within a conversation."""

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from assistant import log
from assistant.batch import BEHIND, Failure
from assistant.queue import Delivery
from assistant.replies import StoredReply
from assistant.sender import Sender

MOST_WAIT_SECONDS = 300
ENOUGH_SECONDS = 12.0
"""One call of a provider's API and the records around it."""


def send_batch(
    sender: Sender, deliveries: Sequence[Delivery], left_s: Callable[[], float], max_receives: int
) -> list[Failure]:
    """Sends what it can and returns the rest. `left_s` tells the seconds until this process is stopped."""
    failures: list[Failure] = []
    held: dict[str, int] = {}
    for delivery in deliveries:
        last = delivery.receives >= max_receives
        if delivery.group in held:  # what follows a reply that was not sent waits with it
            failures.append(Failure(delivery, held[delivery.group], BEHIND))
            continue
        if left_s() < ENOUGH_SECONDS:
            failures.append(Failure(delivery, 0, "left to the next batch"))
            held[delivery.group] = 0
            continue
        try:
            _send(sender, delivery, last, left_s)
        except Exception as error:
            asked = float(getattr(error, "wait_s", 0))
            progressed = getattr(error, "progressed", False)
            wait = 0 if last else round(asked) if progressed else _wait_s(delivery.receives, asked)
            failures.append(Failure(delivery, wait, log.reason(error)))
            if not last:
                held[delivery.group] = wait
    return failures


def _send(sender: Sender, delivery: Delivery, last: bool, left_s: Callable[[], float]) -> None:
    """Raises what went wrong, once it is in the log."""
    with ExitStack() as stack:
        stack.enter_context(log.bound(conversation=delivery.group[:12], queue_id=delivery.id))
        try:
            reply = StoredReply.from_body(delivery.body)
            stack.enter_context(log.bound(correlation=reply.correlation, id=reply.id))
            sender.deliver(reply.key, reply.id, last=last, left_s=left_s)
        except Exception as error:
            if getattr(error, "progressed", False):  # it is long; the next batch goes on with it
                log.event("sent in part", receives=delivery.receives)
            else:
                log.failure("not sent", error, receives=delivery.receives, last=last)
            raise


def _wait_s(receives: int, asked_s: float) -> int:
    return round(max(asked_s, min(MOST_WAIT_SECONDS, 2**receives) * random.uniform(0.75, 1.25)))
