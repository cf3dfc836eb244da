"""ASSIST-IAM-001."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.logic.identity import IDENTITY_TYPES, each_document
from assistant_policies.logic.statements import actions, covers_everything, statements
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-IAM-001",
    title="No policy gives every right on everything",
    types=list(IDENTITY_TYPES),
    severity=Severity.CRITICAL,
    gate="G0",
    scope=Scope.DOCUMENT,
    why="whoever takes over one such workload owns the account",
    fix="name the actions and the ARNs in the statement",
    refs=["FSBP IAM.1", "CIS 1.15", "CKV_AWS_62", "CKV_AWS_63"],
)
def no_administrators(resource: Resource, cx: Context) -> Iterable[Verdict]:
    for place, read in each_document(resource):
        if read is None:
            yield unknown(f"{place} is not known yet")
            continue
        for statement in statements(read):
            if covers_everything(statement) and ("NotAction" in statement or "*" in actions(statement)):
                yield fail(f"{place} allows every action on every resource")
    yield passed()
