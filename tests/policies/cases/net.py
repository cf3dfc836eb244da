"""Cases of the NET rules."""

from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, with_edge, without_edge
from tests.policies.kit.resources import R, made

PASS, FAIL = Answer.PASS, Answer.FAIL
ENTRY = {"protocol": "tcp", "fromPort": 443, "toPort": 443}


def group(**inputs: Any) -> R:
    return R("ec2/SecurityGroup", "web", inputs)


def apart(kind: str, *, name: str = "apart", **inputs: Any) -> R:
    return R(kind, name, {"securityGroupId": UNKNOWN, **inputs}, {"securityGroupId": ["web"]})


def role(**inputs: Any) -> R:
    return R("iam/Role", "worker", inputs)


INLINE = [{"name": "p", "policy": "{}"}]
OF_ROLE = R("iam/RolePolicy", "rights", {"role": UNKNOWN}, {"role": ["worker"]})
ATTACHED = R("iam/RolePolicyAttachment", "attached", {"role": UNKNOWN}, {"role": ["worker"]})

CASES = [
    *of(
        "ASSIST-NET-104",
        passes("inline only", group(ingress=[ENTRY])),
        passes("apart only", group(), apart("vpc/SecurityGroupIngressRule")),
        passes("inline policies and attachments, which do not meet", role(inlinePolicies=INLINE), ATTACHED),
        fails("both forms of a security group", group(ingress=[ENTRY]), apart("vpc/SecurityGroupIngressRule")),
        fails("both forms of a role's policies", role(inlinePolicies=INLINE), OF_ROLE, says="inlinePolicies"),
        fails("both forms of a role's attachments", role(managedPolicyArns=["arn:aws:iam::aws:policy/X"]), ATTACHED),
        fails(
            "both forms of a route table, by its known id", made("ec2/RouteTable", "table", {"routes": [{}]}),
            R("ec2/Route", "out", {"routeTableId": "table"}),
        ),
        boundary("an empty inline list", PASS, group(ingress=[]), apart("vpc/SecurityGroupIngressRule")),
        boundary("inline one way, apart the other", PASS, group(egress=[ENTRY]), apart("vpc/SecurityGroupIngressRule")),
        boundary("an old rule the same way", FAIL,
                 group(egress=[ENTRY]), apart("ec2/SecurityGroupRule", type="egress")),
        boundary("an old rule the other way", PASS,
                 group(egress=[ENTRY]), apart("ec2/SecurityGroupRule", type="ingress")),
        boundary(
            "a rule of another group", PASS, group(ingress=[ENTRY]), R("ec2/SecurityGroup", "other"),
            R("vpc/SecurityGroupIngressRule", "apart", {"securityGroupId": UNKNOWN}, {"securityGroupId": ["other"]}),
        ),
        with_edge("an inline list that is not known", Answer.UNKNOWN, role(inlinePolicies=UNKNOWN), OF_ROLE),
        with_edge(
            "a rule of one of two groups", Answer.UNKNOWN, group(ingress=[ENTRY]), R("ec2/SecurityGroup", "other"),
            R("vpc/SecurityGroupIngressRule",
              "apart", {"securityGroupId": UNKNOWN}, {"securityGroupId": ["web", "other"]}),
        ),
        with_edge(
            "a rule of a group inside a component", Answer.UNKNOWN,
            R("ec2/SecurityGroup", "web", {"ingress": [ENTRY]}, parent="net"), R("my:index:Net", "net"),
            R("vpc/SecurityGroupIngressRule", "apart", {"securityGroupId": UNKNOWN}, {"securityGroupId": ["net"]}),
        ),
        without_edge(
            "a rule of a group that is not known", group(ingress=[ENTRY]),
            R("vpc/SecurityGroupIngressRule", "apart", {"securityGroupId": UNKNOWN}),
        ),
        without_edge(
            "a rule of a group by an id, before groups have theirs", group(ingress=[ENTRY]),
            R("vpc/SecurityGroupIngressRule", "apart", {"securityGroupId": "sg-1"}),
        ),
        not_applicable("a subnet", R("ec2/Subnet", "a")),
    )
]  # fmt: skip
