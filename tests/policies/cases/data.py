"""Cases of the DATA rules."""

from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, with_edge, without_edge
from tests.policies.kit.resources import R, made, policy

PASS, FAIL = Answer.PASS, Answer.FAIL
SAFE: dict[str, Any] = {"pointInTimeRecovery": {"enabled": True}, "deletionProtectionEnabled": True}


def table(**inputs: Any) -> R:
    return R("dynamodb/Table", "sessions", inputs)


def key(**inputs: Any) -> R:
    return R("kms/Key", "key", inputs)


def queue(**inputs: Any) -> R:
    return R("sqs/Queue", "main", inputs)


def open_to_all(**condition: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    return {**found, "Condition": condition} if condition else found


def queue_policy(*statements: Any) -> R:
    return R("sqs/QueuePolicy", "access", {"policy": policy(*statements)})


def over_tls(action: Any = "sqs:*", **more: Any) -> dict[str, Any]:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition, **more}


OURS = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
STRANGERS_OUT: dict[str, Any] = {
    "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sqs:*", "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
}  # fmt: skip
UNKNOWN_POLICY = R("sqs/QueuePolicy", "access", {"policy": UNKNOWN}, {"policy": ["main"]})

CASES = [
    *of(
        "ASSIST-DATA-004",
        passes("a table with both", table(**SAFE)),
        passes("a table of temporary records that expire", table(tags={"data": "temporary"}, ttl={"enabled": True})),
        fails("a table that says nothing", table(), says="pointInTimeRecovery.enabled"),
        fails("a table of temporary records that stay", table(tags={"data": "temporary"})),
        boundary("other records that expire", FAIL, table(tags={"data": "conversation"}, ttl={"enabled": True})),
        without_edge("an expiry that is not known", table(tags={"data": "temporary"}, ttl=UNKNOWN)),
        fails("a table without deletion protection", table(pointInTimeRecovery={"enabled": True})),
        boundary("protection that is switched off", FAIL, table(**{**SAFE, "deletionProtectionEnabled": False})),
        boundary("an unknown next to what is known and wrong", FAIL, table(pointInTimeRecovery=UNKNOWN)),
        without_edge("recovery that is not known", table(**{**SAFE, "pointInTimeRecovery": {"enabled": UNKNOWN}})),
        without_edge("protection that is a text", table(**{**SAFE, "deletionProtectionEnabled": "true"})),
        not_applicable("a bucket", R("s3/Bucket", "files")),
    ),
    *of(
        "ASSIST-DATA-008",
        passes("a key that rotates", key(enableKeyRotation=True)),
        passes("a key for signatures, which cannot rotate",
               key(keyUsage="SIGN_VERIFY", customerMasterKeySpec="RSA_2048")),
        fails("a key that does not rotate", key(), says="enableKeyRotation"),
        fails("a key without the lockout check", key(enableKeyRotation=True, bypassPolicyLockoutSafetyCheck=True)),
        boundary("29 days in prod", FAIL, key(enableKeyRotation=True, deletionWindowInDays=29), environment="prod"),
        boundary("30 days in prod", PASS, key(enableKeyRotation=True, deletionWindowInDays=30), environment="prod"),
        boundary("7 days in staging", PASS, key(enableKeyRotation=True, deletionWindowInDays=7)),
        boundary("a kind that is not known and rotates", PASS, key(keyUsage=UNKNOWN, enableKeyRotation=True)),
        without_edge("a kind that is not known", key(keyUsage=UNKNOWN)),
        without_edge("rotation that is not known", key(enableKeyRotation=UNKNOWN)),
        without_edge("a check that is not known", key(enableKeyRotation=True, bypassPolicyLockoutSafetyCheck=UNKNOWN)),
        without_edge("days that are a text", key(enableKeyRotation=True, deletionWindowInDays="many")),
        not_applicable("an alias", R("kms/Alias", "key")),
    ),
    *of(
        "ASSIST-DATA-011",
        passes("a queue that says nothing, outside of prod", queue()),
        passes("a queue with its own key in prod", queue(kmsMasterKeyId="arn:aws:kms:x"), environment="prod"),
        passes("a topic without a key, outside of prod", R("sns/Topic", "alarms")),
        fails("a queue that is not encrypted", queue(sqsManagedSseEnabled=False)),
        fails("a topic with the key that alarms cannot use",
              R("sns/Topic", "alarms", {"kmsMasterKeyId": "alias/aws/sns"})),
        fails("a queue without a key in prod", queue(sqsManagedSseEnabled=True), environment="prod"),
        boundary("a key of AWS in prod", FAIL, queue(kmsMasterKeyId="alias/aws/sqs"), environment="prod"),
        boundary("a key of AWS in staging", PASS, queue(kmsMasterKeyId="alias/aws/sqs")),
        boundary("an empty key is none", FAIL, queue(kmsMasterKeyId="", sqsManagedSseEnabled=False)),
        with_edge(
            "a key of this stack that is not known yet", PASS,
            R("sqs/Queue", "main", {"kmsMasterKeyId": UNKNOWN}, {"kmsMasterKeyId": ["key"]}), R("kms/Key", "key"),
            environment="prod",
        ),
        without_edge("a key that is not known", queue(kmsMasterKeyId=UNKNOWN), R("kms/Key", "key")),
        without_edge("a switch that is not known", queue(sqsManagedSseEnabled=UNKNOWN)),
        not_applicable("a table", R("dynamodb/Table", "sessions")),
    ),
    *of(
        "ASSIST-DATA-012",
        passes("a policy for one account",
               queue_policy({**open_to_all(), "Principal": {"AWS": "arn:aws:iam::1:root"}})),
        passes("everybody of one account", queue_policy(open_to_all(**OURS))),
        passes("a queue without a policy", R("sqs/QueuePolicy", "access", {"policy": policy()})),
        passes("everybody, less all strangers", queue_policy(open_to_all(), STRANGERS_OUT)),
        passes("everybody, less strangers and those of no organisation", queue_policy(open_to_all(), {
            **STRANGERS_OUT, "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}})),
        passes(
            "a function that an organisation may call",
            R("lambda/Permission", "call", {"principal": "*", "principalOrgId": "o-a1b2c3d4e5"}),
        ),
        passes(
            "a secret that refuses public policies itself",
            R("secretsmanager/SecretPolicy", "p", {"policy": policy(open_to_all()), "blockPublicPolicy": True}),
        ),
        passes("a private network", queue_policy(open_to_all(IpAddress={"aws:VpcSourceIp": "10.0.0.0/8"}))),
        fails("everybody", queue_policy(open_to_all()), says="Principal *"),
        fails("everybody, in a list",
              queue_policy({**open_to_all(), "Principal": {"AWS": ["arn:aws:iam::1:root", "*"]}})),
        fails("everybody but one", queue_policy({**open_to_all(), "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}})),
        fails("a function that everybody may call", R("lambda/Permission", "call", {"principal": "*"})),
        fails("inline in the queue", queue(policy=policy(open_to_all()))),
        boundary("a condition that holds without the key", FAIL,
                 queue_policy(open_to_all(StringEqualsIfExists={"aws:SourceAccount": "123456789012"}))),
        boundary("any account of an ARN", FAIL,
                 queue_policy(open_to_all(ArnLike={"aws:SourceArn": "arn:aws:s3:*:*:*"}))),
        boundary("one bucket of an ARN", PASS,
                 queue_policy(open_to_all(ArnLike={"aws:SourceArn": "arn:aws:s3:::mine*"}))),
        boundary("any organisation", FAIL, queue_policy(open_to_all(StringLike={"aws:PrincipalOrgID": "o-*"}))),
        boundary("a value that the caller chooses", FAIL,
                 queue_policy(open_to_all(StringEquals={"aws:SourceAccount": "${aws:PrincipalAccount}"}))),
        boundary("a public network", FAIL, queue_policy(open_to_all(IpAddress={"aws:SourceIp": "0.0.0.0/0"}))),
        boundary("strangers are denied another action only", FAIL,
                 queue_policy(open_to_all(), {**STRANGERS_OUT, "Action": "sqs:DeleteMessage"})),
        boundary("strangers are denied with a second condition", FAIL, queue_policy(open_to_all(), {
            **STRANGERS_OUT, "Condition": {**STRANGERS_OUT["Condition"], "Bool": {"aws:SecureTransport": "false"}}})),
        boundary("a Deny for everybody lets nobody in", PASS, queue_policy(over_tls())),
        with_edge("a document that is not known yet", Answer.UNKNOWN, UNKNOWN_POLICY, R("sqs/Queue", "main")),
        with_edge(
            "a function that a resource of this stack may call", PASS,
            R("lambda/Permission", "call", {"principal": "*", "sourceArn": UNKNOWN}, {"sourceArn": ["api"]}),
            R("apigatewayv2/Api", "api"),
        ),
        without_edge("a document that is not known", R("sqs/QueuePolicy", "access", {"policy": UNKNOWN})),
        without_edge("no document at all", R("sqs/QueuePolicy", "access", {"policy": "none"})),
        without_edge("a statement that is none", R("sqs/QueuePolicy", "access", {"policy": '{"Statement": [null]}'})),
        without_edge("an effect that is neither", queue_policy({**open_to_all(), "Effect": "Perhaps"})),
        without_edge(
            "a principal that AWS refuses", queue_policy({**open_to_all(), "Principal": "arn:aws:iam::1:root"})
        ),
        without_edge("a principal that is not known", R("sqs/QueuePolicy", "access", {"policy": {
            "Statement": [{"Effect": "Allow", "Principal": UNKNOWN, "Action": "sqs:*", "Resource": "*"}]}})),
        not_applicable("a queue without a policy of its own", queue()),
    ),
    *of(
        "ASSIST-DATA-013",
        passes("all actions of a queue", queue_policy(over_tls())),
        passes("a topic", R("sns/TopicPolicy", "access", {"policy": policy(over_tls("sns:Publish"))})),
        passes("two Denies that do it together", queue_policy(over_tls("sqs:Send*"), over_tls("sqs:ReceiveMessage"))),
        fails("a policy without a Deny", queue_policy(open_to_all(**OURS)), says="aws:SecureTransport"),
        fails("an empty policy", queue_policy()),
        boundary("an Allow with the condition", FAIL, queue_policy(over_tls(Effect="Allow"))),
        boundary("a Deny when it is true", FAIL,
                 queue_policy(over_tls(Condition={"Bool": {"aws:SecureTransport": "true"}}))),
        boundary("a Deny for one principal", FAIL, queue_policy(over_tls(Principal={"AWS": "arn:aws:iam::1:root"}))),
        boundary("a Deny for all but one", FAIL, queue_policy(
            {**over_tls(), "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}})),
        boundary("a Deny of one action", FAIL, queue_policy(over_tls("sqs:SendMessage"))),
        boundary("a Deny with a second condition", FAIL, queue_policy(over_tls(
            Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}))),
        boundary("a Deny with a real false", PASS,
                 queue_policy(over_tls(Condition={"Bool": {"aws:securetransport": False}}))),
        with_edge("a document that is not known yet", Answer.UNKNOWN, UNKNOWN_POLICY, R("sqs/Queue", "main")),
        without_edge("a document that is not known", R("sqs/QueuePolicy", "access", {"policy": UNKNOWN})),
        without_edge("no document at all", R("s3/BucketPolicy", "access", {"policy": 7})),
        without_edge("a condition that is a text", queue_policy(over_tls(Condition="always"))),
        not_applicable("a queue", made("sqs/Queue", "main")),
    ),
]  # fmt: skip
