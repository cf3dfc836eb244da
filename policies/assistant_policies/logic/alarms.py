"""Alarms on queues, and whether somebody hears them: alarm, action, topic, subscription."""

from assistant_policies.facts.model import Resource
from assistant_policies.facts.stack import Links, Stack
from assistant_policies.facts.values import ABSENT, UNKNOWN, has_unknown, texts
from assistant_policies.logic.kleene import Truth, every, some
from assistant_policies.logic.queues import QUEUE
from assistant_policies.verdict import Verdict, fail, passed, unknown

ALARM, TOPIC = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
DEPTH, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"


def heard(queue: Resource, metric: str, stack: Stack) -> Verdict:
    """Whether an alarm on a metric of the queue reaches a subscriber; else the first link that is missing."""
    watching = {
        alarm: truth for alarm in stack.of(ALARM) if (truth := _watches(alarm, queue, metric, stack)) is not False
    }
    if not watching:
        return fail(f"no alarm watches {metric} of {queue.name}")
    missing: list[str] = []
    open_: list[str] = []
    for alarm, sure in watching.items():
        found = _told(alarm, stack)
        if sure and not found:
            return passed(f"{alarm.name} tells about {queue.name}")
        truth, why = found or (None, f"{alarm.name} may watch {queue.name}: its metric or dimensions are not known yet")
        (missing if sure and truth is False else open_).append(why)
    return unknown(f"{metric}: {open_[0]}") if open_ else fail(f"{metric}: {missing[0]}")


def _watches(alarm: Resource, queue: Resource, metric: str, stack: Stack) -> Truth:
    queries = alarm.read("metricQueries")
    if queries is not ABSENT:
        by_name = True if metric in texts(queries) else None if has_unknown(queries) else False
        return every((by_name, _at(stack.targets(alarm, "metricQueries", QUEUE), queue)))
    return every(
        (
            _is(alarm, "metricName", metric),
            _is(alarm, "namespace", "AWS/SQS"),
            _at(stack.targets(alarm, "dimensions", QUEUE), queue),
        )
    )


def _is(alarm: Resource, name: str, wanted: str) -> Truth:
    said = alarm.text(name)
    return None if said is UNKNOWN else said == wanted


def _at(links: Links, resource: Resource) -> Truth:
    return True if resource in links.certain else None if resource in links.possible else False


def _told(alarm: Resource, stack: Stack) -> tuple[Truth, str] | None:
    """What keeps the alarm from being heard, with False when that is sure and None when not; nothing else."""
    enabled, actions = alarm.flag("actionsEnabled"), alarm.read("alarmActions")
    if enabled is False:
        return False, f"actionsEnabled of {alarm.name} is false"
    if enabled is UNKNOWN:
        return None, f"{alarm.lack('actionsEnabled')} ({alarm.name})"
    if actions is ABSENT or actions == []:
        return False, f"{alarm.name} has no alarmActions"
    topics = stack.targets(alarm, "alarmActions", TOPIC)
    subscribed = [stack.pointing_at(topic, SUBSCRIPTION, "topic") for topic in topics.certain]
    reached = some(True if links.certain else None if links.possible else False for links in subscribed)
    if reached:
        return None
    all_seen = isinstance(actions, list) and len(actions) <= len(topics.certain) and not topics.possible
    if reached is False and all_seen:
        return False, f"nobody subscribes to {topics.certain[0].name}, to which {alarm.name} sends"
    return (
        None,
        f"who hears {alarm.name} is not known: its action or its subscribers are not in this stack, or not known yet",
    )
