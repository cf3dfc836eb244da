"""ASSIST-DATA-013."""

from collections.abc import Iterable
from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.statements import anybody, document, statements
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


def _refuses_clear_text(statement: dict[str, Any]) -> bool:
    conditions = statement.get("Condition")
    if not anybody(statement) or not isinstance(conditions, dict):
        return False
    for operator, pairs in conditions.items():
        if operator.lower() in {"bool", "boolifexists"} and isinstance(pairs, dict):
            for key, wanted in pairs.items():
                if key.lower() == "aws:securetransport" and str(wanted).lower() == "false":
                    return True
    return False


@rule(
    "ASSIST-DATA-013",
    title="A resource policy refuses callers without TLS",
    types=["aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topicPolicy:TopicPolicy", "aws:s3/bucketPolicy:BucketPolicy"],
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.DOCUMENT,
    why="what travels in clear can be read on the way",
    fix="add a Deny for Principal * with Condition {'Bool': {'aws:SecureTransport': 'false'}}",
    refs=["FSBP S3.5", "CIS 2.1.1", "CKV_AWS_379"],
)
def only_over_tls(resource: Resource, cx: Context) -> Iterable[Verdict]:
    value = resource.read("policy")
    if value is ABSENT:
        return
    if value is UNKNOWN:
        yield unknown("policy is not known yet")
        return
    try:
        read = document(value)
    except ValueError:
        yield unknown("policy is no JSON document")
        return
    yield (
        passed()
        if any(_refuses_clear_text(s) for s in statements(read, "Deny"))
        else fail("policy has no Deny for aws:SecureTransport = false")
    )
