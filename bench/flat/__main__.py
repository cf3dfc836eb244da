"""The resources of the composed program written by hand, without components: the measure of what components cost."""

import json
import os

import pulumi
import pulumi_aws as aws

TAGS = {"Owner": "bench"}
DAY_SECONDS = 86_400
INVOKE_OPTS = pulumi.InvokeOutputOptions()
account = aws.get_caller_identity_output(opts=INVOKE_OPTS).account_id
partition = aws.get_partition_output(opts=INVOKE_OPTS).partition
region = aws.get_region_output(opts=INVOKE_OPTS).region


def document(*statements: object) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: list[str], resources: list[pulumi.Input[str]]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def over_tls_only(actions: str, resource: pulumi.Input[str]) -> dict[str, object]:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resource, "Condition": condition}


def queue(name: str, days: int, redrive_policy: pulumi.Input[str] | None = None) -> aws.sqs.Queue:
    made = aws.sqs.Queue(
        name,
        fifo_queue=True,
        deduplication_scope="messageGroup",
        fifo_throughput_limit="perMessageGroupId",
        message_retention_seconds=days * DAY_SECONDS,
        visibility_timeout_seconds=360,
        receive_wait_time_seconds=20,
        sqs_managed_sse_enabled=True,
        redrive_policy=redrive_policy,
        tags=TAGS,
    )
    aws.sqs.QueuePolicy(f"{name}-policy", queue_url=made.url, policy=document(over_tls_only("sqs:*", made.arn)))
    return made


dead = queue("dead", 14)
main = queue("main", 4, pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}))
aws.sqs.RedriveAllowPolicy(
    "redrive",
    queue_url=dead.url,
    redrive_allow_policy=pulumi.Output.json_dumps({"redrivePermission": "byQueue", "sourceQueueArns": [main.arn]}),
)
table = aws.dynamodb.Table(
    "sessions",
    hash_key="pk",
    range_key="sk",
    attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
    ttl={"enabled": True, "attribute_name": "expires_at"},
    point_in_time_recovery={"enabled": True},
    server_side_encryption={"enabled": True},
    tags=TAGS,
)


def function(name: str, memory: int, timeout: int, statements: list[dict[str, object]]) -> aws.lambda_.Alias:
    logs = aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=30, tags=TAGS)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role(f"{name}-role", assume_role_policy=document(trust), tags=TAGS)
    policy = aws.iam.RolePolicy(
        f"{name}-policy",
        role=role.name,
        policy=document(
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [pulumi.Output.concat(logs.arn, ":*")]),
            allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
            *statements,
        ),
    )
    variables = {"ASSISTANT_CHANNELS": "web", "ASSISTANT_SESSIONS_TABLE": table.name, "ASSISTANT_QUEUE_URL": main.url}
    made = aws.lambda_.Function(
        f"{name}-function",
        code=pulumi.FileArchive(os.environ["PACKAGE"]),
        handler=f"assistant.functions.{name}",
        runtime="python3.13",
        architectures=["arm64"],
        role=role.arn,
        memory_size=memory,
        timeout=timeout,
        publish=True,
        environment={"variables": variables},
        logging_config={"log_format": "JSON", "log_group": logs.name},
        tracing_config={"mode": "Active"},
        tags=TAGS,
        opts=pulumi.ResourceOptions(depends_on=[policy]),
    )
    return aws.lambda_.Alias(f"{name}-live", name="live", function_name=made.name, function_version=made.version)


ingress = function("ingress", 256, 10, [allow(["sqs:SendMessage"], [main.arn]), allow(["dynamodb:Query"], [table.arn])])
inference = function(
    "inference",
    512,
    60,
    [
        allow(
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
            [main.arn],
        ),
        allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], [table.arn]),
    ],
)
aws.lambda_.EventSourceMapping(
    "source",
    event_source_arn=main.arn,
    function_name=inference.arn,
    batch_size=10,
    function_response_types=["ReportBatchItemFailures"],
    scaling_config={"maximum_concurrency": 20},
    tags=TAGS,
)

api = aws.apigatewayv2.Api("api", protocol_type="HTTP", tags=TAGS)
permission = aws.lambda_.Permission(
    "permission",
    action="lambda:InvokeFunction",
    function=ingress.function_name,
    qualifier=ingress.name,
    principal="apigateway.amazonaws.com",
    source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
)
integration = aws.apigatewayv2.Integration(
    "integration",
    api_id=api.id,
    integration_type="AWS_PROXY",
    integration_method="POST",
    integration_uri=ingress.invoke_arn,
    payload_format_version="2.0",
    timeout_milliseconds=30_000,
    opts=pulumi.ResourceOptions(depends_on=[permission]),
)
routes = [
    aws.apigatewayv2.Route(
        f"route-{number}",
        api_id=api.id,
        route_key=key,
        authorization_type="NONE",
        target=pulumi.Output.concat("integrations/", integration.id),
    )
    for number, key in enumerate(("GET /readyz", "GET /", "GET /web/messages", "POST /web/messages"))
]
access_logs = aws.cloudwatch.LogGroup("access-logs", retention_in_days=30, tags=TAGS)
stage = aws.apigatewayv2.Stage(
    "stage",
    api_id=api.id,
    name="$default",
    auto_deploy=True,
    default_route_settings={
        "throttling_rate_limit": 50.0,
        "throttling_burst_limit": 100,
        "detailed_metrics_enabled": True,
    },
    access_log_settings={
        "destination_arn": access_logs.arn,
        "format": json.dumps({"requestId": "$context.requestId", "status": "$context.status"}),
    },
    tags=TAGS,
    opts=pulumi.ResourceOptions(depends_on=routes),
)

topic = aws.sns.Topic("alarms", tags=TAGS)
alarm_arns = pulumi.Output.concat("arn:", partition, ":cloudwatch:", region, ":", account, ":alarm:*")
publish = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": "sns:Publish",
    "Resource": topic.arn,
    "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": alarm_arns}},
}
aws.sns.TopicPolicy("alarms-policy", arn=topic.arn, policy=document(publish, over_tls_only("sns:Publish", topic.arn)))


def alarm(name: str, metric: str, watched: aws.sqs.Queue, threshold: int, periods: int) -> None:
    aws.cloudwatch.MetricAlarm(
        name,
        namespace="AWS/SQS",
        metric_name=metric,
        dimensions={"QueueName": watched.name},
        statistic="Maximum",
        period=60,
        evaluation_periods=periods,
        threshold=threshold,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        tags=TAGS,
    )


alarm("dead-letters", "ApproximateNumberOfMessagesVisible", dead, 0, 1)
alarm("oldest-message", "ApproximateAgeOfOldestMessage", main, 720, 3)
pulumi.export("url", stage.invoke_url)
