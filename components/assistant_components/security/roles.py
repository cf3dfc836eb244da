"""What each part of the assistant may do: pure functions from ARNs to permissions, and policy documents of them."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

POLICY_VERSION = "2012-10-17"
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}

# Geographies whose name before a model's id makes it an inference profile, which may run the model in several regions.
PROFILE_GEOGRAPHIES = frozenset({"us", "us-gov", "eu", "apac", "jp", "au", "ca", "in", "sa", "me", "global"})

Statement = dict[str, Any]


class Permission(TypedDict):
    """One statement of what a function may do."""

    sid: str
    """Name of the statement: letters and digits, once per function."""
    actions: list[str]
    """IAM actions, such as sqs:SendMessage."""
    resources: list[pulumi.Input[str]]
    """ARNs that the actions are allowed on."""
    conditions: NotRequired[dict[str, dict[str, pulumi.Input[str]]]]
    """IAM conditions: operator, key, value. Default none."""


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The policy's JSON text; unknown while any part of it is."""
    return pulumi.Output.json_dumps({"Version": POLICY_VERSION, "Statement": list(statements)})


def statement(permission: Permission) -> Statement:
    """A permission in the words of the policy language."""
    stated: Statement = {"Sid": permission["sid"], "Effect": "Allow"}
    stated |= {"Action": permission["actions"], "Resource": permission["resources"]}
    conditions = permission.get("conditions")
    return {**stated, "Condition": conditions} if conditions else stated


def allow(sid: str, actions: list[str], resources: list[pulumi.Input[str]]) -> Permission:
    """A permission without conditions."""
    return {"sid": sid, "actions": actions, "resources": resources}


def service_trust(service: str, account: pulumi.Input[str]) -> Statement:
    """Lets an AWS service take a role, on behalf of resources of this account only."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }


def deny_insecure_transport(actions: str, resource: Any) -> Statement:
    """Refuses everybody who comes without TLS; for policies of queues and topics."""
    return {
        "Sid": "OnlyEncryptedConnections",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resource,
        "Condition": INSECURE,
    }


def write_logs(log_group_arn: pulumi.Input[str]) -> Permission:
    """Writes to one log group, which exists already."""
    return allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [pulumi.Output.concat(log_group_arn, ":*")])


def write_traces() -> Permission:
    """Sends traces; these actions know no resources."""
    return allow("Traces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"])


def attach_to_network(
    partition: pulumi.Input[str], region: pulumi.Input[str], account: pulumi.Input[str]
) -> list[Statement]:
    """What Lambda needs to put a function into a network, and what its code does not get."""
    here = pulumi.Output.concat("arn:", partition, ":ec2:", region, ":", account, ":*/*")
    functions = pulumi.Output.concat("arn:", partition, ":lambda:", region, ":", account, ":function:*")
    changes = [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ]
    lists = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    return [
        statement(allow("Network", changes, [here])),
        statement(allow("NetworkLists", lists, ["*"])),
        {
            "Sid": "NetworkForLambdaOnly",  # holds for calls of a function's code, not for Lambda's own
            "Effect": "Deny",
            "Action": [*changes, *lists],
            "Resource": ["*"],
            "Condition": {"ArnLike": {"lambda:SourceFunctionArn": functions}},
        },
    ]


def send_messages(queue_arn: pulumi.Input[str]) -> Permission:
    """Sends to one queue."""
    return allow("Enqueue", ["sqs:SendMessage"], [queue_arn])


def receive_messages(queue_arn: pulumi.Input[str]) -> Permission:
    """Takes messages from one queue, as an event source does."""
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
    return allow("Messages", actions, [queue_arn])


def read_sessions(table_arn: pulumi.Input[str]) -> Permission:
    """Reads conversations."""
    return allow("ReadSessions", ["dynamodb:Query"], [table_arn])


def write_sessions(table_arn: pulumi.Input[str]) -> Permission:
    """Reads conversations and adds turns to them, in transactions with conditions."""
    actions = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]
    return allow("Sessions", actions, [table_arn])


def read_secret(secret_arn: pulumi.Input[str]) -> Permission:
    """Reads one secret."""
    return allow("ModelKey", ["secretsmanager:GetSecretValue"], [secret_arn])


def use_key(key_arn: pulumi.Input[str], *, encrypts: bool) -> Permission:
    """Decrypts with one key, and makes data keys with it when it sends to an encrypted queue."""
    actions = ["kms:Decrypt", "kms:GenerateDataKey"] if encrypts else ["kms:Decrypt"]
    return allow("Key", actions, [key_arn])


def invoke_model(
    model_id: str, partition: pulumi.Input[str], region: pulumi.Input[str], account: pulumi.Input[str]
) -> list[Permission]:
    """Calls one Bedrock model. An inference profile also needs the models it spans, but only when called through it.

    `model_id` is a model's id, an inference profile's id (a geography before the model's id) or an ARN of either.
    """
    actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    geography, _, model = model_id.partition(".")
    if model_id.startswith("arn:"):
        arn: pulumi.Input[str] = model_id
        kind, _, named = model_id.split(":", 5)[-1].partition("/")
        # an application's profile does not say which model is behind it
        spanned = {"inference-profile": named.partition(".")[2], "application-inference-profile": "*"}.get(kind)
    elif geography in PROFILE_GEOGRAPHIES:
        spanned = model
        arn = pulumi.Output.concat(
            "arn:", partition, ":bedrock:", region, ":", account, ":inference-profile/", model_id
        )
    else:
        spanned = None
        arn = pulumi.Output.concat("arn:", partition, ":bedrock:", region, "::foundation-model/", model_id)
    permissions = [allow("Model", actions, [arn])]
    if spanned is not None:  # a profile may run the model in any region of its geography
        models = pulumi.Output.concat("arn:", partition, ":bedrock:*::foundation-model/", spanned)
        behind = allow("ModelBehindProfile", actions, [models])
        behind["conditions"] = {"ArnEquals": {"bedrock:InferenceProfileArn": arn}}
        permissions.append(behind)
    return permissions


def key_statements(
    prefix: str,
    *,
    partition: pulumi.Input[str],
    dns_suffix: pulumi.Input[str],
    region: pulumi.Input[str],
    account: pulumi.Input[str],
) -> list[Statement]:
    """The policy of a key: the account decides through IAM, CloudWatch uses it for what is named like the stack.

    Queues and tables need nothing here: they use the key with the rights of whoever calls them.
    """

    def here(service: str, rest: str) -> pulumi.Output[str]:
        return pulumi.Output.concat("arn:", partition, f":{service}:", region, ":", account, f":{rest}")

    uses = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    return [
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": pulumi.Output.concat("arn:", partition, ":iam::", account, ":root")},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Principal": {"Service": pulumi.Output.concat("logs.", region, ".", dns_suffix)},
            "Action": uses,
            "Resource": "*",
            # a project may put words before the names that Pulumi gives
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": here("logs", f"log-group:*{prefix}-*")}},
        },
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": here("cloudwatch", f"alarm:*{prefix}-*")},
            },
        },
    ]


def topic_statements(
    topic_arn: pulumi.Input[str],
    *,
    partition: pulumi.Input[str],
    region: pulumi.Input[str],
    account: pulumi.Input[str],
) -> list[Statement]:
    """The policy of an alarm topic: alarms of this account publish, nobody without TLS."""
    alarms = pulumi.Output.concat("arn:", partition, ":cloudwatch:", region, ":", account, ":alarm:*")
    return [
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": alarms}},
        },
        deny_insecure_transport("sns:Publish", topic_arn),
    ]
