"""Wrong inputs are refused with the property, what was got and what was expected; all of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.provider.values import UNKNOWN, AssetRef, Secret
from tests.unit.sandbox_aws.asking import BUCKET, FUNCTION, QUEUE, ROLE, TABLE, TRUST, check, reasons

CODE = AssetRef("archive", path="/tmp", hash="00")
ROLE_ARN = "arn:aws:iam::123456789012:role/r"
GOOD_TABLE = {"billingMode": "PAY_PER_REQUEST", "hashKey": "a", "attributes": [{"name": "a", "type": "S"}]}
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPARED = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1}
GOOD_ALARM = {**COMPARED, "metricName": "m", "statistic": "Sum"}
STREAM_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/1"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:q"
REDRIVE = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:d","maxReceiveCount":"5"}'


@pytest.mark.parametrize(
    ("type", "inputs", "property", "reason"),
    [
        (QUEUE, {"visibilityTimeoutSeconds": 50000}, "visibilityTimeoutSeconds",
         "got 50000, expected a number from 0 to 43200"),
        (QUEUE, {"visibilityTimeoutSecond": 5}, "visibilityTimeoutSecond",
         "no such property; did you mean visibilityTimeoutSeconds?"),
        (QUEUE, {"fifoQueue": "maybe"}, "fifoQueue", 'got "maybe", expected true or false'),
        (QUEUE, {"delaySeconds": 1.5}, "delaySeconds", "got 1.5, expected a whole number"),
        (QUEUE, {"tags": ["a"]}, "tags", "got a list of 1, expected a map"),
        (QUEUE, {"fifoQueue": True, "name": "plain"}, "name",
         'got "plain", expected up to 75 letters, digits, - and _ and then .fifo'),
        (QUEUE, {"arn": "arn:aws:sqs:::q"}, "arn", "expected nothing; the provider sets it"),
        (QUEUE, {"redrivePolicy": "{"}, "redrivePolicy", 'got "{", expected JSON'),
        (QUEUE, {"redrivePolicy": '{"maxReceiveCount":5}'}, "redrivePolicy",
         "expected JSON with deadLetterTargetArn and maxReceiveCount"),
        (QUEUE, {"deduplicationScope": "queue"}, "deduplicationScope",
         'got "queue", expected nothing unless fifoQueue is true'),
        (QUEUE, {"kmsMasterKeyId": "k", "sqsManagedSseEnabled": True}, "kmsMasterKeyId",
         "beside sqsManagedSseEnabled, expected only one of the two"),
        (ROLE, {}, "assumeRolePolicy", "got nothing, expected a string; it is required"),
        (ROLE, {"assumeRolePolicy": "[]"}, "assumeRolePolicy", "expected a JSON object that is an IAM policy"),
        (ROLE, {"assumeRolePolicy": TRUST, "maxSessionDuration": 60}, "maxSessionDuration",
         "got 60, expected a number from 3600 to 43200"),
        (FUNCTION, {"role": ROLE_ARN, "code": CODE}, "handler", "required when packageType is Zip"),
        (FUNCTION, {"role": ROLE_ARN, "code": CODE, "handler": "h", "runtime": "python3.13", "memorySize": 64},
         "memorySize", "got 64, expected a number from 128 to 32768"),
        (FUNCTION, {"role": "r", "code": CODE, "handler": "h", "runtime": "python3.13"}, "role",
         'got "r", expected an ARN'),
        (FUNCTION, {"role": ROLE_ARN, "code": CODE, "handler": "h", "runtime": "python9"}, "runtime",
         "expected one of nodejs"),
        (FUNCTION, {"role": ROLE_ARN, "handler": "h", "runtime": "python3.13"}, "code",
         "got none of code, imageUri, s3Bucket, expected exactly one"),
        (FUNCTION, {"role": ROLE_ARN, "code": "x", "handler": "h", "runtime": "python3.13"}, "code",
         'got "x", expected an asset or an archive'),
        (TABLE, {**GOOD_TABLE, "attributes": [{"name": "a", "type": "S"}, {"name": "z", "type": "S"}]}, "attributes",
         'all attributes must be indexed, got unused ["z"]'),
        (TABLE, {**GOOD_TABLE, "rangeKey": "b"}, "attributes", 'got no definition of the keys ["b"]'),
        (TABLE, {**GOOD_TABLE, "attributes": [{"name": "a", "type": "X"}]}, "attributes[0].type",
         'got "X", expected one of S, N, B'),
        (TABLE, {**GOOD_TABLE, "ttl": {"enable": True}}, "ttl.enable", "no such property; did you mean enabled?"),
        (TABLE, {**GOOD_TABLE, "billingMode": "PROVISIONED"}, "readCapacity",
         "expected at least 1 when billingMode is PROVISIONED"),
        ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 15}, "retentionInDays",
         "got 15, expected one of 0, 1, 3"),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/8"}, "cidrBlock",
         "expected a network with 16 to 28 significant bits"),
        ("aws:cloudwatch/eventRule:EventRule", {}, "eventPattern",
         "got none of eventPattern, scheduleExpression, expected at least one"),
        ("aws:cloudwatch/eventRule:EventRule", {"scheduleExpression": "every day"}, "scheduleExpression",
         "expected rate(…), cron("),
        (BUCKET, {"bucket": "a", "bucketPrefix": "b"}, "bucket", "beside bucketPrefix, expected only one of the two"),
        (BUCKET, {"bucket": "Big"}, "bucket", "expected 3 to 63 small letters"),
        (MAPPING, {"functionName": "f", "eventSourceArn": f"{QUEUE_ARN}.fifo",
         "batchSize": 11}, "batchSize", "got 11, expected at most 10 for a FIFO queue"),
        (MAPPING, {"functionName": "f", "eventSourceArn": QUEUE_ARN,
         "scalingConfig": {"maximumConcurrency": 1}}, "scalingConfig.maximumConcurrency", "got 1, expected a number"),
        (MAPPING, {"functionName": "f", "eventSourceArn": STREAM_ARN}, "startingPosition",
         "expected LATEST, TRIM_HORIZON"),
        (ALARM, {**GOOD_ALARM, "period": 45, "namespace": "n"}, "period",
         "got 45, expected 10, 20, 30 or a multiple of 60"),
        (ALARM, {**GOOD_ALARM, "alarmActions": ["topic"]}, "alarmActions[0]", "expected an ARN"),
        ("aws:lambda/alias:Alias", {"functionName": "f", "functionVersion": "newest"}, "functionVersion",
         'got "newest", expected a string that matches'),
        ("aws:kms/alias:Alias", {"name": "k", "targetKeyId": "x"}, "name", "expected a string that matches ^alias/"),
        ("aws:apigatewayv2/route:Route", {"apiId": "a", "routeKey": "post /x"}, "routeKey", "a method in capitals"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {"securityGroupId": "sg-1",
         "ipProtocol": "tcp"}, "cidrIpv4", "got none of cidrIpv4"),
        ("aws:nowhere/thing:Thing", {}, "", "no such resource type in the AWS SDK"),
    ],
)  # fmt: skip
def test_a_wrong_input_is_refused_by_name(type: str, inputs: dict[str, Any], property: str, reason: str) -> None:
    found = reasons(type, inputs)
    assert property in found, found
    assert reason in found[property]
    assert "\n" not in found[property]
    assert found[property].startswith(f"{property}: " if property else type)


def test_all_mistakes_are_told_at_once() -> None:
    wrong = {"delaySeconds": 5000, "visibilityTimeoutSeconds": -1, "fifo": True, "policy": "{", "name": "a b"}
    answer = check(QUEUE, wrong)
    assert sorted(failure.property for failure in answer.failures) == sorted(wrong)


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        (QUEUE, {"visibilityTimeoutSeconds": UNKNOWN, "redrivePolicy": UNKNOWN, "name": UNKNOWN, "fifoQueue": UNKNOWN}),
        (QUEUE, {"kmsMasterKeyId": UNKNOWN, "sqsManagedSseEnabled": True}),
        (FUNCTION, {"role": UNKNOWN, "code": UNKNOWN, "handler": UNKNOWN, "runtime": UNKNOWN, "environment": UNKNOWN}),
        (FUNCTION, {"role": UNKNOWN, "code": CODE, "handler": "h", "runtime": "python3.13", "layers": [UNKNOWN]}),
        (TABLE, {"billingMode": UNKNOWN, "hashKey": UNKNOWN, "attributes": UNKNOWN}),
        (TABLE, {**GOOD_TABLE, "attributes": [{"name": UNKNOWN, "type": "S"}]}),
        (MAPPING, {"functionName": UNKNOWN, "eventSourceArn": UNKNOWN, "batchSize": 1000}),
        (ALARM, {**GOOD_ALARM, "period": UNKNOWN, "alarmActions": [UNKNOWN], "namespace": "n"}),
    ],
)
def test_what_is_not_known_yet_is_never_a_mistake(type: str, inputs: dict[str, Any]) -> None:
    assert reasons(type, inputs) == {}


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        (QUEUE, {"delaySeconds": "5", "fifoQueue": "true", "name": "a.fifo"}),
        (QUEUE, {"redrivePolicy": REDRIVE}),
        (ROLE, {"assumeRolePolicy": TRUST, "permissionsBoundary": "arn:aws-cn:iam::123456789012:policy/p"}),
        (BUCKET, {"bucketPrefix": "b", "tags": {"a": "b"}}),
        ("aws:sns/topic:Topic", {"maximumMessageSize": 1024}),
        ("aws:dynamodb/tableItem:TableItem", {"tableName": "t", "hashKey": "k", "item": "{}"}),
        ("aws:ec2/instance:Instance", {"ami": "ami-1", "instanceType": "t4g.small"}),
    ],
)  # fmt: skip
def test_right_inputs_pass(type: str, inputs: dict[str, Any]) -> None:
    assert reasons(type, inputs) == {}


def test_a_secret_is_never_shown() -> None:
    answer = check(QUEUE, {"visibilityTimeoutSeconds": Secret(50000), "policy": Secret("hunter2")})
    told = " ".join(failure.reason for failure in answer.failures)
    assert "a secret value" in told
    assert "50000" not in told
    assert "hunter2" not in told


def test_a_type_that_only_the_sdk_knows_is_checked_by_its_names_and_kinds() -> None:
    found = reasons("aws:ec2/instance:Instance", {"instancType": "t4g.small", "ebsOptimized": 3})
    assert "did you mean instanceType?" in found["instancType"]
    assert "got 3, expected true or false" in found["ebsOptimized"]
