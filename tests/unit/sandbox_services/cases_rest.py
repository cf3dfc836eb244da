"""Resources under test: roles and policies, queues and topics, keys and secrets, schedules."""

from __future__ import annotations

import json

from tests.unit.sandbox_services.case import Case
from tests.unit.sandbox_services.world import TRUST, World, allow, deny_plain


def _redrive(world: World) -> str:
    return json.dumps({"deadLetterTargetArn": world.queue["arn"], "maxReceiveCount": 5})


POLICY = allow("sqs:SendMessage")

READ_SECRET = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "secretsmanager:GetSecretValue", "Resource": "*",
            }
        ],
    }
)  # fmt: skip

CASES = [
    Case(
        "aws:iam/role:Role",
        lambda w: {"assumeRolePolicy": TRUST, "description": "one", "tags": {"a": "b"}},
        {"description": "two", "tags": {"c": "d"}, "maxSessionDuration": 7200},
    ),
    Case(
        "aws:iam/role:Role",
        lambda w: {
            "assumeRolePolicy": TRUST,
            "inlinePolicies": [{"name": "n", "policy": POLICY.replace(" ", "")}],
            "managedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
        },
        {"inlinePolicies": [{"name": "m", "policy": POLICY}]},
        name="with-policies",
    ),
    Case("aws:iam/policy:Policy", lambda w: {"policy": POLICY}, {"policy": allow("sqs:DeleteMessage")}),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        lambda w: {"role": w.role["name"], "policy": POLICY},
        {"policy": allow("sqs:DeleteMessage")},
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda w: {"role": w.role["name"], "policyArn": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"},
    ),
    Case(
        "aws:sqs/queue:Queue",
        lambda w: {
            "fifoQueue": True, "deduplicationScope": "messageGroup", "fifoThroughputLimit": "perMessageGroupId",
            "visibilityTimeoutSeconds": 60, "redrivePolicy": _redrive(w), "tags": {"a": "b"},
        },
        {"visibilityTimeoutSeconds": 90, "tags": None},
        name="fifo",
    ),
    Case(
        "aws:sqs/queue:Queue",
        lambda w: {"kmsMasterKeyId": "alias/aws/sqs", "delaySeconds": 3, "policy": deny_plain("sqs", "*")},
        {"kmsMasterKeyId": None, "delaySeconds": None, "messageRetentionSeconds": 1209600},
        name="standard",
    ),
    Case(
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda w: {"queueUrl": w.queue["url"], "policy": deny_plain("sqs", w.queue["arn"])},
    ),
    Case("aws:sqs/redrivePolicy:RedrivePolicy", lambda w: {"queueUrl": w.queue["url"], "redrivePolicy": _redrive(w)}),
    Case(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        lambda w: {"queueUrl": w.queue["url"], "redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})},
    ),
    Case(
        "aws:scheduler/scheduleGroup:ScheduleGroup", lambda w: {"tags": {"a": "b"}}, {"tags": {"c": "d"}}
    ),
    Case(
        "aws:scheduler/schedule:Schedule",
        lambda w: {
            "scheduleExpression": "rate(1 hour)", "startDate": "2030-01-01T00:00:00Z",
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5},
            "target": {"arn": w.function["arn"], "roleArn": w.role["arn"], "input": "{}",
                       "retryPolicy": {"maximumRetryAttempts": 2}},
        },
        {"state": "DISABLED", "description": "d"},
    ),
    Case(
        "aws:sns/topic:Topic",
        lambda w: {"tags": {"a": "b"}},
        {"displayName": "d", "kmsMasterKeyId": "alias/aws/sns", "tags": None},
    ),
    Case(
        "aws:sns/topic:Topic",
        lambda w: {"fifoTopic": True, "contentBasedDeduplication": True},
        {"contentBasedDeduplication": None},
        name="fifo",
    ),
    Case(
        "aws:sns/topicPolicy:TopicPolicy",
        lambda w: {"arn": w.topic["arn"], "policy": deny_plain("sns", w.topic["arn"])},
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda w: {
            "topic": w.topic["arn"], "protocol": "sqs", "endpoint": w.queue["arn"], "rawMessageDelivery": True,
            "filterPolicy": '{"kind": ["a"]}',
        },
        {"filterPolicy": '{"kind": ["b"]}'},
    ),
    Case(
        "aws:kms/key:Key",
        lambda w: {"deletionWindowInDays": 7, "description": "d", "enableKeyRotation": True, "tags": {"a": "b"}},
        {"description": "e", "isEnabled": False, "enableKeyRotation": None, "tags": None},
    ),
    Case("aws:kms/alias:Alias", lambda w: {"targetKeyId": w.key["keyId"]}),
    Case(
        "aws:secretsmanager/secret:Secret",
        lambda w: {"recoveryWindowInDays": 7, "kmsKeyId": w.key["arn"], "tags": {"a": "b"}},
        {"description": "d", "kmsKeyId": None, "tags": None},
    ),
    Case(
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda w: {"secretId": w.secret["arn"], "secretString": "x"},
    ),
    Case(
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        lambda w: {"secretArn": w.secret["arn"], "policy": READ_SECRET},
    ),
    Case("aws:ssm/parameter:Parameter", lambda w: {"type": "String", "value": "a", "tags": {"a": "b"}}, {"value": "b"}),
    Case(
        "aws:ssm/parameter:Parameter",
        lambda w: {"type": "SecureString", "value": "a", "description": "d"},
        {"description": "e"},
        name="secret",
    ),
]  # fmt: skip
