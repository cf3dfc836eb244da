"""What the cloud fills in by itself when a program leaves it out: default policies, sizes, modes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.provider.values import UNKNOWN, AssetRef

Filler = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""(planned outputs, place with partition, account and the outputs made so far) -> value."""

_SNS_ACTIONS = [
    "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
    "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
]  # fmt: skip


def _policy(version: str, statement: dict[str, Any], id: str | None = None) -> str:
    document = {"Version": version, "Statement": [statement], **({"Id": id} if id else {})}
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _key_policy(planned: Mapping[str, Any], place: Mapping[str, Any]) -> str:
    root = f"arn:{place['partition']}:iam::{place['account']}:root"
    statement = {
        "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*",
        "Resource": "*",
    }  # fmt: skip
    return _policy("2012-10-17", statement, "key-default-1")


def _topic_policy(planned: Mapping[str, Any], place: Mapping[str, Any]) -> str:
    statement = {
        "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": _SNS_ACTIONS,
        "Resource": place["arn"], "Condition": {"StringEquals": {"AWS:SourceOwner": place["account"]}},
    }  # fmt: skip
    return _policy("2008-10-17", statement, "__default_policy_ID")


def _endpoint_policy(planned: Mapping[str, Any], place: Mapping[str, Any]) -> str:
    return _policy("2008-10-17", {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})


def _recovery(planned: Mapping[str, Any], place: Mapping[str, Any]) -> Any:
    asked = planned.get("pointInTimeRecovery")
    if not isinstance(asked, dict):
        return {"enabled": False, "recoveryPeriodInDays": 0}
    days = asked.get("recoveryPeriodInDays")
    return {**asked, "recoveryPeriodInDays": 35 if days is UNKNOWN and asked.get("enabled") is True else days}


def _always(value: Any) -> Filler:
    return lambda planned, place: value


def _method(planned: Mapping[str, Any], place: Mapping[str, Any]) -> Any:
    """A proxy to a function is always called with POST."""
    return "POST" if planned.get("integrationType") == "AWS_PROXY" else None


def _code_size(planned: Mapping[str, Any], place: Mapping[str, Any]) -> int:
    code = planned.get("code")
    try:
        return len(code.read()) if isinstance(code, AssetRef) else 0
    except OSError:  # the state keeps an archive's hash and not its path
        return 0


FILLED: dict[str, dict[str, Filler]] = {
    "aws:apigatewayv2/integration:Integration": {"integrationMethod": _method, "timeoutMilliseconds": _always(30000)},
    "aws:dynamodb/table:Table": {"pointInTimeRecovery": _recovery, "tableClass": _always("STANDARD")},
    "aws:ebs/volume:Volume": {"iops": _always(3000)},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"policy": _endpoint_policy},
    "aws:kms/key:Key": {"policy": _key_policy},
    "aws:lambda/function:Function": {
        "architectures": _always(["x86_64"]),
        "sourceCodeSize": _code_size,
        "ephemeralStorage": _always({"size": 512}),
        "tracingConfig": _always({"mode": "PassThrough"}),
    },
    "aws:s3/bucket:Bucket": {"versioning": _always({"enabled": False, "mfaDelete": False})},
    "aws:secretsmanager/secretVersion:SecretVersion": {"versionStages": _always(["AWSCURRENT"])},
    "aws:sns/topic:Topic": {"policy": _topic_policy},
}
"""Type token -> property -> what fills it; used where the plan leaves the property, or a part of it, open."""
