"""One or more resources per served type: the inputs it is made with, and a change that happens in place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.provider.assets import AssetRef
from tests.unit.sandbox_services.world import TRUST, World, allow, deny_plain

Values = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`inputs` may need the world; `change` is what an update gives, None as a value leaves an input out."""

    token: str
    inputs: Callable[[World], Values]
    change: Values = field(default_factory=dict)
    name: str = "it"

    def __str__(self) -> str:
        return f"{self.token.split(':')[1]}-{self.name}"


def _redrive(world: World) -> str:
    return json.dumps({"deadLetterTargetArn": world.queue["arn"], "maxReceiveCount": 5})


KEYS = [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]
POLICY = allow("sqs:SendMessage")
ALARM: Values = {
    "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "metricName": "m", "namespace": "AWS/SQS",
    "period": 60, "threshold": 0, "dimensions": {"QueueName": "q"}, "treatMissingData": "notBreaching",
}  # fmt: skip
EXPRESSION = [
    {"id": "e", "expression": "m1*2", "returnData": True},
    {"id": "m1", "metric": {"namespace": "n", "metricName": "m", "period": 60, "stat": "Sum"}},
]
JWT: Values = {
    "authorizerType": "JWT", "name": "j", "identitySources": ["$request.header.Authorization"],
    "jwtConfiguration": {"audiences": ["a"], "issuer": "https://issuer.example"},
}  # fmt: skip
LIFECYCLE = [
    {"id": "old", "status": "Enabled", "filter": {"prefix": "logs/"}, "expiration": {"days": 30},
     "transitions": [{"days": 10, "storageClass": "GLACIER"}], "noncurrentVersionExpiration": {"noncurrentDays": 7}},
    {"id": "parts", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3}},
]  # fmt: skip
BLOCK = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
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
        "aws:dynamodb/table:Table",
        lambda w: {
            "attributes": KEYS, "hashKey": "pk", "rangeKey": "sk", "billingMode": "PAY_PER_REQUEST",
            "pointInTimeRecovery": {"enabled": True}, "serverSideEncryption": {"enabled": True},
            "ttl": {"attributeName": "expires_at", "enabled": True}, "tags": {"a": "b"},
        },
        {"ttl": {"attributeName": "gone_at", "enabled": True}, "pointInTimeRecovery": {"enabled": False}, "tags": None},
        name="on-demand",
    ),
    Case(
        "aws:dynamodb/table:Table",
        lambda w: {
            "attributes": KEYS, "hashKey": "pk", "readCapacity": 1, "writeCapacity": 2, "streamEnabled": True,
            "streamViewType": "NEW_IMAGE",
            "globalSecondaryIndexes": [
                {"name": "by-sk", "hashKey": "sk", "projectionType": "ALL", "readCapacity": 1, "writeCapacity": 1}
            ],
        },
        {
            "streamEnabled": False, "streamViewType": None, "deletionProtectionEnabled": False, "readCapacity": 3,
            "globalSecondaryIndexes": [
                {
                    "name": "by-sk", "hashKey": "sk", "projectionType": "INCLUDE", "nonKeyAttributes": ["z"],
                    "readCapacity": 1, "writeCapacity": 1,
                }
            ],
        },
        name="provisioned",
    ),
    Case(
        "aws:dynamodb/tableItem:TableItem",
        lambda w: {
            "tableName": w.table["name"], "hashKey": "pk", "rangeKey": "sk",
            "item": json.dumps({"pk": {"S": "a"}, "sk": {"S": "b"}, "n": {"N": "1"}}),
        },
        {"item": json.dumps({"pk": {"S": "a"}, "sk": {"S": "b"}, "n": {"N": "2"}})},
    ),
    Case(
        "aws:lambda/function:Function",
        lambda w: w.function_inputs(
            publish=True, architectures=["arm64"], memorySize=256, timeout=30, environment={"variables": {"A": "1"}},
            loggingConfig={"logFormat": "JSON", "logGroup": "/a/b"}, reservedConcurrentExecutions=5, tags={"a": "b"},
            vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}, description="d",
        ),
        {"memorySize": 512, "environment": {"variables": {"A": "2"}}, "reservedConcurrentExecutions": 0},
        name="full",
    ),
    Case(
        "aws:lambda/function:Function",
        lambda w: w.function_inputs(
            environment={"variables": {"A": "1"}}, loggingConfig={"logFormat": "Text", "logGroup": "/a/b"},
            vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
            deadLetterConfig={"targetArn": "arn:aws:sqs:us-east-1:123456789012:d"},
        ),
        {"environment": None, "loggingConfig": None, "vpcConfig": None, "deadLetterConfig": None, "timeout": 9},
        name="taken-back",
    ),
    Case("aws:lambda/function:Function", lambda w: w.function_inputs(), {"tags": {"a": "b"}}, name="least"),
    Case(
        "aws:lambda/alias:Alias",
        lambda w: {"functionName": w.function["name"], "functionVersion": "1", "description": "d"},
        {"description": None},
    ),
    Case(
        "aws:lambda/permission:Permission",
        lambda w: {
            "action": "lambda:InvokeFunction", "function": w.function["name"], "principal": "apigateway.amazonaws.com",
            "qualifier": w.alias["name"], "sourceArn": f"{w.api['executionArn']}/*/*",
        },
    ),
    Case(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        lambda w: {
            "batchSize": 10, "eventSourceArn": w.queue["arn"], "functionName": w.alias["arn"], "tags": {"a": "b"},
            "functionResponseTypes": ["ReportBatchItemFailures"], "scalingConfig": {"maximumConcurrency": 20},
            "enabled": False,
        },
        {"batchSize": 5, "scalingConfig": None, "functionResponseTypes": None, "tags": {"c": "d"}},
    ),
    Case(
        "aws:lambda/functionUrl:FunctionUrl",
        lambda w: {"functionName": w.function["name"], "authorizationType": "NONE", "cors": {"allowOrigins": ["*"]}},
        {"authorizationType": "AWS_IAM"},
    ),
    Case(
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        lambda w: {
            "functionName": w.function["name"], "qualifier": w.alias["name"], "provisionedConcurrentExecutions": 1,
        },
        {"provisionedConcurrentExecutions": 2},
    ),
    Case(
        "aws:lambda/layerVersion:LayerVersion",
        lambda w: {"layerName": "words", "code": w.code("WORDS = []\n"), "compatibleRuntimes": ["python3.13"]},
    ),
    Case(
        "aws:apigatewayv2/api:Api",
        lambda w: {
            "protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["*"], "maxAge": 5}, "description": "d",
        },
        {"corsConfiguration": None, "description": None, "tags": {"a": "b"}},
    ),
    Case(
        "aws:apigatewayv2/integration:Integration",
        lambda w: {
            "apiId": w.api.id, "integrationType": "AWS_PROXY", "integrationUri": w.alias["invokeArn"],
            "payloadFormatVersion": "2.0",
        },
        {"timeoutMilliseconds": 5000, "description": "d"},
    ),
    Case(
        "aws:apigatewayv2/route:Route",
        lambda w: {"apiId": w.api.id, "routeKey": "POST /chat", "target": f"integrations/{w.integration.id}"},
        {"routeKey": "POST /talk"},
    ),
    Case(
        "aws:apigatewayv2/stage:Stage",
        lambda w: {
            "apiId": w.api.id, "name": "$default", "autoDeploy": True, "tags": {"a": "b"},
            "defaultRouteSettings": {"throttlingBurstLimit": 50, "throttlingRateLimit": 100},
            "accessLogSettings": {"destinationArn": w.group["arn"], "format": '{"id":"$context.requestId"}'},
        },
        {"accessLogSettings": None, "tags": {"c": "d"}, "defaultRouteSettings": {"throttlingBurstLimit": 5}},
        name="default",
    ),
    Case(
        "aws:apigatewayv2/stage:Stage",
        lambda w: {
            "apiId": w.api.id, "name": "dev", "stageVariables": {"a": "b"},
            "routeSettings": [{"routeKey": "POST /chat", "throttlingBurstLimit": 5, "throttlingRateLimit": 6}],
        },
        {"stageVariables": None, "description": "d"},
        name="named",
    ),
    Case("aws:apigatewayv2/deployment:Deployment", lambda w: {"apiId": w.integration["apiId"], "description": "d"}),
    Case("aws:apigatewayv2/authorizer:Authorizer", lambda w: {"apiId": w.api.id, **JWT}, {"name": "k"}),
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda w: {"retentionInDays": 14, "tags": {"a": "b"}},
        {"retentionInDays": None, "tags": {"c": "d"}},
    ),
    Case(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        lambda w: {
            "logGroupName": w.group["name"], "pattern": "ERROR",
            "metricTransformation": {"name": "e", "namespace": "n", "value": "1", "defaultValue": "0"},
        },
        {"pattern": "WARN"},
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda w: {**ALARM, "statistic": "Sum", "alarmActions": [w.topic["arn"]], "alarmDescription": "d"},
        {"threshold": 5, "alarmDescription": None, "tags": {"a": "b"}},
        name="statistic",
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda w: {**ALARM, "extendedStatistic": "p99", "evaluateLowSampleCountPercentiles": "ignore"},
        {"extendedStatistic": "p95"},
        name="percentile",
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda w: {
            "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "threshold": 1,
            "metricQueries": EXPRESSION,
        },
        {"threshold": 2},
        name="expression",
    ),
    Case(
        "aws:cloudwatch/dashboard:Dashboard",
        lambda w: {"dashboardName": "board", "dashboardBody": '{"widgets": []}'},
        {"dashboardBody": '{"widgets": [], "start": "-PT1H"}'},
    ),
    Case(
        "aws:cloudwatch/eventRule:EventRule",
        lambda w: {"scheduleExpression": "rate(5 minutes)", "tags": {"a": "b"}, "description": "d"},
        {"scheduleExpression": "rate(7 minutes)", "state": "DISABLED"},
    ),
    Case(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda w: {
            "rule": w.rule["name"], "arn": w.function["arn"], "input": '{"a":1}',
            "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 60},
            "deadLetterConfig": {"arn": w.queue["arn"]},
        },
        {"input": '{"a":2}'},
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
    Case("aws:s3/bucket:Bucket", lambda w: {"tags": {"a": "b"}}, {"tags": {"c": "d"}, "forceDestroy": True}),
    Case("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", lambda w: {"bucket": w.bucket.id, **BLOCK}),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda w: {"bucket": w.bucket.id, "versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
    ),
    Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        lambda w: {
            "bucket": w.bucket.id,
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}],
        },
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
    ),
    Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        lambda w: {"bucket": w.bucket.id, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        lambda w: {"bucket": w.bucket.id, "policy": deny_plain("s3", w.bucket["arn"], f"{w.bucket['arn']}/*")},
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda w: {"bucket": w.bucket.id, "rules": LIFECYCLE},
        {"rules": LIFECYCLE[1:]},
    ),
    Case(
        "aws:s3/bucketNotification:BucketNotification",
        lambda w: {
            "bucket": w.bucket.id, "eventbridge": True,
            "lambdaFunctions": [
                {"lambdaFunctionArn": w.function["arn"], "events": ["s3:ObjectCreated:*"], "filterPrefix": "in/"}
            ],
        },
        {"eventbridge": None},
    ),
    Case(
        "aws:s3/bucketObject:BucketObject",
        lambda w: {"bucket": w.bucket.id, "key": "old/way", "content": "one", "contentType": "text/plain"},
        {"content": "two"},
    ),
    Case(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        lambda w: {
            "bucket": w.bucket.id, "key": "a/b", "tags": {"a": "b"}, "cacheControl": "no-store",
            "source": AssetRef("asset", text="one", hash="1" * 64),
        },
        {"source": AssetRef("asset", text="two", hash="2" * 64), "tags": None},
    ),
]  # fmt: skip

STAYS = {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "every bucket encrypts",
    "aws:s3/bucketVersioning:BucketVersioning": "versioning can be suspended, not undone",
    "aws:secretsmanager/secretVersion:SecretVersion": "the current version of a secret cannot be taken away",
}
"""Types that read as present after their deletion, and why."""
