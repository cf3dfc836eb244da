"""ASSIST-EDGE-010."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-EDGE-010",
    title="A stage of an API lets through a limited number of requests",
    types=["aws:apigatewayv2/stage:Stage"],
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.RESOURCE,
    why="one caller could spend the whole budget in an hour",
    fix="default_route_settings={'throttling_rate_limit': 50, 'throttling_burst_limit': 100}",
    refs=["OWASP LLM10"],
)
def stage_is_throttled(resource: Resource, cx: Context) -> Iterable[Verdict]:
    limits = (
        ("throttlingRateLimit", cx.settings.requests_per_second_max),
        ("throttlingBurstLimit", cx.settings.burst_max),
    )
    for name, most in limits:
        value = resource.number("defaultRouteSettings", name)
        if value is UNKNOWN:
            yield unknown(resource.lack("defaultRouteSettings", name))
        elif value is ABSENT or value <= 0:
            yield fail(f"defaultRouteSettings.{name} is {'absent' if value is ABSENT else value}")
        elif value > most:
            yield fail(f"defaultRouteSettings.{name} is {value}, expected at most {most:g}")
    yield passed()
