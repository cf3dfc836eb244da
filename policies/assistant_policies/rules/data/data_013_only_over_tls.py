"""ASSIST-DATA-013."""

from collections.abc import Iterable
from typing import Any

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import ABSENT, UNKNOWN
from assistant_policies.logic.kleene import Truth, every, some
from assistant_policies.logic.statements import Statement, listed, statements
from assistant_policies.registry import Context, Scope, Severity, rule
from assistant_policies.verdict import Verdict, judged, unknown

KEY = "aws:securetransport"
# The actions that carry data; a policy of a topic cannot name actions beyond its own.
ACTIONS = {
    "aws:sqs/queuePolicy:QueuePolicy": ("sqs:SendMessage", "sqs:ReceiveMessage"),
    "aws:sns/topicPolicy:TopicPolicy": ("sns:Publish",),
    "aws:s3/bucketPolicy:BucketPolicy": ("s3:GetObject", "s3:PutObject"),
}


@rule(
    "ASSIST-DATA-013",
    title="A resource policy refuses callers without TLS",
    types=list(ACTIONS),
    severity=Severity.HIGH,
    gate="G1",
    scope=Scope.DOCUMENT,
    why="what travels in clear can be read on the way",
    fix="add a Deny for Principal * with Condition {'Bool': {'aws:SecureTransport': 'false'}}",
    refs=["FSBP S3.5", "CIS 2.1.1", "CKV_AWS_379"],
)
def only_over_tls(resource: Resource, cx: Context) -> Iterable[Verdict]:
    value = resource.read("policy")
    if value is ABSENT or value is UNKNOWN:
        yield unknown("policy is absent" if value is ABSENT else resource.lack("policy"))
        return
    try:
        said = statements(value)
    except ValueError as error:
        yield unknown(f"policy is no policy document ({error})")
        return
    refused = {action: some(_refuses(one, action) for one in said) for action in ACTIONS[resource.type]}
    lacking = ", ".join(action for action, truth in refused.items() if truth is not True)
    yield judged(
        every(refused.values()),
        broken=f"policy has no Deny of {lacking} to Principal * for aws:SecureTransport = false",
        missing=f"policy may lack a Deny of {lacking}: a statement in it is not known or not valid",
    )


def _refuses(statement: Statement, action: str) -> Truth:
    return every(
        (
            statement.has_effect("Deny"),
            statement.for_anybody(but_a_few=False),
            statement.covers_action(action.lower()),
            _on_clear_text(statement.condition()),
        )
    )


def _on_clear_text(conditions: Any) -> Truth:
    """Whether conditions hold for every request without TLS: they ask for that, and for nothing else."""
    if conditions == {}:
        return False
    if not isinstance(conditions, dict):
        return None
    return every(_asks(operator.lower(), pairs) for operator, pairs in conditions.items())


def _asks(operator: str, pairs: Any) -> Truth:
    if operator not in {"bool", "boolifexists"}:
        return False
    if not isinstance(pairs, dict) or not pairs:
        return None
    return every(_is_false(value) if key.lower() == KEY else False for key, value in pairs.items())


def _is_false(value: Any) -> Truth:
    return every(str(one).lower() == "false" if isinstance(one, str | bool) else None for one in listed(value))
