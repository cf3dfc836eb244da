"""Cases of the EDGE rules."""

from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, without_edge
from tests.policies.kit.resources import R


def stage(rate: Any, burst: Any) -> R:
    limits = {"throttlingRateLimit": rate, "throttlingBurstLimit": burst}
    return R("apigatewayv2/Stage", "default", {"defaultRouteSettings": limits})


CASES = [
    *of(
        "ASSIST-EDGE-010",
        passes("a stage with both limits", stage(50, 100)),
        fails("a stage without limits", R("apigatewayv2/Stage", "default"), says="throttlingRateLimit is absent"),
        fails("a stage without a burst limit", stage(50, None)),
        boundary("a rate at the ceiling", Answer.PASS, stage(1000, 2000)),
        boundary("a rate above the ceiling", Answer.FAIL, stage(1000.5, 2000)),
        boundary("a burst above the ceiling", Answer.FAIL, stage(1000, 2001)),
        boundary("a rate of zero", Answer.FAIL, stage(0, 100)),
        boundary("a rate below zero", Answer.FAIL, stage(-1, 100)),
        without_edge("a rate that is not known", stage(UNKNOWN, 100)),
        without_edge("a rate that is no number", stage("fast", 100)),
        without_edge(
            "settings that are not known", R("apigatewayv2/Stage", "default", {"defaultRouteSettings": UNKNOWN})
        ),
        not_applicable("an API", R("apigatewayv2/Api", "api")),
    )
]
