"""Queues and what takes over when a message fails: the dead-letter queue, however it is attached."""

from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.stack import Links, Stack
from assistant_policies.facts.values import ABSENT, UNKNOWN, dig, document
from assistant_policies.logic.kleene import Truth

QUEUE, REDRIVE = "aws:sqs/queue:Queue", "aws:sqs/redrivePolicy:RedrivePolicy"
# Who sends to a queue what it could not handle: type and the property that names the queue.
SENDERS = (
    (QUEUE, "redrivePolicy"),
    (REDRIVE, "redrivePolicy"),
    ("aws:sns/topicSubscription:TopicSubscription", "redrivePolicy"),
    ("aws:lambda/function:Function", "deadLetterConfig"),
)
# What else functions read messages from.
OTHER_SOURCES = (
    "aws:kinesis/stream:Stream",
    "aws:kinesis/streamConsumer:StreamConsumer",
    "aws:dynamodb/table:Table",
    "aws:msk/cluster:Cluster",
    "aws:mq/broker:Broker",
)
RETENTION_SECONDS = 345_600  # what SQS keeps when the program says nothing: 4 days


def redrive_holders(queue: Resource, stack: Stack) -> Links:
    """The resources whose `redrivePolicy` speaks for the queue: itself, and redrive policies that name it."""
    apart = stack.pointing_at(queue, REDRIVE, "queueUrl")
    itself = () if queue.read("redrivePolicy") is ABSENT else (queue,)
    return Links((*itself, *apart.certain), apart.possible)


def dead_letter_queues(queue: Resource, stack: Stack) -> Links:
    """Where messages of the queue end that nobody could handle."""
    holders = redrive_holders(queue, stack)
    certain: dict[Resource, None] = {}
    possible: dict[Resource, None] = {}
    elsewhere = bool(holders.possible)
    for holder in (*holders.certain, *holders.possible):
        links = stack.targets(holder, "redrivePolicy", QUEUE)
        certain |= dict.fromkeys(links.certain if holder in holders.certain else ())
        possible |= dict.fromkeys((*links.certain, *links.possible))
        elsewhere = elsewhere or links.elsewhere
    sure = tuple(other for other in certain if other is not queue)
    return Links(sure, tuple(other for other in possible if other is not queue and other not in certain), elsewhere)


def receive_count(queue: Resource, stack: Stack) -> Any:
    """How often a message is tried before it becomes a dead letter; UNKNOWN when that is not known, or no number."""
    for holder in redrive_holders(queue, stack).certain:
        try:
            count = dig(document(holder.made("redrivePolicy")), "maxReceiveCount")
        except ValueError:
            continue
        if isinstance(count, str) and count.isascii() and count.isdigit():
            return int(count[:9])
        if isinstance(count, int | float) and not isinstance(count, bool):
            return count
    return UNKNOWN


def is_dead_letter_queue(queue: Resource, stack: Stack) -> Truth:
    """Whether something sends here what it could not handle: another queue, a function or a subscription."""
    possible = False
    for kind, via in SENDERS:
        links = stack.pointing_at(queue, kind, via)
        if any(source is not queue for source in links.certain):
            return True
        possible = possible or any(source is not queue for source in links.possible)
    return None if possible else False


def retention(queue: Resource) -> Any:
    """Seconds that the queue keeps a message; UNKNOWN when that is not known."""
    seconds = queue.number("messageRetentionSeconds")
    return RETENTION_SECONDS if seconds is ABSENT else seconds
