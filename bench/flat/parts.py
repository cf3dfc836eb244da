"""What the flat program makes several times, as functions: queues, tables, functions, APIs."""

import json
import os
from collections.abc import Iterable
from typing import Any

import pulumi
import pulumi_aws as aws

TAGS = {"Owner": "bench"}
DAY_SECONDS = 86_400
account = aws.get_caller_identity_output().account_id
partition = aws.get_partition_output().partition
region = aws.get_region_output().region


def document(*statements: object) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str, *resources: pulumi.Input[str], **condition: object) -> dict[str, object]:
    """Actions of one service, as in `sqs: SendMessage GetQueueAttributes`."""
    service, _, names = actions.partition(": ")
    stated: dict[str, object] = {
        "Effect": "Allow",
        "Action": [f"{service}:{name}" for name in names.split()],
        "Resource": list(resources),
    }
    return {**stated, "Condition": condition} if condition else stated


def over_tls_only(actions: str, resource: pulumi.Input[str]) -> dict[str, object]:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resource, "Condition": condition}


def key(name: str) -> aws.kms.Key:
    def here(service: str, rest: str) -> pulumi.Output[str]:
        return pulumi.Output.concat("arn:", partition, f":{service}:", region, ":", account, f":{rest}")

    root = {"AWS": pulumi.Output.concat("arn:", partition, ":iam::", account, ":root")}
    logs = {"Service": pulumi.Output.concat("logs.", region, ".", aws.get_partition_output().dns_suffix)}
    everything = {"Effect": "Allow", "Resource": "*"}
    of_logs = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": here("logs", "log-group:*")}}
    of_alarms = {"ArnLike": {"aws:SourceArn": here("cloudwatch", "alarm:*")}}
    uses = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    made = aws.kms.Key(
        name,
        description="Encrypts what the assistant keeps",
        enable_key_rotation=True,
        rotation_period_in_days=365,
        deletion_window_in_days=30,
        policy=document(
            {**everything, "Principal": root, "Action": "kms:*"},
            {**everything, "Principal": logs, "Action": uses, "Condition": of_logs},
            {
                **everything,
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Condition": of_alarms,
            },
        ),
        tags=TAGS,
    )
    aws.kms.Alias(f"{name}-alias", target_key_id=made.key_id)
    return made


def queue(
    name: str, key: aws.kms.Key, days: int, hidden_s: int, redrive_policy: pulumi.Input[str] | None = None
) -> aws.sqs.Queue:
    made = aws.sqs.Queue(
        name,
        fifo_queue=True,
        content_based_deduplication=False,
        deduplication_scope="messageGroup",
        fifo_throughput_limit="perMessageGroupId",
        message_retention_seconds=days * DAY_SECONDS,
        visibility_timeout_seconds=hidden_s,
        receive_wait_time_seconds=20,
        kms_master_key_id=key.arn,
        redrive_policy=redrive_policy,
        tags=TAGS,
    )
    aws.sqs.QueuePolicy(f"{name}-policy", queue_url=made.url, policy=document(over_tls_only("sqs:*", made.arn)))
    return made


def queues(name: str, key: aws.kms.Key, hidden_s: int, receives: int) -> tuple[aws.sqs.Queue, aws.sqs.Queue]:
    """A queue, and the one for what it could not hand on."""
    dead = queue(f"{name}-dead", key, 14, hidden_s)
    target = pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": receives})
    main = queue(f"{name}-main", key, 4, hidden_s, target)
    sources = pulumi.Output.json_dumps({"redrivePermission": "byQueue", "sourceQueueArns": [main.arn]})
    aws.sqs.RedriveAllowPolicy(f"{name}-redrive", queue_url=dead.url, redrive_allow_policy=sources)
    return main, dead


def table(name: str, key: aws.kms.Key, data: str, **more: Any) -> aws.dynamodb.Table:
    return aws.dynamodb.Table(
        name,
        hash_key="pk",
        range_key="sk",
        attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
        billing_mode="PAY_PER_REQUEST",
        ttl={"enabled": True, "attribute_name": "expires_at"},
        server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
        tags={**TAGS, "data": data},
        **more,
    )


def function(
    name: str,
    key: aws.kms.Key,
    size: tuple[int, int],
    statements: Iterable[dict[str, object]],
    variables: dict[str, pulumi.Input[str]],
) -> aws.lambda_.Alias:
    """The alias of a function; `size` is memory in MiB and timeout in seconds."""
    logs = aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=30, kms_key_id=key.arn, tags=TAGS)
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    role = aws.iam.Role(f"{name}-role", assume_role_policy=document(trust), tags=TAGS)
    writes = allow("logs: CreateLogStream PutLogEvents", pulumi.Output.concat(logs.arn, ":*"))
    traces = allow("xray: PutTraceSegments PutTelemetryRecords", "*")
    policy = aws.iam.RolePolicy(f"{name}-policy", role=role.name, policy=document(writes, *statements, traces))
    made = aws.lambda_.Function(
        f"{name}-function",
        code=pulumi.FileArchive(os.environ["PACKAGE"]),
        handler=f"assistant.functions.{name}",
        runtime="python3.13",
        architectures=["arm64"],
        role=role.arn,
        memory_size=size[0],
        timeout=size[1],
        publish=True,
        environment={"variables": variables},
        kms_key_arn=key.arn,
        logging_config={"log_format": "JSON", "log_group": logs.name},
        tracing_config={"mode": "Active"},
        tags=TAGS,
        opts=pulumi.ResourceOptions(depends_on=[policy]),
    )
    return aws.lambda_.Alias(f"{name}-live", name="live", function_name=made.name, function_version=made.version)


def source(name: str, queue: aws.sqs.Queue, function: aws.lambda_.Alias) -> None:
    aws.lambda_.EventSourceMapping(
        name,
        event_source_arn=queue.arn,
        function_name=function.arn,
        batch_size=10,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximum_concurrency": 20},
        tags=TAGS,
    )


def routed(
    name: str,
    api: aws.apigatewayv2.Api,
    function: aws.lambda_.Alias,
    keys: Iterable[str],
    stage: str,
    timeout_ms: int,
    logs: aws.cloudwatch.LogGroup | None = None,
) -> aws.apigatewayv2.Stage:
    """An API's stage with routes to one function."""
    permission = aws.lambda_.Permission(
        f"{name}-permission",
        action="lambda:InvokeFunction",
        function=function.function_name,
        qualifier=function.name,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
    )
    integration = aws.apigatewayv2.Integration(
        f"{name}-integration",
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_method="POST",
        integration_uri=function.invoke_arn,
        payload_format_version="2.0" if logs else None,
        timeout_milliseconds=timeout_ms,
        opts=pulumi.ResourceOptions(depends_on=[permission]),
    )
    routes = [
        aws.apigatewayv2.Route(
            f"{name}-route-{number}",
            api_id=api.id,
            route_key=key,
            authorization_type="NONE",
            target=pulumi.Output.concat("integrations/", integration.id),
        )
        for number, key in enumerate(keys)
    ]
    told = json.dumps({"requestId": "$context.requestId", "status": "$context.status"})
    return aws.apigatewayv2.Stage(
        f"{name}-stage",
        api_id=api.id,
        name=stage,
        auto_deploy=True,
        default_route_settings={
            "throttling_rate_limit": 50.0,
            "throttling_burst_limit": 100,
            "detailed_metrics_enabled": True,
        },
        access_log_settings={"destination_arn": logs.arn, "format": told} if logs else None,
        tags=TAGS,
        opts=pulumi.ResourceOptions(depends_on=routes),
    )


def alarm(name: str, topic: aws.sns.Topic, metric: str, watched: aws.sqs.Queue, threshold: int, periods: int) -> None:
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
        actions_enabled=True,
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        alarm_description="Messages wait.",
        tags=TAGS,
    )
