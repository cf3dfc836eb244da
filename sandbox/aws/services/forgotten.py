"""What reading the embedded cloud cannot tell, in one place: for these outputs the state's word is taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.aws.plan.same import blank

FORGOTTEN: dict[str, dict[str, str]] = {
    "aws:apigatewayv2/api:Api": {
        "ipAddressType": "kept nowhere",
        "body": "an imported definition is not given back, here and on AWS",
    },
    "aws:apigatewayv2/integration:Integration": {
        "connectionId": "kept nowhere",
        "contentHandlingStrategy": "kept nowhere",
        "passthroughBehavior": "kept nowhere",
        "requestTemplates": "kept nowhere",
        "templateSelectionExpression": "kept nowhere",
        "tlsConfig": "kept nowhere",
    },
    "aws:apigatewayv2/route:Route": {
        "modelSelectionExpression": "kept nowhere",
        "requestModels": "kept nowhere",
        "requestParameters": "kept nowhere",
        "routeResponseSelectionExpression": "kept nowhere",
    },
    "aws:apigatewayv2/stage:Stage": {"clientCertificateId": "kept nowhere"},
    "aws:cloudwatch/logGroup:LogGroup": {"deletionProtectionEnabled": "accepted and dropped; deletion is not refused"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "evaluateLowSampleCountPercentiles": "accepted and dropped",
        "evaluationCriteria": "accepted and dropped",
        "evaluationInterval": "accepted and dropped",
        "metricQueries": "accepted and dropped: an alarm on an expression is kept, and never evaluated",
        "thresholdMetricId": "accepted and dropped",
    },
    "aws:dynamodb/table:Table": {
        "pointInTimeRecovery.recoveryPeriodInDays": "accepted and dropped",
        "replicas": "not sent: one region only",
        "warmThroughput": "answered with zeros",
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping": {
        "kmsKeyArn": "accepted and dropped",
        "metricsConfig": "accepted and dropped",
        "provisionedPollerConfig": "accepted and dropped",
        "tumblingWindowInSeconds": "accepted and dropped",
    },
    "aws:lambda/function:Function": {
        "code": "the archive is not given back, here and on AWS",
        "codeSigningConfigArn": "not sent: signing is not modelled",
        "vpcConfig.vpcId": "always empty; kept with the subnets and groups, functions run without a VPC",
    },
}
"""Type token -> output -> what becomes of it. A dotted name is part of an object; the handler itself keeps it."""


def is_default_policy(value: Any) -> bool:
    """True for the policy a topic is born with, or none at all."""
    try:
        return blank(value) or json.loads(value).get("Id") == "__default_policy_ID"
    except (TypeError, ValueError, AttributeError):
        return False


def _off(value: Any) -> bool:
    return blank(value) or (isinstance(value, dict) and not any(value.values()))


SET_ELSEWHERE: dict[str, dict[str, Callable[[Any], bool]]] = {
    "aws:iam/role:Role": {"inlinePolicies": blank, "managedPolicyArns": blank},
    "aws:s3/bucket:Bucket": {
        "lifecycleRules": blank,
        "policy": blank,
        "serverSideEncryptionConfiguration": blank,
        "versioning": _off,
    },
    "aws:secretsmanager/secret:Secret": {"policy": blank},
    "aws:sns/topic:Topic": {"policy": is_default_policy},
    "aws:sqs/queue:Queue": {"policy": blank, "redriveAllowPolicy": blank, "redrivePolicy": blank},
}
"""Type token -> output -> "the program did not set it here".

A resource of another type may set these (a queue policy, an inline policy). When this one did not, what such a resource
set is none of its drift, and reporting it would make every refresh show a change.
"""
