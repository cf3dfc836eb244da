"""ASSIST-NET-104."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown

GROUP, ROLE, TABLE = "aws:ec2/securityGroup:SecurityGroup", "aws:iam/role:Role", "aws:ec2/routeTable:RouteTable"
# Parent -> (inline properties, standalone types with the property that names the parent).
FORMS = {
    GROUP: (
        ("ingress", "egress"),
        (
            ("aws:ec2/securityGroupRule:SecurityGroupRule", "securityGroupId"),
            ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "securityGroupId"),
            ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "securityGroupId"),
        ),
    ),
    ROLE: (
        ("inlinePolicies", "managedPolicyArns"),
        (("aws:iam/rolePolicy:RolePolicy", "role"), ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role")),
    ),
    TABLE: (("routes",), (("aws:ec2/route:Route", "routeTableId"),)),
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
    inline, standalone = FORMS[resource.type]
    given = {name: resource.read(name) for name in inline}
    filled = [name for name, value in given.items() if value not in (ABSENT, []) and value is not UNKNOWN]
    undecided = [name for name, value in given.items() if value is UNKNOWN]
    for kind, via in standalone:
        links = cx.stack.pointing_at(resource, kind, via)
        if links.certain and filled:
            yield fail(f"{', '.join(filled)} and {links.certain[0].name} both state its entries")
        elif (links.certain and undecided) or (links.possible and filled):
            yield unknown(f"{kind.rpartition(':')[2]} may state what {', '.join(filled + undecided)} states")
    yield passed()
