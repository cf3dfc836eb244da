"""What a change means: nothing, an update or a replacement, told by the smallest path that differs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.protocol import Kind
from sandbox.provider.values import UNKNOWN, AssetRef, Secret
from tests.unit.sandbox_aws.asking import BUCKET, FUNCTION, QUEUE, ROLE, TABLE, diff

PRINCIPAL = {"Service": "lambda.amazonaws.com"}
STATEMENT = {"Effect": "Allow", "Principal": PRINCIPAL, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
SAME_TRUST = json.dumps({"Statement": {**STATEMENT, "Action": ["sts:AssumeRole"]}, "Version": "2012-10-17"}, indent=1)
MADE_FUNCTION: dict[str, Any] = {
    "role": "arn:aws:iam::123456789012:role/r", "code": AssetRef("archive", assets={}, hash="aa" * 32), "handler": "h",
    "runtime": "python3.13", "environment": {"variables": {"A": "1", "B": "2"}}, "publish": True,
}  # fmt: skip
MADE_TABLE: dict[str, Any] = {
    "billingMode": "PAY_PER_REQUEST", "hashKey": "a", "rangeKey": "b",
    "attributes": [{"name": "a", "type": "S"}, {"name": "b", "type": "S"}],
}  # fmt: skip
VERSION = {"version": Kind.UPDATE, "qualifiedArn": Kind.UPDATE, "qualifiedInvokeArn": Kind.UPDATE}
CODE = {**VERSION, "lastModified": Kind.UPDATE, "codeSha256": Kind.UPDATE, "sourceCodeSize": Kind.UPDATE}
GROUP = "aws:ec2/securityGroup:SecurityGroup"
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
PARAMETER = "aws:ssm/parameter:Parameter"


@pytest.mark.parametrize(
    ("type", "made", "changed"),
    [
        (QUEUE, {"delaySeconds": 0}, {"delaySeconds": None}),
        (QUEUE, {}, {"receiveWaitTimeSeconds": 0, "kmsMasterKeyId": "", "tags": {}}),
        (QUEUE, {"visibilityTimeoutSeconds": 60}, {"visibilityTimeoutSeconds": "60"}),
        (QUEUE, {"policy": '{"Statement":[]}'}, {"policy": None}),
        (QUEUE, {"redrivePolicy": '{"maxReceiveCount":5,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:d"}'},
         {"redrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:d", "maxReceiveCount": 5}'}),
        (ROLE, {"assumeRolePolicy": TRUST}, {"assumeRolePolicy": SAME_TRUST}),
        (TABLE, MADE_TABLE, {"attributes": list(reversed(MADE_TABLE["attributes"]))}),
        (FUNCTION, MADE_FUNCTION, {"code": AssetRef("archive", assets={}, hash="aa" * 32)}),
        ("aws:lambda/eventSourceMapping:EventSourceMapping",
         {"eventSourceArn": "arn:aws:sqs:us-east-1:123456789012:q", "functionName": "f"},
         {"functionName": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
    ],
)  # fmt: skip
def test_what_means_the_same_is_no_change(type: str, made: dict[str, Any], changed: dict[str, Any]) -> None:
    assert diff(type, made, changed).changes == {}


@pytest.mark.parametrize(
    ("type", "made", "changed", "expected"),
    [
        (QUEUE, {"visibilityTimeoutSeconds": 60}, {"visibilityTimeoutSeconds": 0},
         {"visibilityTimeoutSeconds": Kind.UPDATE}),
        (QUEUE, {"visibilityTimeoutSeconds": 60}, {"visibilityTimeoutSeconds": None},
         {"visibilityTimeoutSeconds": Kind.UPDATE}),
        (QUEUE, {"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "3", "c": "4"}},
         {"tags.a": Kind.UPDATE, "tags.b": Kind.DELETE, "tags.c": Kind.ADD,
          "tagsAll.a": Kind.UPDATE, "tagsAll.b": Kind.DELETE, "tagsAll.c": Kind.ADD}),
        (FUNCTION, MADE_FUNCTION, {"environment": {"variables": {"A": "9", "B": "2"}}},
         {"environment.variables.A": Kind.UPDATE, **VERSION}),
        (FUNCTION, MADE_FUNCTION, {"environment": None}, {"environment": Kind.DELETE, **VERSION}),
        (FUNCTION, MADE_FUNCTION, {"code": AssetRef("archive", assets={}, hash="bb" * 32)},
         {"code": Kind.UPDATE, **CODE}),
        (FUNCTION, MADE_FUNCTION, {"reservedConcurrentExecutions": 5}, {"reservedConcurrentExecutions": Kind.UPDATE}),
        (FUNCTION, {**MADE_FUNCTION, "publish": False}, {"memorySize": 256}, {"memorySize": Kind.UPDATE}),
        (PARAMETER, {"type": "String", "value": Secret("a")}, {"value": Secret("b")},
         {"value": Kind.UPDATE, "version": Kind.UPDATE}),
        (PARAMETER, {"type": "String", "value": Secret("a"), "tier": "Standard"}, {"tier": "Advanced"},
         {"tier": Kind.UPDATE, "version": Kind.UPDATE}),
    ],
)  # fmt: skip
def test_a_change_in_place_is_told_by_its_path(
    type: str, made: dict[str, Any], changed: dict[str, Any], expected: dict[str, Kind]
) -> None:
    assert diff(type, made, changed).changes == expected


@pytest.mark.parametrize(
    ("type", "made", "changed", "expected"),
    [
        (QUEUE, {}, {"fifoQueue": True, "name": "a.fifo"},
         {"fifoQueue": Kind.UPDATE_REPLACE, "name": Kind.UPDATE_REPLACE}),
        (QUEUE, {"name": "a"}, {"name": UNKNOWN}, {"name": Kind.UPDATE_REPLACE}),
        (TABLE, MADE_TABLE, {"hashKey": "b", "rangeKey": "a"},
         {"hashKey": Kind.UPDATE_REPLACE, "rangeKey": Kind.UPDATE_REPLACE}),
        (GROUP, {"description": "a"}, {"description": "b"}, {"description": Kind.UPDATE_REPLACE}),
        (PARAMETER, {"type": "String", "value": Secret("a"), "tier": "Advanced"}, {"tier": "Standard"},
         {"tier": Kind.UPDATE_REPLACE, "version": Kind.UPDATE}),
        (SECRET_VERSION, {"secretId": "s", "secretString": Secret("a")}, {"secretString": Secret("b")},
         {"secretString": Kind.UPDATE_REPLACE}),
        ("aws:lambda/permission:Permission", {"action": "lambda:InvokeFunction", "function": "f", "principal": "p"},
         {"principal": "q"}, {"principal": Kind.UPDATE_REPLACE}),
        (QUEUE, {}, {"region": "eu-west-1"}, {"region": Kind.UPDATE_REPLACE}),
    ],
)  # fmt: skip
def test_a_change_that_needs_another_resource_says_so(
    type: str, made: dict[str, Any], changed: dict[str, Any], expected: dict[str, Kind]
) -> None:
    assert diff(type, made, changed).changes == expected


def test_a_resource_with_a_made_up_name_is_replaced_after_its_successor_is_there() -> None:
    assert not diff(GROUP, {"description": "a"}, {"description": "b"}).delete_before_replace


def test_a_resource_with_a_name_of_the_programs_own_goes_before_its_successor_comes() -> None:
    assert diff(GROUP, {"name": "mine", "description": "a"}, {"description": "b"}).delete_before_replace
    assert not diff(GROUP, {"name": "mine"}, {"name": "yours"}).delete_before_replace


def test_ignored_changes_do_not_count() -> None:
    changed = {"environment": {"variables": {"A": "9", "B": "2"}}}
    assert diff(FUNCTION, MADE_FUNCTION, changed, ignore=["environment.variables"]).changes == {}
    assert diff(FUNCTION, MADE_FUNCTION, {**changed, "timeout": 9}, ignore=["environment"]).changes == {
        "timeout": Kind.UPDATE, **VERSION,
    }  # fmt: skip


def test_a_set_does_not_mind_the_order_and_a_list_does() -> None:
    made = {"bucket": "data", "corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["a", "b"]}]}
    turned = {"corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["b", "a"]}]}
    assert diff(BUCKET, made, turned).changes != {}
    alarm = {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "metricName": "m",
        "statistic": "Sum",
    }
    actions = ["arn:aws:sns:us-east-1:123456789012:a", "arn:aws:sns:us-east-1:123456789012:b"]
    made = {**alarm, "alarmActions": actions}
    assert diff("aws:cloudwatch/metricAlarm:MetricAlarm", made, {"alarmActions": actions[::-1]}).changes == {}


def test_a_queue_policy_is_changed_in_place_and_moves_with_its_queue() -> None:
    made = {"queueUrl": "http://127.0.0.1/1/q", "policy": '{"Statement":[]}'}
    changed = diff("aws:sqs/queuePolicy:QueuePolicy", made, {**made, "policy": json.dumps({"Statement": [STATEMENT]})})
    assert changed.changes == {"policy": Kind.UPDATE}
    moved = diff("aws:sqs/queuePolicy:QueuePolicy", made, {**made, "queueUrl": "http://127.0.0.1/1/other"})
    assert moved.changes["queueUrl"].replaces
