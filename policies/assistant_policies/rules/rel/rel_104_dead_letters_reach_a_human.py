"""ASSIST-REL-104."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import UNKNOWN
from assistant_policies.logic.alarms import AGE, DEPTH, heard
from assistant_policies.logic.dead_letters import outlived
from assistant_policies.logic.queues import (
    QUEUE,
    dead_letter_queues,
    is_dead_letter_queue,
    receive_count,
    redrive_holders,
)
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

TRIES_MIN = 3  # fewer make a dead letter of every short outage


@rule(
    "ASSIST-REL-104",
    title="What a queue cannot deliver ends in a dead-letter queue that alarms somebody",
    types=[QUEUE],
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.STACK,
    why="without the chain a message that fails is lost, or blocks its group until it expires, and nobody knows",
    fix="redrive_policy to an aws.sqs.Queue, an aws.cloudwatch.MetricAlarm on its ApproximateNumberOfMessagesVisible "
    "and one on the source's ApproximateAgeOfOldestMessage, alarm_actions=[topic.arn], an aws.sns.TopicSubscription",
    refs=["cdk-nag AwsSolutions-SQS3", "CKV_AWS_116"],
)
def dead_letters_reach_a_human(resource: Resource, cx: Context) -> Iterable[Verdict]:
    role = is_dead_letter_queue(resource, cx.stack)
    if role is True:
        yield passed("it is a dead-letter queue")
        return
    holders, dead = redrive_holders(resource, cx.stack), dead_letter_queues(resource, cx.stack)
    if role is None:
        yield unknown("it may be a dead-letter queue")
    elif not holders.certain and not holders.possible:
        yield fail("redrivePolicy is absent")
    elif not dead.certain:
        yield unknown("redrivePolicy names a queue outside of this stack, or one of several, or is not known yet")
    else:
        yield from _chain(resource, dead.certain, cx)
        yield passed()


def _chain(source: Resource, dead: tuple[Resource, ...], cx: Context) -> Iterable[Verdict]:
    tries = receive_count(source, cx.stack)
    if tries is UNKNOWN:
        yield unknown("redrivePolicy.maxReceiveCount is not known yet, or no number")
    elif tries < TRIES_MIN:
        yield fail(f"redrivePolicy.maxReceiveCount is {tries}, expected at least {TRIES_MIN}")
    yield from outlived(source, cx)
    for queue in dead:
        yield heard(queue, DEPTH, cx.stack)
    yield heard(source, AGE, cx.stack)
