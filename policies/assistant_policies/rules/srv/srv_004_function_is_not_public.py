"""ASSIST-SRV-004."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-SRV-004",
    title="A function is called by named callers only",
    types=["aws:lambda/functionUrl:FunctionUrl", "aws:lambda/permission:Permission"],
    severity=Severity.CRITICAL,
    gate="G0",
    scope=Scope.STACK,
    why="anybody could run it at our cost, and reach what its role reaches",
    fix="authorization_type='AWS_IAM'; source_arn or source_account in the permission",
    refs=["FSBP Lambda.1", "CKV_AWS_258", "CKV_AWS_301", "CKV_AWS_364"],
)
def function_is_not_public(resource: Resource, cx: Context) -> Iterable[Verdict]:
    if resource.type.endswith(":FunctionUrl"):
        kind = resource.read("authorizationType")
        if kind is UNKNOWN:
            yield unknown("authorizationType is not known yet")
        else:
            yield fail("authorizationType is NONE") if kind == "NONE" else passed()
        return
    principal = resource.read("principal")
    if principal is UNKNOWN:
        yield unknown("principal is not known yet")
        return
    sources = [resource.read(name) for name in ("sourceArn", "sourceAccount", "principalOrgId")]
    given = [
        source for source in sources if source is not ABSENT
    ]  # an unknown source is a source: its reference is there
    if principal == "*" and not given:
        yield fail("principal is * without sourceArn, sourceAccount or principalOrgId")
    elif isinstance(principal, str) and ".amazonaws.com" in principal and not given:
        yield fail(f"principal is {principal} without sourceArn or sourceAccount")
    else:
        yield passed()
