"""ASSIST-SRV-007."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.queues import dead_letter_queues
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

DEFAULT_SECONDS = 345_600  # what SQS keeps when the program says nothing: 4 days


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
    kept, wait = resource.read("messageRetentionSeconds"), resource.read("receiveWaitTimeSeconds")
    kept = DEFAULT_SECONDS if kept is ABSENT else kept
    if UNKNOWN in (kept, wait):
        yield unknown("messageRetentionSeconds or receiveWaitTimeSeconds is not known yet")
        return
    if kept < DEFAULT_SECONDS:
        yield fail(f"messageRetentionSeconds is {kept}, expected at least {DEFAULT_SECONDS} (4 days)")
    if wait is ABSENT or wait == 0:
        yield fail("receiveWaitTimeSeconds is 0")
    for dead in dead_letter_queues(resource, cx.stack).certain:
        longer = dead.read("messageRetentionSeconds")
        longer = DEFAULT_SECONDS if longer is ABSENT else longer
        if longer is UNKNOWN:
            yield unknown(f"messageRetentionSeconds of {dead.name} is not known yet")
        elif longer <= kept:
            yield fail(f"messageRetentionSeconds of {dead.name} is {longer}, expected more than {kept}")
    yield passed()
