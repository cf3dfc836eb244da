"""What each part of the assistant may do: pure functions from ARNs to permissions, and policy documents of them."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from assistant_components._place import Place

POLICY_VERSION = "2012-10-17"
READ_SECRET = "secretsmanager:GetSecretValue"
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}

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


def send_messages(queue_arn: pulumi.Input[str], *, asks: bool = False) -> Permission:
    """Sends to one queue; with `asks` also whether it is there."""
    return allow("Enqueue", ["sqs:SendMessage", *(["sqs:GetQueueAttributes"] if asks else [])], [queue_arn])


def receive_messages(queue_arn: pulumi.Input[str]) -> Permission:
    """Takes messages from one queue, as an event source does."""
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
    return allow("Messages", actions, [queue_arn])


def table_access(sid: str, table_arn: pulumi.Input[str], *operations: str) -> Permission:
    """Operations on the items of one table, such as `GetItem`; a transaction needs those that it consists of."""
    return allow(sid, [f"dynamodb:{operation}" for operation in operations], [table_arn])


def read_secret(secret_arn: pulumi.Input[str]) -> Permission:
    """Reads the key of the model's endpoint."""
    return allow("ModelKey", [READ_SECRET], [secret_arn])


def read_secrets(sid: str, secret_arns: Sequence[pulumi.Input[str]]) -> list[Permission]:
    """Reads some secrets, each named once; nothing when there are none."""
    once = list({arn if isinstance(arn, str) else id(arn): arn for arn in secret_arns}.values())
    return [allow(sid, [READ_SECRET], once)] if once else []


def keep_secrets(sid: str, secret_arns: Sequence[pulumi.Input[str]]) -> list[Permission]:
    """Reads some secrets and gives them a value; nothing when there are none."""
    return [allow(sid, [READ_SECRET, "secretsmanager:PutSecretValue"], list(secret_arns))] if secret_arns else []


def use_keys_of_secrets(place: Place) -> Permission:
    """Lets Secrets Manager decrypt, on the role's behalf, secrets that have a KMS key of somebody's own.

    Which key that is stands in no ARN. It need not: the condition holds only inside a reading of a secret that the
    role is allowed to read, and the key's own policy decides as well. The key of a shared secret is in its owner's
    account.
    """
    keys = pulumi.Output.concat("arn:", place.partition, ":kms:", place.region, ":*:key/*")
    via = pulumi.Output.concat("secretsmanager.", place.region, ".amazonaws.com*")  # China's names end in .cn
    return {**allow("KeysOfSecrets", ["kms:Decrypt"], [keys]), "conditions": {"StringLike": {"kms:ViaService": via}}}


def manage_connections(*connection_arns: pulumi.Input[str]) -> Permission:
    """Talks to, or closes, open connections of one WebSocket API."""
    return allow("Connections", ["execute-api:ManageConnections"], list(connection_arns))


def use_key(key_arn: pulumi.Input[str], *, encrypts: bool) -> Permission:
    """Decrypts with one key, and makes data keys with it when it sends to an encrypted queue."""
    actions = ["kms:Decrypt", "kms:GenerateDataKey"] if encrypts else ["kms:Decrypt"]
    return allow("Key", actions, [key_arn])


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
