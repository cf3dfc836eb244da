"""ASSIST-SRV-007."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.dead_letters import outlived
from assistant_policies.logic.queues import RETENTION_SECONDS, retention
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-SRV-007",
    title="A queue keeps its messages long enough, and its dead letters longer",
    types=["aws:sqs/queue:Queue"],
    severity=Severity.LOW,
    gate="G2",
    scope=Scope.STACK,
    why="a short dead-letter queue loses the evidence before anybody looks",
    fix="message_retention_seconds=345600 (dead letters: 1209600), receive_wait_time_seconds=20",
    refs=["own"],
)
def dead_letters_outlive_messages(resource: Resource, cx: Context) -> Iterable[Verdict]:
    kept, wait = retention(resource), resource.number("receiveWaitTimeSeconds")
    if kept is UNKNOWN:
        yield unknown(resource.lack("messageRetentionSeconds"))
    elif kept < RETENTION_SECONDS:
        yield fail(f"messageRetentionSeconds is {kept}, expected at least {RETENTION_SECONDS} (4 days)")
    if wait is UNKNOWN:
        yield unknown(resource.lack("receiveWaitTimeSeconds"))
    elif wait is ABSENT or wait <= 0:
        yield fail("receiveWaitTimeSeconds is 0")
    yield from outlived(resource, cx)
    yield passed()
