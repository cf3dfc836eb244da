"""ASSIST-REL-104."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.queues import QUEUE, dead_letter_queues, is_dead_letter_queue, receive_count
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

ALARM, TOPIC = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic"
TRIES_MIN = 3  # fewer make a dead letter of every short outage
DEPTH = "ApproximateNumberOfMessagesVisible"


@rule(
    "ASSIST-REL-104",
    title="What a queue cannot deliver ends in a dead-letter queue that alarms somebody",
    types=[QUEUE],
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.STACK,
    why="without the chain a message that fails is lost, or blocks its group until it expires, and nobody knows",
    fix="redrive_policy to an aws.sqs.Queue, an aws.cloudwatch.MetricAlarm on its ApproximateNumberOfMessagesVisible, "
    "and an alarm_actions topic",
    refs=["cdk-nag AwsSolutions-SQS3", "CKV_AWS_116"],
)
def dead_letters_reach_a_human(resource: Resource, cx: Context) -> Iterable[Verdict]:
    if is_dead_letter_queue(resource, cx.stack):
        yield passed("it is a dead-letter queue")
        return
    dead = dead_letter_queues(resource, cx.stack)
    if not dead.certain:
        named_outside = resource.made("redrivePolicy")
        if dead.possible:
            yield unknown("redrivePolicy may name one of several queues")
        elif named_outside is UNKNOWN:
            yield unknown("redrivePolicy is not known yet, and no queue of the stack stands behind it")
        elif named_outside is ABSENT:
            yield fail("redrivePolicy is absent")
        else:
            yield unknown("redrivePolicy names a queue outside of this stack")
        return
    tries = receive_count(resource, cx.stack)
    if tries is not None and tries < TRIES_MIN:
        yield fail(f"redrivePolicy.maxReceiveCount is {tries}, expected at least {TRIES_MIN}")
    for queue in dead.certain:
        yield _alarm_on(queue, cx)
    yield passed()


def _alarm_on(queue: Resource, cx: Context) -> Verdict:
    """Whether an alarm watches the depth of the queue and tells somebody."""
    possible = False
    for alarm in cx.stack.of(ALARM):
        metric = alarm.read("metricName")
        if metric is UNKNOWN:
            possible = True
            continue
        if metric != DEPTH:
            continue
        links = cx.stack.targets(alarm, "dimensions", QUEUE)
        dimension = alarm.made("dimensions", "QueueName")
        by_name = isinstance(dimension, str) and dimension in queue.names
        if by_name or queue in links.certain:
            return _told(alarm, queue, cx)
        possible = possible or queue in links.possible or (dimension is UNKNOWN and not alarm.edges.get("dimensions"))
    if possible:
        return unknown(f"an alarm may watch {queue.name}, its dimensions are not known yet")
    return fail(f"no alarm watches {DEPTH} of its dead-letter queue {queue.name}")


def _told(alarm: Resource, queue: Resource, cx: Context) -> Verdict:
    """Whether the alarm has an action that it may take."""
    actions = alarm.read("alarmActions")
    if alarm.read("actionsEnabled") is False:
        return fail(f"actionsEnabled of the alarm on {queue.name} is false")
    if actions is UNKNOWN and not alarm.edges.get("alarmActions"):
        return unknown(f"alarmActions of the alarm on {queue.name} is not known yet")
    if (actions is ABSENT or actions == []) and not alarm.edges.get("alarmActions"):
        return fail(f"the alarm on {queue.name} has no alarmActions")
    return passed(f"{alarm.name} tells about {queue.name}")
