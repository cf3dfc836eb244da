"""ASSIST-DATA-012."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.statements import anybody, document, narrowed, statements
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, fail, passed, unknown


@rule(
    "ASSIST-DATA-012",
    title="No policy lets in anonymous callers or any account",
    types=[
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/queue:Queue",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topic:Topic",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
    ],
    severity=Severity.CRITICAL,
    gate="G0",
    scope=Scope.DOCUMENT,
    why="everybody on the internet could read, write or flood it",
    fix="name the principal, or add a condition such as StringEquals aws:SourceAccount",
    refs=["FSBP SNS.4", "CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169"],
)
def nobody_unknown_is_let_in(resource: Resource, cx: Context) -> Iterable[Verdict]:
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
    for statement in statements(read):
        if not anybody(statement):
            continue
        kept_out = narrowed(statement)
        if kept_out is None:
            yield unknown("policy allows Principal *, and its condition is not known yet")
        elif not kept_out:
            yield fail("policy allows Principal * without a condition that names an account, organisation or source")
    yield passed()
