"""ASSIST-NET-104."""

from collections.abc import Iterable
from dataclasses import dataclass

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.kleene import Truth, every
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@dataclass(frozen=True)
class Form:
    """A property of the parent, and the resources that would state the same: type, property that names the parent."""

    inline: str
    apart: tuple[tuple[str, str], ...]
    kind: str = ""
    """The `type` that a rule of its own must have to state the same; empty when it has none."""


RULE, ROUTE = "aws:ec2/securityGroupRule:SecurityGroupRule", "aws:ec2/route:Route"
FORMS: dict[str, tuple[Form, ...]] = {
    "aws:ec2/securityGroup:SecurityGroup": tuple(
        Form(
            way,
            (
                (RULE, "securityGroupId"),
                (f"aws:vpc/securityGroup{way.title()}Rule:SecurityGroup{way.title()}Rule", "securityGroupId"),
                ("aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive", "securityGroupId"),
            ),
            way,
        )
        for way in ("ingress", "egress")
    ),
    "aws:iam/role:Role": (
        Form(
            "inlinePolicies",
            (
                ("aws:iam/rolePolicy:RolePolicy", "role"),
                ("aws:iam/rolePoliciesExclusive:RolePoliciesExclusive", "roleName"),
            ),
        ),
        Form(
            "managedPolicyArns",
            (
                ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"),
                ("aws:iam/policyAttachment:PolicyAttachment", "roles"),
                ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName"),
            ),
        ),
    ),
    "aws:ec2/routeTable:RouteTable": (Form("routes", ((ROUTE, "routeTableId"),)),),
}


@rule(
    "ASSIST-NET-104",
    title="Rules, policies and routes stand in one form only, inline or on their own",
    types=list(FORMS),
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.STACK,
    why="each update removes what the other form has made, and the next one makes it again",
    fix="move the inline entries into resources of their own, or the other way round",
    refs=["AWSGuard security-group-no-rule-management-conflicts", "AWSGuard iam-role-no-policy-management-conflicts"],
)
def one_owner_per_rule_set(resource: Resource, cx: Context) -> Iterable[Verdict]:
    for form in FORMS[resource.type]:
        inline = resource.read(form.inline)
        filled = None if inline is UNKNOWN else inline is not ABSENT and inline != []
        for type_, via in form.apart:
            links = cx.stack.pointing_at(resource, type_, via)
            stated = [every((filled, _same(other, form))) for other in links.certain]
            stated += [every((filled, None, _same(other, form))) for other in links.possible]
            others = (*links.certain, *links.possible)
            for other, truth in zip(others, stated, strict=True):
                if truth:
                    yield fail(f"{form.inline} and {other.name} both state its entries")
                elif truth is None:
                    yield unknown(f"{form.inline} and {other.name} may both state its entries")
    yield passed()


def _same(other: Resource, form: Form) -> Truth:
    """Whether a resource states entries of this form: a rule of the old kind says which way it goes."""
    if other.type != RULE:
        return True
    kind = other.text("type")
    return None if kind is UNKNOWN or kind is ABSENT else kind == form.kind
