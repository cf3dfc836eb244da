"""ASSIST-SRV-004."""

import re
from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.kleene import every, opposite
from assistant_policies.logic.permissions import PERMISSION, source_of
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, judged, passed, unknown

SERVICE = re.compile(r"\.amazon(aws)?\.com(\.cn)?$", re.IGNORECASE)


@rule(
    "ASSIST-SRV-004",
    title="A function is called by named callers only",
    types=["aws:lambda/functionUrl:FunctionUrl", PERMISSION],
    severity=Severity.CRITICAL,
    gate="G0",
    scope=Scope.STACK,
    why="anybody could run it at our cost, and reach what its role reaches",
    fix="authorization_type='AWS_IAM'; source_arn or source_account in the permission",
    refs=["FSBP Lambda.1", "CKV_AWS_258", "CKV_AWS_301", "CKV_AWS_364"],
)
def function_is_not_public(resource: Resource, cx: Context) -> Iterable[Verdict]:
    if resource.type == PERMISSION:
        yield _permission(resource)
        return
    kind = resource.text("authorizationType")
    if kind in ("NONE", "AWS_IAM"):
        yield fail("authorizationType is NONE") if kind == "NONE" else passed()
    else:
        yield unknown("authorizationType is neither AWS_IAM nor NONE, or not known yet")


def _permission(resource: Resource) -> Verdict:
    principal = resource.text("principal")
    if principal is ABSENT:
        return unknown("principal is absent")
    wide = None if principal is UNKNOWN else principal == "*" or bool(SERVICE.search(principal))
    return judged(
        opposite(every((wide, opposite(source_of(resource))))),
        broken=f"principal is {principal} without sourceArn, sourceAccount or principalOrgId",
        missing="principal, or what narrows it, is not known yet",
    )
