"""Answers a batch from the queue: in order within a conversation, conversations side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

from assistant import log
from assistant.inference import Inference
from assistant.messages import Message
from assistant.queue import BATCH, Delivery

MOST_WAIT_SECONDS = 300
BEHIND = "waits behind an earlier one of its conversation"
STORE_SECONDS = 3.0
"""Kept free at the end of the time budget, to store what the model said."""


class Failure(NamedTuple):
    """A message that was not worked off."""

    delivery: Delivery
    wait_s: int
    """Seconds until it is tried again."""
    reason: str
    """Why, without what people write."""


class NoTimeLeftError(RuntimeError):
    """The function ends before the model could answer."""

    safe_to_log = True


def answer_batch(inference: Inference, deliveries: Sequence[Delivery], left_s: Callable[[], float]) -> list[Failure]:
    """Answers what it can and returns the rest. `left_s` tells the seconds until this process is stopped."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(delivery.group, []).append(delivery)
    if len(groups) == 1:
        return _answer_group(inference, deliveries, left_s)
    with ThreadPoolExecutor(max_workers=min(BATCH, max(1, len(groups)))) as pool:
        parts = pool.map(lambda group: _answer_group(inference, group, left_s), groups.values())
        return [failure for part in parts for failure in part]


def backoff_s(receives: int) -> int:
    """Seconds before the next hand-out: 1, 2, 4, ..."""
    return min(2 ** (receives - 1), MOST_WAIT_SECONDS)


def _answer_group(inference: Inference, group: Sequence[Delivery], left_s: Callable[[], float]) -> list[Failure]:
    failures: list[Failure] = []
    whole = 0.0
    for index, delivery in enumerate(group):
        last = delivery.receives >= inference.max_receives
        budget = min(inference.model_timeout_s, left_s() - STORE_SECONDS)
        whole = max(whole, budget)
        if not last and budget < whole / 2:
            # Too late for a reply in peace: leave it and the rest to the next batch, which begins with it.
            return [*failures, *(Failure(later, 0, "left to the next batch") for later in group[index:])]
        try:
            _answer(inference, delivery, last, budget)
        except Exception as error:
            # After its last hand-out a message goes to the dead letters at once, and the conversation goes on:
            # the person has been told. Before that, what follows in the conversation waits with it.
            wait = 0 if last else backoff_s(delivery.receives)
            failures.append(Failure(delivery, wait, log.reason(error)))
            if not last:
                return [*failures, *(Failure(later, wait, BEHIND) for later in group[index + 1 :])]
    return failures


def _answer(inference: Inference, delivery: Delivery, last: bool, budget_s: float) -> None:
    """Raises what went wrong, once it is in the log."""
    with ExitStack() as stack:
        stack.enter_context(log.bound(conversation=delivery.group[:12], queue_id=delivery.id))
        try:
            message = Message.from_body(delivery.body)
            told = {"tenant": message.tenant, "correlation": message.correlation, "id": message.id}
            stack.enter_context(log.bound(**told, channel=message.channel))
            if budget_s <= 0:
                if last:
                    inference.give_up(message)
                raise NoTimeLeftError(f"got {budget_s + STORE_SECONDS:.1f} s, expected more than {STORE_SECONDS} s")
            inference.answer(message, last=last, budget_s=budget_s)
        except Exception as error:
            log.failure("not answered", error, receives=delivery.receives, last=last)
            raise
