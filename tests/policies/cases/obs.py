"""Cases of the OBS rules."""

from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, without_edge
from tests.policies.kit.resources import R


def group(days: Any) -> R:
    return R("cloudwatch/LogGroup", "logs", {"retentionInDays": days})


CASES = [
    *of(
        "ASSIST-OBS-001",
        passes("thirty days", group(30)),
        fails("no days", group(None), says="kept for ever"),
        fails("zero days, which is for ever", group(0)),
        boundary("seven days in staging", Answer.PASS, group(7)),
        boundary("five days in staging", Answer.FAIL, group(5)),
        boundary("five days in dev", Answer.PASS, group(5), environment="dev"),
        boundary("fourteen days in prod", Answer.FAIL, group(14), environment="prod"),
        boundary("the most there is", Answer.PASS, group(3653)),
        boundary("more than that", Answer.FAIL, group(3654)),
        without_edge("days that are not known", group(UNKNOWN)),
        without_edge("days that are a text", group("thirty")),
        without_edge("days that are true", group(True)),
        not_applicable("an alarm", R("cloudwatch/MetricAlarm", "late")),
    )
]
