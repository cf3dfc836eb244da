"""Resources under test: tables, buckets, logs, alarms, rules."""

from __future__ import annotations

import json

from sandbox.provider.assets import AssetRef
from tests.unit.sandbox_services.case import Case, Values
from tests.unit.sandbox_services.world import deny_plain

KEYS = [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]

ALARM: Values = {
    "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "metricName": "m", "namespace": "AWS/SQS",
    "period": 60, "threshold": 0, "dimensions": {"QueueName": "q"}, "treatMissingData": "notBreaching",
}  # fmt: skip

EXPRESSION = [
    {"id": "e", "expression": "m1*2", "returnData": True},
    {"id": "m1", "metric": {"namespace": "n", "metricName": "m", "period": 60, "stat": "Sum"}},
]

LIFECYCLE = [
    {"id": "old", "status": "Enabled", "filter": {"prefix": "logs/"}, "expiration": {"days": 30},
     "transitions": [{"days": 10, "storageClass": "GLACIER"}], "noncurrentVersionExpiration": {"noncurrentDays": 7}},
    {"id": "parts", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3}},
]  # fmt: skip

BLOCK = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)

CASES = [
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
