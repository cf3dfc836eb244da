"""Cases of the REL rules: chains of resources, each with one link changed."""

import json
from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, with_edge, without_edge
from tests.policies.kit.resources import R, made

PASS, FAIL, OPEN = Answer.PASS, Answer.FAIL, Answer.UNKNOWN
DAY = 86_400
DEPTH, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"


def redrive(tries: Any = 5, dead: str = "dead") -> str:
    return json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:123456789012:{dead}", "maxReceiveCount": tries})


def source(redrive_policy: Any = None, **more: Any) -> R:
    said = {
        "redrivePolicy": redrive() if redrive_policy is None else redrive_policy,
        "messageRetentionSeconds": 4 * DAY,
    }
    return made("sqs/Queue", "main", {name: value for name, value in said.items() if value != ""}, **more)


DEAD = made("sqs/Queue", "dead", {"messageRetentionSeconds": 14 * DAY})
TOPIC = made("sns/Topic", "topic")
HUMAN = R("sns/TopicSubscription", "human", {"topic": UNKNOWN, "protocol": "email"}, {"topic": ["topic"]})


def alarm(name: str, metric: Any, queue: str, /, *, via: bool = True, **change: Any) -> R:
    said = {
        "metricName": metric, "namespace": "AWS/SQS", "dimensions": {"QueueName": UNKNOWN}, "alarmActions": [UNKNOWN],
        **change,
    }  # fmt: skip
    edges = {"dimensions": [queue] if via else [], "alarmActions": ["topic"] if said["alarmActions"] else []}
    return R("cloudwatch/MetricAlarm", name, said, edges)


DEEP, LATE = alarm("deep", DEPTH, "dead"), alarm("late", AGE, "main")
REST = (DEAD, TOPIC, HUMAN, DEEP, LATE)


def but(gone: R, *instead: R) -> tuple[R, ...]:
    """The chain behind the queue with one resource gone or another instead."""
    return (*(resource for resource in REST if resource is not gone), *instead)


FIRST_PREVIEW = (  # nothing but references is known
    R("sqs/Queue", "main", {"redrivePolicy": UNKNOWN}, {"redrivePolicy": ["dead"]}),
    R("sqs/Queue", "dead", {"messageRetentionSeconds": 14 * DAY}), R("sns/Topic", "topic"), HUMAN, DEEP, LATE,
)  # fmt: skip

WORKER = R("lambda/Function", "worker", {"timeout": 60})
FEED = R(
    "lambda/EventSourceMapping", "feed", {"eventSourceArn": UNKNOWN, "functionName": UNKNOWN},
    {"eventSourceArn": ["main"], "functionName": ["worker"]},
)  # fmt: skip
BY_ALIAS = R("lambda/Alias", "live", {"functionName": UNKNOWN}, {"functionName": ["worker"]})


def hidden(seconds: Any) -> R:
    return R("sqs/Queue", "main", {"visibilityTimeoutSeconds": seconds})


def feed(**inputs: Any) -> R:
    return R(FEED.kind, FEED.name, {**FEED.inputs, **inputs}, FEED.edges)


def worker(seconds: Any) -> R:
    return R("lambda/Function", "worker", {"timeout": seconds})


def integration(**inputs: Any) -> R:
    said = {"integrationType": "AWS_PROXY", "integrationUri": UNKNOWN, "apiId": UNKNOWN, **inputs}
    return R("apigatewayv2/Integration", "call", said, {"integrationUri": ["worker"], "apiId": ["api"]})


def api(protocol: Any = "HTTP") -> R:
    return R("apigatewayv2/Api", "api", {"protocolType": protocol})


CASES = [
    *of(
        "ASSIST-REL-104",
        passes("the whole chain", source(), *REST),
        passes("the chain by a redrive policy apart", source(""), *REST, R(
            "sqs/RedrivePolicy", "apart", {"queueUrl": UNKNOWN, "redrivePolicy": redrive()}, {"queueUrl": ["main"]})),
        passes("the dead-letter queue itself", DEAD, source()),
        passes("a function's dead-letter queue", DEAD, R(
            "lambda/Function", "worker", {"deadLetterConfig": {"targetArn": UNKNOWN}}, {"deadLetterConfig": ["dead"]})),
        passes("an alarm on a formula", source(), *but(DEEP, R("cloudwatch/MetricAlarm", "deep", {
            "metricQueries": [{"metric": {"metricName": DEPTH, "dimensions": {"QueueName": "dead"}}}],
            "alarmActions": ["arn:aws:sns:us-east-1:123456789012:topic"]}))),
        fails("no dead-letter queue", source(""), *REST, says="redrivePolicy is absent"),
        fails("no alarm on dead letters", source(), *but(DEEP), says=DEPTH),
        fails("no alarm on waiting messages", source(), *but(LATE), says=AGE),
        fails("an alarm on another queue", source(), *but(DEEP, alarm("deep", DEPTH, "main")), says=DEPTH),
        fails("an alarm that tells nobody", source(), *but(DEEP, alarm("deep", DEPTH, "dead", alarmActions=None)),
              says="alarmActions"),
        fails("an alarm that is switched off", source(), *but(DEEP, alarm("deep", DEPTH, "dead", actionsEnabled=False)),
              says="actionsEnabled"),
        fails("a topic without subscribers", source(), *but(HUMAN), says="nobody subscribes"),
        fails("dead letters that go first", source(), *but(DEAD, made("sqs/Queue", "dead"))),
        boundary("two tries", FAIL, source(redrive(2)), *REST),
        boundary("three tries", PASS, source(redrive(3)), *REST),
        boundary("three tries as a text", PASS, source(redrive("3")), *REST),
        boundary("a second alarm that tells", PASS, source(), *REST, alarm("deaf", DEPTH, "dead", alarmActions=[])),
        boundary("the same metric of another service", FAIL, source(), *but(
            DEEP, alarm("deep", DEPTH, "dead", namespace="Mine"))),
        with_edge("the first preview: tries are not known", OPEN, *FIRST_PREVIEW),
        with_edge("the first preview without an alarm", FAIL, *FIRST_PREVIEW[:4], LATE),
        with_edge("one of two dead-letter queues", OPEN, R(
            "sqs/Queue", "main", {"redrivePolicy": UNKNOWN}, {"redrivePolicy": ["dead", "other"]}),
            *REST, made("sqs/Queue", "other")),
        with_edge("a queue that may be a dead-letter queue", OPEN, made("sqs/Queue", "other"), DEAD, R(
            "sqs/Queue", "main", {"redrivePolicy": UNKNOWN}, {"redrivePolicy": ["dead", "other"]})),
        without_edge("a redrive policy that is not known", source(UNKNOWN), *REST),
        without_edge("a queue outside of the stack", source(redrive(dead="theirs")), *REST),
        without_edge("dimensions that are not known", source(), *but(
            DEEP, alarm("deep", DEPTH, "dead", via=False, dimensions=UNKNOWN))),
        without_edge("a metric that is not known", source(), *but(DEEP, alarm("deep", UNKNOWN, "dead"))),
        without_edge("a topic outside of the stack", source(), *but(DEEP, R(
            "cloudwatch/MetricAlarm", "deep", {"metricName": DEPTH, "namespace": "AWS/SQS",
            "dimensions": {"QueueName": "dead"}, "alarmActions": ["arn:aws:sns:us-east-1:999999999999:theirs"]}))),
        without_edge("tries that are no number", source(redrive(True)), *REST),
        without_edge("a subscription to a topic that is not known", source(), *but(
            HUMAN, R("sns/TopicSubscription", "human", {"topic": UNKNOWN}))),
        not_applicable("a topic", TOPIC),
    ),
    *of(
        "ASSIST-REL-105",
        passes("six times", FEED, hidden(400), WORKER),
        passes("through an alias", R(FEED.kind, "feed", FEED.inputs, {**FEED.edges, "functionName": ["live"]}),
               hidden(400), BY_ALIAS, WORKER),
        passes("what AWS takes by itself", FEED, hidden(None), worker(None)),
        passes("a function behind an API", integration(), worker(10), api()),
        passes("an API without a function", integration(integrationType="HTTP_PROXY"), worker(900), api()),
        fails("a queue that hides too short", FEED, hidden(60), WORKER, says="expected at least 360"),
        fails("a function that takes longer than its API", integration(), worker(60), api(), says="at most 30 s"),
        boundary("exactly six times", PASS, FEED, hidden(360), WORKER),
        boundary("one second less", FAIL, FEED, hidden(359), WORKER),
        boundary("the window counts", FAIL, feed(maximumBatchingWindowInSeconds=10), hidden(369), WORKER),
        boundary("with the window", PASS, feed(maximumBatchingWindowInSeconds=10), hidden(370), WORKER),
        boundary("as long as the API waits", PASS, integration(), worker(30), api()),
        boundary("one second longer", FAIL, integration(), worker(31), api()),
        boundary("as long as a WebSocket waits", PASS, integration(), worker(29), api("WEBSOCKET")),
        boundary("longer than a WebSocket waits", FAIL, integration(), worker(30), api("WEBSOCKET")),
        boundary("a limit of its own", FAIL, integration(timeoutMilliseconds=9999), worker(10), api()),
        with_edge("an API of a kind that is not known", OPEN, integration(), worker(30), api(UNKNOWN)),
        with_edge("a time that is not known", OPEN, FEED, hidden(UNKNOWN), WORKER),
        with_edge("a time that is a text", OPEN, FEED, hidden(400), worker("a minute")),
        with_edge("one of two functions", OPEN, R(
            FEED.kind, "feed", FEED.inputs, {**FEED.edges, "functionName": ["worker", "other"]}),
            hidden(60), WORKER, R("lambda/Function", "other")),
        with_edge("a kind of integration that is not known", OPEN,
                  integration(integrationType=UNKNOWN), worker(60), api()),
        without_edge("a function that is not known", R(
            FEED.kind, "feed", FEED.inputs, {"eventSourceArn": ["main"]}), hidden(60), WORKER),
        without_edge("a queue that is not known",
                     R(FEED.kind, "feed", FEED.inputs, {"functionName": ["worker"]}), WORKER),
        without_edge("a function outside of the stack", R(
            "apigatewayv2/Integration", "call",
            {"integrationType": "AWS_PROXY", "integrationUri": "arn:aws:lambda:x"})),
        not_applicable("a function", WORKER),
    ),
]  # fmt: skip
