"""ASSIST-DATA-012."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.kleene import every, opposite
from assistant_policies.logic.permissions import PERMISSION, source_of
from assistant_policies.logic.statements import statements
from assistant_policies.logic.strangers import lets_in_strangers
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, judged, passed, unknown

OPTIONAL = ("/queue:Queue", "/topic:Topic")  # without a policy these let in their own account only


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
        PERMISSION,
    ],
    severity=Severity.CRITICAL,
    gate="G0",
    scope=Scope.DOCUMENT,
    why="everybody on the internet could read, write or flood it",
    fix="name the principal, or add a condition such as StringEquals aws:SourceAccount",
    refs=["FSBP SNS.4", "CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169"],
)
def nobody_unknown_is_let_in(resource: Resource, cx: Context) -> Iterable[Verdict]:
    if resource.type == PERMISSION:
        yield _permission(resource)
        return
    value = resource.read("policy")
    if value is ABSENT:
        if not resource.type.endswith(OPTIONAL):
            yield unknown("policy is absent")
        return
    refuses = resource.flag("blockPublicPolicy") if resource.type.endswith(":SecretPolicy") else False
    if refuses is True:
        yield passed("Secrets Manager refuses public policies by itself")
    elif value is UNKNOWN:
        yield unknown(resource.lack("policy"))
    else:
        yield _document(value, blocked=refuses is UNKNOWN)


def _document(value: object, *, blocked: bool) -> Verdict:
    try:
        strangers = lets_in_strangers(statements(value))
    except ValueError as error:
        return unknown(f"policy is no policy document ({error})")
    if strangers and blocked:
        return unknown("policy lets in everybody, and blockPublicPolicy is not known yet")
    return judged(
        opposite(strangers),
        broken="policy allows Principal * without a condition that names an account, organisation, network or source",
        missing="policy may allow Principal *: a principal or condition in it is not known or not valid",
    )


def _permission(resource: Resource) -> Verdict:
    principal = resource.text("principal")
    anybody = None if principal is UNKNOWN or principal is ABSENT else principal == "*"
    return judged(
        opposite(every((anybody, opposite(source_of(resource))))),
        broken="principal is * without sourceArn, sourceAccount or principalOrgId",
        missing="principal, or what narrows it, is not known yet",
    )
