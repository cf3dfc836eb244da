"""ASSIST-IAM-008."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail


@rule(
    "ASSIST-IAM-008",
    title="There are no IAM users and no access keys",
    types=["aws:iam/user:User", "aws:iam/accessKey:AccessKey"],
    severity=Severity.HIGH,
    gate="G0",
    scope=Scope.RESOURCE,
    why="a key that never expires is used by whoever copied it",
    fix="give the workload an aws.iam.Role, and people a sign-in through your identity provider",
    refs=["CIS 1.20", "CKV_AWS_273"],
)
def no_users(resource: Resource, cx: Context) -> Iterable[Verdict]:
    yield fail("it exists")
