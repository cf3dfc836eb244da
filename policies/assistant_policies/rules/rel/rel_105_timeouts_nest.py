"""ASSIST-REL-105."""

import math
from collections.abc import Iterable
from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.functions import ALIAS, FUNCTION, behind
from assistant_policies.logic.queues import OTHER_SOURCES, QUEUE
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

SOURCE, INTEGRATION = "aws:lambda/eventSourceMapping:EventSourceMapping", "aws:apigatewayv2/integration:Integration"
API = "aws:apigatewayv2/api:Api"
# What AWS takes when the program says nothing.
FUNCTION_SECONDS, VISIBILITY_SECONDS = 3, 30
INTEGRATION_MS = {"HTTP": 30_000, "WEBSOCKET": 29_000}


@rule(
    "ASSIST-REL-105",
    title="Each timeout outlasts the one inside it",
    types=[SOURCE, INTEGRATION],
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.STACK,
    why="a message that becomes visible while it is handled is handled twice; a caller that gives up first gets an "
    "error for work that is done",
    fix="visibility_timeout_seconds of the queue at least 6 times the function's timeout; timeout of a function "
    "behind an API at most timeout_milliseconds",
    refs=["AWS Lambda developer guide, Using Lambda with Amazon SQS"],
)
def timeouts_nest(resource: Resource, cx: Context) -> Iterable[Verdict]:
    yield from _source(resource, cx) if resource.type == SOURCE else _integration(resource, cx)


def _source(source: Resource, cx: Context) -> Iterable[Verdict]:
    linked = cx.stack.targets(source, "eventSourceArn", QUEUE, *OTHER_SOURCES)
    queues = [other for other in linked.certain if other.type == QUEUE]
    if not queues:
        yield (
            unknown("which queue eventSourceArn names is not known yet")
            if linked.undecided
            else passed("no queue of ours")
        )
        return
    functions = behind(cx.stack.targets(source, "functionName", FUNCTION, ALIAS), cx.stack).certain
    if not functions:
        yield unknown("which function functionName names is not known yet, or not in this stack")
        return
    window = source.number("maximumBatchingWindowInSeconds")
    for queue in queues:
        hidden = _with_default(queue.number("visibilityTimeoutSeconds"), VISIBILITY_SECONDS)
        for function in functions:
            runs = _with_default(function.number("timeout"), FUNCTION_SECONDS)
            if UNKNOWN in (hidden, runs, window):
                yield unknown(f"timeouts of {queue.name} or {function.name}, or the batching window, are not known yet")
                continue
            least = cx.settings.visibility_times * runs + _with_default(window, 0)
            if hidden < least:
                yield fail(f"visibilityTimeoutSeconds of {queue.name} is {hidden:g}, expected at least {least:g}")
    yield passed()


def _integration(integration: Resource, cx: Context) -> Iterable[Verdict]:
    kind = integration.text("integrationType")
    if kind not in ("AWS_PROXY", "AWS", UNKNOWN, ABSENT) or integration.read("integrationUri") is ABSENT:
        yield passed("no function")
        return
    functions = behind(cx.stack.targets(integration, "integrationUri", FUNCTION, ALIAS), cx.stack).certain
    if not functions:
        yield unknown("which function integrationUri names is not known yet, or not in this stack")
        return
    for function in functions:
        runs = _with_default(function.number("timeout"), FUNCTION_SECONDS)
        least, most = _waits_ms(integration, cx)
        if runs is not UNKNOWN and runs * 1000 <= least:
            continue
        if runs is UNKNOWN or runs * 1000 <= most or kind is UNKNOWN or kind is ABSENT:
            yield unknown(f"integrationType, or timeouts of this integration or of {function.name}, are not known yet")
        else:
            yield fail(f"timeout of {function.name} is {runs:g} s, expected at most {most / 1000:g} s")
    yield passed()


def _waits_ms(integration: Resource, cx: Context) -> tuple[float, float]:
    """The least and the most that the API may wait, as far as that is known."""
    said = integration.number("timeoutMilliseconds")
    if said is UNKNOWN:
        return 0, math.inf
    if said is not ABSENT:
        return said, said
    kinds = {api.text("protocolType") for api in cx.stack.targets(integration, "apiId", API).certain}
    possible = INTEGRATION_MS.values() if len(kinds) != 1 else [INTEGRATION_MS.get(kind, 0) for kind in kinds]
    return (min(possible), max(possible)) if 0 not in possible else (min(INTEGRATION_MS.values()), math.inf)


def _with_default(value: Any, default: float) -> Any:
    return default if value is ABSENT else value
