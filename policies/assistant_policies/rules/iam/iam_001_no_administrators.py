"""ASSIST-IAM-001."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.logic.identity import IDENTITY_TYPES, each_document
from assistant_policies.logic.kleene import opposite, some
from assistant_policies.logic.statements import allows
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, judged, passed, unknown


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
    for place, said in each_document(resource):
        if isinstance(said, str):
            yield unknown(f"{place} {said}")
            continue
        yield judged(
            opposite(some(allows(one, one.every_action(), one.every_resource()) for one in said)),
            broken=f"{place} allows every action on every resource",
            missing=f"{place} may allow every action on every resource: a statement in it is not known or not valid",
        )
    yield passed()
