"""ASSIST-SRV-005."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


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
    source = resource.read("eventSourceArn")
    queue = cx.stack.targets(resource, "eventSourceArn", "aws:sqs/queue:Queue")
    is_queue = bool(queue.certain) or (isinstance(source, str) and ":sqs:" in source)
    if not is_queue:
        yield unknown("eventSourceArn is not known yet") if queue.possible and source is UNKNOWN else passed("no queue")
        return
    size, kinds = resource.read("batchSize"), resource.read("functionResponseTypes")
    if UNKNOWN in (size, kinds):
        yield unknown("batchSize or functionResponseTypes is not known yet")
    elif size != 1 and (kinds is ABSENT or "ReportBatchItemFailures" not in kinds):
        yield fail("functionResponseTypes lacks ReportBatchItemFailures")
    most = resource.read("scalingConfig", "maximumConcurrency")
    if most is UNKNOWN:
        yield unknown("scalingConfig.maximumConcurrency is not known yet")
    elif most is ABSENT and resource.read("provisionedPollerConfig") is ABSENT:
        yield fail("scalingConfig.maximumConcurrency is absent")
    yield passed()
