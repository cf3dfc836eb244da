"""ASSIST-OBS-001."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-OBS-001",
    title="A log group keeps its lines for a stated time",
    types=["aws:cloudwatch/logGroup:LogGroup"],
    severity=Severity.MEDIUM,
    gate="G1",
    scope=Scope.RESOURCE,
    why="logs that are kept for ever cost for ever and hold what people wrote",
    fix="retention_in_days=30",
    refs=["CKV_AWS_66", "CKV_AWS_338"],
)
def logs_end(resource: Resource, cx: Context) -> Iterable[Verdict]:
    days = resource.number("retentionInDays")
    least, most = cx.settings.log_days_min, cx.settings.log_days_max
    if days is UNKNOWN:
        yield unknown(resource.lack("retentionInDays"))
    elif days is ABSENT or days == 0:
        yield fail("retentionInDays is absent: lines are kept for ever")
    elif not least <= days <= most:
        yield fail(f"retentionInDays is {days}, expected from {least} to {most}")
    else:
        yield passed()
