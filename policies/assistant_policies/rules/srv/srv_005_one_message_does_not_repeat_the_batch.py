"""ASSIST-SRV-005."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.kleene import some
from assistant_policies.logic.queues import OTHER_SOURCES, QUEUE
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, judged, passed, unknown


@rule(
    "ASSIST-SRV-005",
    title="A failing message does not repeat its batch, and a queue does not start functions without end",
    types=["aws:lambda/eventSourceMapping:EventSourceMapping"],
    severity=Severity.MEDIUM,
    gate="G1",
    scope=Scope.STACK,
    why="messages that were answered are answered again when one of their batch fails",
    fix="function_response_types=['ReportBatchItemFailures'], scaling_config={'maximum_concurrency': 20}",
    refs=["own"],
)
def one_message_does_not_repeat_the_batch(resource: Resource, cx: Context) -> Iterable[Verdict]:
    source = resource.text("eventSourceArn")
    linked = cx.stack.targets(resource, "eventSourceArn", QUEUE, *OTHER_SOURCES)
    named = isinstance(source, str) and ":sqs:" in source
    if not named and not any(other.type == QUEUE for other in linked.certain):
        # Sure: something else of the stack, a known ARN of something else, or no ARN, as with a broker of one's own.
        sure = linked.certain or source is not UNKNOWN
        yield passed("no queue") if sure else unknown(resource.lack("eventSourceArn"))
        return
    yield _batch(resource)
    most, poller = resource.number("scalingConfig", "maximumConcurrency"), resource.read("provisionedPollerConfig")
    if most is ABSENT and poller is ABSENT:
        yield fail("scalingConfig.maximumConcurrency is absent")
    elif most is UNKNOWN and not isinstance(poller, dict):
        yield unknown(resource.lack("scalingConfig", "maximumConcurrency"))
    elif most is ABSENT and not isinstance(poller, dict):
        yield unknown(resource.lack("provisionedPollerConfig"))


def _batch(resource: Resource) -> Verdict:
    size, kinds = resource.number("batchSize"), resource.read("functionResponseTypes")
    given = [] if kinds is ABSENT else kinds if isinstance(kinds, list) else [UNKNOWN]
    told = some(kind == "ReportBatchItemFailures" if isinstance(kind, str) else None for kind in given)
    return judged(
        some((None if size is UNKNOWN else size == 1, told)),
        broken="functionResponseTypes lacks ReportBatchItemFailures",
        missing="batchSize or functionResponseTypes is not known yet",
    )
