"""ASSIST-REL-105."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.functions import ALIAS, FUNCTION, behind
from assistant_policies.logic.queues import QUEUE
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

SOURCE, INTEGRATION = "aws:lambda/eventSourceMapping:EventSourceMapping", "aws:apigatewayv2/integration:Integration"
FUNCTION_SECONDS, VISIBILITY_SECONDS, INTEGRATION_MS = 3, 30, 30_000  # what AWS takes when the program says nothing


@rule(
    "ASSIST-REL-105",
    title="Each timeout outlasts the one inside it",
    types=[SOURCE, INTEGRATION],
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.STACK,
    why="a message that becomes visible while it is handled is handled twice; a caller that gives up first gets an error "
    "for work that is done",
    fix="visibility_timeout_seconds of the queue at least 6 times the function's timeout; timeout of a function behind an "
    "API below timeout_milliseconds",
    refs=["AWS Lambda developer guide, Using Lambda with Amazon SQS"],
)
def timeouts_nest(resource: Resource, cx: Context) -> Iterable[Verdict]:
    yield from _source(resource, cx) if resource.type == SOURCE else _integration(resource, cx)


def _source(source: Resource, cx: Context) -> Iterable[Verdict]:
    queues = cx.stack.targets(source, "eventSourceArn", QUEUE)
    if not queues.certain:
        yield (
            unknown("which queue eventSourceArn names is not known yet")
            if queues.possible
            else passed("no queue of ours")
        )
        return
    functions = behind(cx.stack.targets(source, "functionName", FUNCTION, ALIAS), cx.stack)
    if not functions:
        yield unknown("which function functionName names is not known yet")
        return
    window = source.read("maximumBatchingWindowInSeconds")
    for queue in queues.certain:
        hidden = _seconds(queue.read("visibilityTimeoutSeconds"), VISIBILITY_SECONDS)
        for function in functions:
            runs = _seconds(function.read("timeout"), FUNCTION_SECONDS)
            if hidden is None or runs is None or window is UNKNOWN:
                yield unknown(f"timeouts of {queue.name} or {function.name} are not known yet")
                continue
            least = cx.settings.visibility_times * runs + (0 if window is ABSENT else window)
            if hidden < least:
                yield fail(f"visibilityTimeoutSeconds of {queue.name} is {hidden:g}, expected at least {least:g}")
    yield passed()


def _integration(integration: Resource, cx: Context) -> Iterable[Verdict]:
    if integration.read("integrationType") not in ("AWS_PROXY", UNKNOWN):
        yield passed("no function")
        return
    functions = behind(cx.stack.targets(integration, "integrationUri", FUNCTION, ALIAS), cx.stack)
    if not functions:
        uri = integration.made("integrationUri")
        yield (
            unknown("which function integrationUri names is not known yet")
            if uri is UNKNOWN
            else passed("none of ours")
        )
        return
    waits = _seconds(integration.read("timeoutMilliseconds"), INTEGRATION_MS)
    for function in functions:
        runs = _seconds(function.read("timeout"), FUNCTION_SECONDS)
        if waits is None or runs is None:
            yield unknown(f"timeouts of this integration or of {function.name} are not known yet")
        elif runs * 1000 > waits:
            yield fail(f"timeout of {function.name} is {runs:g} s, expected at most {waits / 1000:g} s")
    yield passed()


def _seconds(value: object, default: float) -> float | None:
    if value is ABSENT:
        return default
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
