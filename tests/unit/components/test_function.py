"""AssistantFunction: what runs, with which rights, and what is refused before it would fail in AWS."""

from typing import Any

import pytest

from assistant_components import AssistantFunction, InputError
from tests.kit.catalogue import KEY, LEAST, MOST, NETWORK, making
from tests.kit.recording import record

ARGS: Any = LEAST["AssistantFunction"]
ACTIVE_TRACING = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def made(preview: bool = False, partition: str = "aws", **changes: Any) -> Any:
    return record(making("AssistantFunction", {**ARGS, **changes}), preview=preview, partition=partition)


def test_the_function_runs_the_package_on_arm64_and_publishes_each_version(preview: bool) -> None:
    function = made(preview).one("chat-function").inputs
    assert function["code"].path == ARGS["package"]
    assert (function["runtime"], function["architectures"]) == ("python3.13", ["arm64"])
    assert (function["handler"], function["publish"]) == ("assistant.functions.ingress", True)
    assert (function["memorySize"], function["timeout"]) == (256, 10)


def test_the_alias_live_is_the_published_version(preview: bool) -> None:
    graph = made(preview)
    assert graph.one("chat-live").inputs["name"] == "live"
    assert graph.points("chat-live", "functionVersion", "chat-function")
    assert graph.points("chat-live", "functionName", "chat-function")
    if not preview:
        assert graph.output("chat")["aliasArn"].endswith(":live")
        assert graph.output("chat")["aliasArn"] in graph.output("chat")["invokeArn"]


def test_logs_go_as_json_to_a_group_of_its_own_with_a_retention(preview: bool) -> None:
    graph = made(preview, log_days=14)
    assert graph.one("chat-logs").inputs["retentionInDays"] == 14
    assert graph.one("chat-function").inputs["loggingConfig"]["logFormat"] == "JSON"
    assert graph.points("chat-function", "loggingConfig", "chat-logs")


def test_the_function_waits_for_its_rights(preview: bool) -> None:
    graph = made(preview)
    assert graph.one("chat-policy").urn in graph.one("chat-function").dependencies
    assert graph.points("chat-function", "role", "chat-role")
    assert graph.points("chat-policy", "role", "chat-role")


def test_without_permissions_it_may_write_its_own_logs_and_traces_and_nothing_else() -> None:
    graph = made()
    group = graph.output("chat")["logGroupName"]
    assert graph.one("chat-policy").document() == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}:*"],
            },
            {"Sid": "Traces", "Effect": "Allow", "Action": ACTIVE_TRACING, "Resource": ["*"]},
        ],
    }  # fmt: skip


def test_the_listed_permissions_become_statements() -> None:
    statements = made(permissions=MOST["AssistantFunction"]["permissions"]).one("chat-policy").statements()
    assert set(statements) == {"Logs", "Traces", "Queue", "Model"}
    assert statements["Queue"] == {
        "Sid": "Queue", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["arn:aws:sqs:eu-west-1:1:q"],
    }  # fmt: skip
    assert statements["Model"]["Condition"] == {
        "ArnEquals": {"bedrock:InferenceProfileArn": "arn:aws:bedrock:eu-west-1:1:p/m"}
    }


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_lambda_takes_the_role_for_functions_of_this_account_only(partition: str) -> None:
    trust = made(partition=partition).one("chat-role").document("assumeRolePolicy")
    assert trust["Statement"] == [
        {
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    ]  # fmt: skip


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_in_a_network_lambda_may_attach_it_and_its_own_code_may_not(partition: str) -> None:
    graph = made(partition=partition, network=NETWORK)
    vpc = graph.one("chat-function").inputs["vpcConfig"]
    assert vpc == {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    statements = graph.one("chat-policy").statements()
    region = "cn-north-1" if partition == "aws-cn" else "eu-west-1"
    assert statements["Network"]["Resource"] == [f"arn:{partition}:ec2:{region}:123456789012:*/*"]
    assert set(statements["NetworkLists"]["Action"]) == {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
    denied = statements["NetworkForLambdaOnly"]
    assert denied["Effect"] == "Deny"
    assert set(denied["Action"]) == {*statements["Network"]["Action"], *statements["NetworkLists"]["Action"]}
    source = f"arn:{partition}:lambda:{region}:123456789012:function:*"
    assert denied["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": source}}


def test_without_a_network_it_has_no_rights_on_one(preview: bool) -> None:
    graph = made(preview)
    assert "vpcConfig" not in graph.one("chat-function").inputs
    if not preview:
        assert "ec2:" not in graph.one("chat-policy").inputs["policy"]


def test_reserved_concurrency_is_set_only_when_asked_for(preview: bool) -> None:
    assert "reservedConcurrentExecutions" not in made(preview).one("chat-function").inputs
    assert made(preview, reserved_concurrency=7).one("chat-function").inputs["reservedConcurrentExecutions"] == 7


def test_tracing_is_active_unless_left_to_the_caller(preview: bool) -> None:
    assert made(preview).one("chat-function").inputs["tracingConfig"] == {"mode": "Active"}
    graph = made(preview, tracing="passThrough")
    assert graph.one("chat-function").inputs["tracingConfig"] == {"mode": "PassThrough"}
    if not preview:
        assert "xray" not in graph.one("chat-policy").inputs["policy"]


def test_a_key_encrypts_the_logs_and_the_environment(preview: bool) -> None:
    graph = made(preview, kms_key_arn=KEY)
    assert graph.one("chat-logs").inputs["kmsKeyId"] == KEY
    assert graph.one("chat-function").inputs["kmsKeyArn"] == KEY


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"package": "/nowhere.zip"}, "expected an existing file; `python -m assistant.package PATH` builds it"),
        ({"package": "/nowhere.zip"}, "AssistantFunction 'chat': package: got '/nowhere.zip', "),
        ({"handler": "assistant"}, "handler: got 'assistant', expected"),
        ({"memory_mib": 127}, "memory_mib: got 127, expected greater than or equal to 128"),
        ({"timeout_s": 901}, "timeout_s: got 901, expected less than or equal to 900"),
        ({"reserved_concurrency": 0}, "reserved_concurrency: got 0, expected greater than or equal to 1"),
        ({"log_days": 31}, "log_days: got 31, expected a retention of CloudWatch Logs, such as 30 or 60"),
        ({"log_days": 9999}, "log_days: got 9999, expected a retention of CloudWatch Logs, such as 3653"),
        ({"tracing": "on"}, "tracing: got 'on', expected 'active' or 'passThrough'"),
        ({"environment": {"AWS_REGION": "x"}}, "environment['AWS_REGION']: Lambda sets this variable itself"),
        ({"environment": {"AWS_LAMBDA_X": "x"}}, "environment['AWS_LAMBDA_X']: Lambda sets this variable itself"),
        ({"environment": {"1A": "x"}}, "environment['1A']: expected letters, digits and '_' with a letter first"),
        ({"environment": {"A": "ü" * 2048}}, "environment: got 4097 bytes, expected at most 4096 in all"),
        ({"network": {"subnet_ids": ["subnet-1"]}}, "network.security_group_ids: got nothing, expected a list"),
        ({"permissions": [{"sid": "A", "actions": []}]}, "permissions[0].resources: got nothing, expected a list"),
    ],
)  # fmt: skip
def test_what_aws_would_refuse_is_refused_before_anything_is_made(changes: dict[str, Any], line: str) -> None:
    args: Any = {**ARGS, **changes}
    with pytest.raises(InputError) as caught:
        AssistantFunction("chat", args)
    assert line in str(caught.value)


def test_a_name_is_refused_when_the_functions_name_would_be_too_long() -> None:
    most = 64 - len("-function") - len("-1234567")
    graph = record(lambda: AssistantFunction("a" * most, ARGS))
    assert len(graph.output("a" * most)["functionName"]) == 64
    with pytest.raises(InputError, match=f"name: got {most + 1} characters, expected at most {most}"):
        AssistantFunction("a" * (most + 1), ARGS)
