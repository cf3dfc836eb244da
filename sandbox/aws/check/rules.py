"""Rules that the real provider keeps in code rather than in its schema, one function for each resource type.

A rule reads plain values in which anything may be UNKNOWN; it answers only about what it knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.aws.check.show import show
from sandbox.provider.protocol import Failure
from sandbox.provider.values import UNKNOWN, has_unknown

Given = dict[str, Any]
Rule = Callable[[Given], Iterator[Failure]]


def broken_rules(token: str, given: Given) -> Iterator[Failure]:
    """What the type's own rules say against the plain values."""
    for rule in RULES.get(token, ()):
        yield from rule(given)


def _wrong(path: str, value: Any, expected: str) -> Failure:
    return Failure(path, f"{path}: got {show(value)}, expected {expected}")


def _known(given: Given, name: str, kind: type) -> Any:
    """The value when it is known and of the kind, else None."""
    value = given.get(name)
    return value if isinstance(value, kind) else None


def _queue(given: Given) -> Iterator[Failure]:
    fifo, name = given.get("fifoQueue"), _known(given, "name", str)
    if fifo is UNKNOWN:
        return
    if name is not None and fifo and not re.fullmatch(r"[a-zA-Z0-9_-]{1,75}\.fifo", name):
        yield _wrong("name", name, "up to 75 letters, digits, - and _ and then .fifo, because fifoQueue is true")
    if name is not None and not fifo and not re.fullmatch(r"[a-zA-Z0-9_-]{1,80}", name):
        yield _wrong("name", name, "up to 80 letters, digits, - and _")
    for only in ("contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"):
        value = given.get(only)
        if not fifo and value is not UNKNOWN and value:
            yield _wrong(only, value, "nothing unless fifoQueue is true")
    yield from _redrive(given)


def _redrive(given: Given) -> Iterator[Failure]:
    text = _known(given, "redrivePolicy", str)
    if not text:
        return
    policy = json.loads(text)
    count = policy.get("maxReceiveCount") if isinstance(policy, dict) else None
    if not isinstance(policy, dict) or not policy.get("deadLetterTargetArn"):
        yield _wrong("redrivePolicy", text, "JSON with deadLetterTargetArn and maxReceiveCount")
    elif not str(count).isdigit() or not 1 <= int(str(count)) <= 1000:
        yield _wrong("redrivePolicy", count, "maxReceiveCount to be a whole number from 1 to 1000")


def _topic(given: Given) -> Iterator[Failure]:
    fifo, name = given.get("fifoTopic"), _known(given, "name", str)
    if fifo is UNKNOWN:
        return
    pattern = r"[a-zA-Z0-9_-]{1,251}\.fifo" if fifo else r"[a-zA-Z0-9_-]{1,256}"
    if name is not None and not re.fullmatch(pattern, name):
        ending = " and then .fifo, because fifoTopic is true" if fifo else ""
        yield _wrong("name", name, f"up to {251 if fifo else 256} letters, digits, - and _{ending}")
    if not fifo and given.get("contentBasedDeduplication") is True:
        yield _wrong("contentBasedDeduplication", True, "nothing unless fifoTopic is true")


def _function(given: Given) -> Iterator[Failure]:
    if given.get("packageType", "Zip") != "Zip":
        return
    for name in ("handler", "runtime"):
        if given.get(name) in (None, ""):
            yield Failure(name, f"{name}: got nothing, expected a value; it is required when packageType is Zip")


def _event_source(given: Given) -> Iterator[Failure]:
    source = _known(given, "eventSourceArn", str)
    if source is None:
        return
    position, window = given.get("startingPosition"), given.get("maximumBatchingWindowInSeconds")
    batch = given.get("batchSize")
    if ":sqs:" in source:
        if position not in (None, UNKNOWN, ""):
            yield _wrong("startingPosition", position, "nothing for a queue")
        if source.endswith(".fifo"):
            if window not in (None, UNKNOWN, 0):
                yield _wrong("maximumBatchingWindowInSeconds", window, "nothing for a FIFO queue")
            if isinstance(batch, int) and batch > 10:
                yield _wrong("batchSize", batch, "at most 10 for a FIFO queue")
        elif isinstance(batch, int) and batch > 10 and window in (None, 0):
            yield _wrong("batchSize", batch, "at most 10 without maximumBatchingWindowInSeconds")
    elif (":kinesis:" in source or ":dynamodb:" in source) and position in (None, ""):
        yield _wrong("startingPosition", position, "LATEST, TRIM_HORIZON or AT_TIMESTAMP for a stream")


def _table(given: Given) -> Iterator[Failure]:
    attributes, parts = given.get("attributes"), [given.get("hashKey"), given.get("rangeKey")]
    indexes = [*_listed(given, "globalSecondaryIndexes"), *_listed(given, "localSecondaryIndexes")]
    if isinstance(attributes, list) and not has_unknown([attributes, parts, indexes]):
        for index in indexes:
            parts += [index.get("hashKey"), index.get("rangeKey")]
            parts += [part.get("attributeName") for part in index.get("keySchemas") or []]
        names, keys = [item.get("name") for item in attributes], {part for part in parts if part}
        if unused := [name for name in names if name not in keys]:
            yield Failure("attributes", f"attributes: all attributes must be indexed, got unused {json.dumps(unused)}")
        if missing := sorted(keys - set(names)):
            yield Failure(
                "attributes", f"attributes: got no definition of the keys {json.dumps(missing)}, expected one"
            )
    if given.get("billingMode", "PROVISIONED") == "PROVISIONED":
        for name in ("readCapacity", "writeCapacity"):
            if given.get(name) in (None, 0):
                yield _wrong(name, given.get(name), "at least 1 when billingMode is PROVISIONED")
    ttl = given.get("ttl")
    if isinstance(ttl, dict) and ttl.get("enabled") is True and ttl.get("attributeName") in (None, ""):
        yield _wrong("ttl.attributeName", ttl.get("attributeName"), "the name of an attribute when ttl.enabled is true")
    if given.get("streamEnabled") is True and given.get("streamViewType") in (None, ""):
        yield _wrong("streamViewType", given.get("streamViewType"), "a view type when streamEnabled is true")


def _listed(given: Given, name: str) -> list[Any]:
    value = given.get(name)
    return value if isinstance(value, list) else [UNKNOWN] if value is UNKNOWN else []


def _alarm(given: Given) -> Iterator[Failure]:
    period = given.get("period")
    if isinstance(period, int) and period not in (10, 20, 30) and period % 60:
        yield _wrong("period", period, "10, 20, 30 or a multiple of 60 seconds")
    if given.get("metricName") and given.get("statistic") is None and given.get("extendedStatistic") is None:
        yield Failure("statistic", "statistic: got nothing, expected statistic or extendedStatistic beside metricName")
    if not any(given.get(name) for name in ("metricName", "metricQueries", "evaluationCriteria") if name in given):
        yield Failure("metricName", "metricName: got nothing, expected metricName or metricQueries")


def _bucket(given: Given) -> Iterator[Failure]:
    name = _known(given, "bucket", str)
    if name is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        yield _wrong("bucket", name, "3 to 63 small letters, digits, - and ., with a letter or digit at both ends")


def _route(given: Given) -> Iterator[Failure]:
    key = _known(given, "routeKey", str)
    methods = r"(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*"
    if key is not None and " " in key and not re.fullmatch(methods, key):
        yield _wrong("routeKey", key, "$default or a method in capitals and a path, such as GET /items")


def _schedule_of(name: str) -> Rule:
    def rule(given: Given) -> Iterator[Failure]:
        text = _known(given, name, str)
        if text and not re.fullmatch(r"(rate\([1-9]\d* \w+\)|cron\(\S+ \S+ \S+ \S+ \S+ \S+\)|at\([\dT:-]+\))", text):
            yield _wrong(name, text, "rate(…), cron(… six fields …) or at(…)")

    return rule


RULES: dict[str, tuple[Rule, ...]] = {
    "aws:apigatewayv2/route:Route": (_route,),
    "aws:cloudwatch/eventRule:EventRule": (_schedule_of("scheduleExpression"),),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (_alarm,),
    "aws:dynamodb/table:Table": (_table,),
    "aws:lambda/eventSourceMapping:EventSourceMapping": (_event_source,),
    "aws:lambda/function:Function": (_function,),
    "aws:s3/bucket:Bucket": (_bucket,),
    "aws:scheduler/schedule:Schedule": (_schedule_of("scheduleExpression"),),
    "aws:sns/topic:Topic": (_topic,),
    "aws:sqs/queue:Queue": (_queue,),
    "aws:sqs/redrivePolicy:RedrivePolicy": (_redrive,),
}
