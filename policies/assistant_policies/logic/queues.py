"""Queues and what takes over when a message fails: the dead-letter queue, however it is attached."""

import json

from assistant_policies.facts.model import Links, Resource, Stack
from assistant_policies.facts.values import ABSENT

QUEUE, REDRIVE = "aws:sqs/queue:Queue", "aws:sqs/redrivePolicy:RedrivePolicy"


def redrive_holders(queue: Resource, stack: Stack) -> list[Resource]:
    """The resources whose `redrivePolicy` speaks for the queue: itself, and redrive policies that name it."""
    holders = [queue] if queue.read("redrivePolicy") is not ABSENT else []
    return holders + list(stack.pointing_at(queue, REDRIVE, "queueUrl").certain)


def dead_letter_queues(queue: Resource, stack: Stack) -> Links:
    """Where messages of the queue end that nobody could handle."""
    certain: list[Resource] = []
    possible: list[Resource] = []
    for holder in redrive_holders(queue, stack):
        document = holder.made("redrivePolicy")
        target = _target(document)
        named = [other for other in stack.of(QUEUE) if target and target in other.names]
        links = stack.targets(holder, "redrivePolicy", QUEUE)
        certain += named or [other for other in links.certain if other is not queue]
        possible += [] if named else [other for other in links.possible if other is not queue]
    certain = list(dict.fromkeys(certain))
    return Links(tuple(certain), tuple(other for other in dict.fromkeys(possible) if other not in certain))


def receive_count(queue: Resource, stack: Stack) -> int | None:
    """How often a message is tried before it becomes a dead letter; None when that is not known."""
    for holder in redrive_holders(queue, stack):
        count = _read(holder.made("redrivePolicy")).get("maxReceiveCount")
        if isinstance(count, int | float) or (isinstance(count, str) and count.isdigit()):
            return int(count)
    return None


def is_dead_letter_queue(queue: Resource, stack: Stack) -> bool:
    """True when some other queue of the stack sends its dead letters here."""
    return any(queue in dead_letter_queues(other, stack).certain for other in stack.of(QUEUE) if other is not queue)


def _target(document: object) -> str | None:
    found = _read(document).get("deadLetterTargetArn")
    return found if isinstance(found, str) else None


def _read(document: object) -> dict[str, object]:
    if not isinstance(document, str):
        return {}
    try:
        read = json.loads(document)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
