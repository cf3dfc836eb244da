"""Cases of the IAM rules."""

from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, with_edge, without_edge
from tests.policies.kit.resources import R, policy

PASS, FAIL = Answer.PASS, Answer.FAIL
NARROW = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "arn:aws:sqs:us-east-1:1:main"}


def identity(**change: Any) -> R:
    statement = {name: value for name, value in {**NARROW, **change}.items() if value is not None}
    return R("iam/RolePolicy", "rights", {"policy": policy(statement)})


def role(*policies: Any) -> R:
    return R("iam/Role", "worker", {"inlinePolicies": [{"name": "p", "policy": one} for one in policies]})


ADMIN = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
UNKNOWN_CASES = [
    with_edge(
        "a document that is not known yet", Answer.UNKNOWN,
        R("iam/RolePolicy", "rights", {"policy": UNKNOWN}, {"policy": ["main"]}), R("sqs/Queue", "main"),
    ),
    without_edge("a document that is not known", R("iam/Policy", "rights", {"policy": UNKNOWN})),
    without_edge("one of two inline policies that is not known", role(policy(NARROW), UNKNOWN)),
    without_edge("inline policies that are a text", R("iam/Role", "worker", {"inlinePolicies": "all"})),
    without_edge("a document that is none", R("iam/Policy", "rights", {"policy": "allow all"})),
    without_edge("statements that are a text", R("iam/Policy", "rights", {"policy": '{"Statement": "all"}'})),
    without_edge("a name twice in a document",
                 R("iam/Policy", "rights", {"policy": '{"Statement": [], "Statement": []}'})),
]  # fmt: skip

CASES = [
    *of(
        "ASSIST-IAM-001",
        passes("named actions on named resources", identity()),
        passes("a role without inline policies", R("iam/Role", "worker")),
        passes("a document as an object", R("iam/Policy", "rights", {"policy": {"Statement": NARROW}})),
        fails("every action on everything", identity(Action="*", Resource="*")),
        fails("all but some actions on everything", identity(Action=None, NotAction="iam:*", Resource="*")),
        fails("inline in a role", role(policy(NARROW), ADMIN), says="inlinePolicies[1].policy"),
        fails("inline next to one that is not known", role(UNKNOWN, ADMIN)),
        boundary("every action of every service", FAIL, identity(Action=["*:*"], Resource=["*"])),
        boundary("every ARN", FAIL, identity(Action="*", Resource="arn:aws:*:*:*:*")),
        boundary("everything but one", FAIL, identity(Action="*", Resource=None, NotResource="arn:aws:s3:::x")),
        boundary("every action on one resource", PASS, identity(Action="*")),
        boundary("one service on everything", PASS, identity(Action="s3:*", Resource="*")),
        boundary("a Deny of everything", PASS, identity(Effect="Deny", Action="*", Resource="*")),
        *UNKNOWN_CASES,
        without_edge("an action that is a number", identity(Action=7, Resource="*")),
        without_edge("no resource", identity(Action="*", Resource=None)),
        not_applicable("a user", R("iam/User", "someone")),
    ),
    *of(
        "ASSIST-IAM-003",
        passes("named actions", identity()),
        fails("a whole service", identity(Action=["logs:PutLogEvents", "SQS:*"])),
        fails("all services", identity(Action="*")),
        fails("all but some actions", identity(Action=None, NotAction="iam:*")),
        fails("inline in a role", role(ADMIN)),
        boundary("the beginning of a name", PASS, identity(Action="sqs:Send*")),
        boundary("two stars", FAIL, identity(Action="sqs:**")),
        boundary("a Deny of a service", PASS, identity(Effect="Deny", Action="sqs:*")),
        *UNKNOWN_CASES,
        not_applicable("a user", R("iam/User", "someone")),
    ),
    *of(
        "ASSIST-IAM-008",
        fails("a user", R("iam/User", "someone")),
        fails("an access key of which nothing is known", R("iam/AccessKey", "key", {"user": UNKNOWN})),
        not_applicable("a role", R("iam/Role", "worker")),
    ),
]
