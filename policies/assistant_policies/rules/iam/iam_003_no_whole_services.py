"""ASSIST-IAM-003."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.logic.identity import IDENTITY_TYPES, each_document
from assistant_policies.logic.statements import actions, statements
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-IAM-003",
    title="No policy gives every right of a service",
    types=list(IDENTITY_TYPES),
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.DOCUMENT,
    why="new actions of the service are allowed the day they appear",
    fix="name the actions in the statement",
    refs=["FSBP IAM.21"],
)
def no_whole_services(resource: Resource, cx: Context) -> Iterable[Verdict]:
    for place, read in each_document(resource):
        if read is None:
            yield unknown(f"{place} is not known yet")
            continue
        for statement in statements(read):
            for action in actions(statement):
                service, colon, rest = action.partition(":")
                if colon and rest == "*" and service:
                    yield fail(f"{place} allows {action}")
    yield passed()
