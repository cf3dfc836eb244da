"""ServerlessAssistant: how the parts are wired, what each may do, and which arguments exclude each other."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant_components import InputError, ServerlessAssistant
from tests.kit.catalogue import KEY, LEAST, MOST, NETWORK, SECRET, TABLE, TOPIC, assistant, making
from tests.kit.recording import record

OWN_LOGS, TRACES = ("logs:CreateLogStream", "logs:PutLogEvents"), ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
BEDROCK = {"provider": "bedrock", "id": "amazon.nova-lite-v1:0", "timeout_s": 20}
OPENAI = {"provider": "openai", "id": "gpt", "base_url": "https://models.example.com/v1"}


def rights(graph: Any, module: str) -> dict[str, tuple[str, ...]]:
    """Action -> resources of everything that a function is allowed."""
    stated = graph.one(f"chat-{module}-policy").document()["Statement"]
    return {action: tuple(one["Resource"]) for one in stated if one["Effect"] == "Allow" for action in one["Action"]}


def test_a_message_travels_from_the_api_over_the_queue_to_inference(preview: bool) -> None:
    graph = record(assistant(), preview=preview)
    assert graph.points("chat-api-integration", "integrationUri", "chat-ingress-live")
    assert graph.points("chat-api-permission", "function", "chat-ingress-function")
    assert graph.points("chat-ingress-function", "environment", "chat-queue-main")
    assert graph.points("chat-source", "eventSourceArn", "chat-queue-main")
    assert graph.points("chat-source", "functionName", "chat-inference-live")
    assert graph.points("chat-ingress-function", "environment", "chat-sessions-table")
    assert graph.points("chat-inference-function", "environment", "chat-sessions-table")


def test_the_queue_hands_out_batches_and_takes_back_single_messages(preview: bool) -> None:
    source = record(assistant(), preview=preview).one("chat-source").inputs
    assert source["batchSize"] == 10
    assert source["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["scalingConfig"] == {"maximumConcurrency": 20}


@pytest.mark.parametrize("timeout", [6, 60, 900])
def test_a_message_stays_hidden_for_six_times_the_functions_timeout(timeout: int, preview: bool) -> None:
    graph = record(assistant(functions={"inference": {"timeout_s": timeout}}), preview=preview)
    assert graph.one("chat-inference-function").inputs["timeout"] == timeout
    assert graph.one("chat-queue-main").inputs["visibilityTimeoutSeconds"] == 6 * timeout
    assert graph.one("chat-queue-alarms-oldest-message").inputs["threshold"] == max(300, 12 * timeout)


def test_alarms_watch_both_queues_and_tell_people(preview: bool) -> None:
    graph = record(assistant(alarm_emails=["ops@example.com"]), preview=preview)
    assert graph.points("chat-queue-alarms-dead-letters", "dimensions", "chat-queue-dead")
    assert graph.points("chat-queue-alarms-oldest-message", "dimensions", "chat-queue-main")
    for alarm in graph.of_type(":MetricAlarm"):
        assert graph.points(alarm.name, "alarmActions", "chat-alarms-topic")
    assert graph.points("chat-alarms-email-ops@example.com", "topic", "chat-alarms-topic")


def test_ingress_may_enqueue_read_sessions_and_write_its_logs_and_nothing_else() -> None:
    graph = record(assistant(network=None))
    queue, group = graph.output("chat-queue")["queueArn"], graph.output("chat-ingress")["logGroupName"]
    table = graph.output("chat-sessions")["tableArn"]
    log_group = (f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}:*",)
    assert rights(graph, "ingress") == {
        "sqs:SendMessage": (queue,), "dynamodb:Query": (table,), **dict.fromkeys(OWN_LOGS, log_group),
        **dict.fromkeys(TRACES, ("*",)),
    }  # fmt: skip


def test_inference_may_take_messages_keep_sessions_and_write_its_logs_and_nothing_else() -> None:
    graph = record(assistant())
    queue, group = graph.output("chat-queue")["queueArn"], graph.output("chat-inference")["logGroupName"]
    table = graph.output("chat-sessions")["tableArn"]
    receives = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility")
    log_group = (f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}:*",)
    assert rights(graph, "inference") == {
        **{f"sqs:{action}": (queue,) for action in receives},
        **{f"dynamodb:{action}": (table,) for action in ("GetItem", "Query", "PutItem")},
        **dict.fromkeys(OWN_LOGS, log_group), **dict.fromkeys(TRACES, ("*",)),
    }  # fmt: skip


def test_the_models_key_is_a_reference_that_inference_alone_may_read() -> None:
    graph = record(assistant(model={**OPENAI, "api_key_secret_arn": SECRET}))
    told = graph.one("chat-inference-function").inputs["environment"]["variables"]
    assert told["ASSISTANT_MODEL_API_KEY_REF"] == f"secretsmanager:{SECRET}"
    assert rights(graph, "inference")["secretsmanager:GetSecretValue"] == (SECRET,)
    assert "secretsmanager:GetSecretValue" not in rights(graph, "ingress")
    assert "ASSISTANT_MODEL_API_KEY_REF" not in graph.one("chat-ingress-function").inputs["environment"]["variables"]


def test_the_functions_are_told_what_the_application_reads() -> None:
    graph = record(
        assistant(
            model={**OPENAI, "timeout_s": 20}, system_prompt="Be brief.",
            retention={"session_days": 9, "message_days": 6, "log_days": 5},
        )
    )  # fmt: skip
    output = graph.output("chat")
    shared = {
        "ASSISTANT_CHANNELS": "web", "ASSISTANT_SESSIONS_TABLE": output["sessionStore"],
        "ASSISTANT_SESSION_DAYS": "9", "ASSISTANT_MAX_RECEIVES": "5",
    }  # fmt: skip
    ingress = graph.one("chat-ingress-function").inputs["environment"]["variables"]
    assert ingress == {**shared, "ASSISTANT_QUEUE_URL": output["queueUrl"]}
    inference = graph.one("chat-inference-function").inputs["environment"]["variables"]
    assert inference == {
        **shared, "ASSISTANT_SYSTEM_PROMPT": "Be brief.", "ASSISTANT_MODEL_PROVIDER": "openai",
        "ASSISTANT_MODEL_ID": "gpt", "ASSISTANT_MODEL_BASE_URL": "https://models.example.com/v1",
        "ASSISTANT_MODEL_TIMEOUT_S": "20",
    }  # fmt: skip
    assert graph.one("chat-queue-main").inputs["messageRetentionSeconds"] == 6 * 86_400
    assert {group.inputs["retentionInDays"] for group in graph.of_type(":LogGroup")} == {5}
    assert graph.one("chat-queue-main").document("redrivePolicy")["maxReceiveCount"] == 5


def test_an_own_key_encrypts_everything_and_each_function_may_use_it(preview: bool) -> None:
    graph = record(assistant(own_key=True), preview=preview)
    edges = {
        "chat-queue-main": "kmsMasterKeyId", "chat-queue-dead": "kmsMasterKeyId", "chat-alarms-topic": "kmsMasterKeyId",
        "chat-sessions-table": "serverSideEncryption", "chat-ingress-function": "kmsKeyArn",
        "chat-inference-function": "kmsKeyArn", "chat-ingress-logs": "kmsKeyId", "chat-inference-logs": "kmsKeyId",
        "chat-api-logs": "kmsKeyId", "chat-ingress-policy": "policy", "chat-inference-policy": "policy",
    }  # fmt: skip
    for name, property_name in edges.items():
        assert graph.points(name, property_name, "chat-key-key"), name
    if not preview:
        key = graph.output("chat-key")["keyArn"]
        assert rights(graph, "ingress")["kms:GenerateDataKey"] == rights(graph, "ingress")["kms:Decrypt"] == (key,)
        assert rights(graph, "inference")["kms:Decrypt"] == (key,)
        assert "kms:GenerateDataKey" not in rights(graph, "inference")
        prefixed = graph.one("chat-key-key").inputs["policy"]
        assert "log-group:*chat-*" in prefixed
        assert "alarm:*chat-*" in prefixed


def test_the_callers_key_is_used_instead_of_one_that_is_made() -> None:
    graph = record(assistant(kms_key_arn=KEY))
    assert graph.of_type(":Key") == []
    assert graph.one("chat-queue-main").inputs["kmsMasterKeyId"] == KEY
    assert rights(graph, "inference")["kms:Decrypt"] == (KEY,)


def test_without_a_key_nobody_has_rights_on_keys() -> None:
    graph = record(assistant())
    assert not [action for module in ("ingress", "inference") for action in rights(graph, module) if "kms" in action]


def test_the_callers_table_is_used_instead_of_one_that_is_made() -> None:
    graph = record(assistant(session_table={"name": "theirs", "arn": TABLE}))
    assert graph.of_type(":Table", ":SessionTable") == []
    assert graph.output("chat")["sessionStore"] == "theirs"
    assert rights(graph, "inference")["dynamodb:PutItem"] == (TABLE,)
    told = graph.one("chat-ingress-function").inputs["environment"]["variables"]
    assert told["ASSISTANT_SESSIONS_TABLE"] == "theirs"


def test_the_callers_topic_is_used_instead_of_one_that_is_made() -> None:
    graph = record(assistant(alarm_topic_arn=TOPIC))
    assert graph.of_type(":Topic", ":TopicPolicy") == []
    assert graph.output("chat")["alarmTopic"] == TOPIC
    assert all(alarm.inputs["alarmActions"] == [TOPIC] for alarm in graph.of_type(":MetricAlarm"))


def test_the_callers_network_carries_both_functions(preview: bool) -> None:
    graph = record(assistant(network=NETWORK), preview=preview)
    for function in graph.of_type(":Function"):
        assert function.inputs["vpcConfig"]["subnetIds"] == NETWORK["subnet_ids"]


@pytest.mark.parametrize("protection", [True, False])
def test_deletion_protection_holds_for_sessions_messages_and_key_alike(protection: bool) -> None:
    graph = record(assistant(own_key=True, deletion_protection=protection))
    protected = {node.name for node in graph.nodes.values() if node.protect}
    kept = {"chat-sessions-table", "chat-queue-main", "chat-queue-dead", "chat-key-key"}
    assert protected == (kept if protection else set())
    assert graph.one("chat-sessions-table").inputs["deletionProtectionEnabled"] is protection


def test_outputs_tell_where_the_assistant_is() -> None:
    output = record(assistant()).output("chat")
    assert output["readyUrl"] == f"{output['url']}readyz"
    assert output["webhookUrls"] == {"web": f"{output['url']}web/messages"}
    assert len(output["logGroups"]) == 3
    assert output["queueUrl"] != output["deadLetterQueueUrl"]


@pytest.mark.parametrize(
    ("partition", "region", "suffix"),
    [("aws-cn", "cn-north-1", "amazonaws.com.cn"), ("aws-us-gov", "us-gov-west-1", "amazonaws.com")],
)
def test_no_partition_or_region_is_written_into_the_components(partition: str, region: str, suffix: str) -> None:
    args = {**MOST["ServerlessAssistant"], "model": BEDROCK}
    graph = record(making("ServerlessAssistant", args), partition=partition)
    texts = [str(node.inputs) for node in graph.nodes.values()] + [str(out) for out in graph.outputs.values()]
    assert not [text for text in texts if "arn:aws:" in text or "eu-west-1" in text or "us-east-1" in text]
    assert any(f"arn:{partition}:" in text and region in text for text in texts)
    assert suffix in graph.output("chat")["url"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"kms_key_arn": KEY, "own_key": True}, "own_key: got true and kms_key_arn, expected one of them"),
        ({"alarm_topic_arn": TOPIC, "alarm_emails": ["a@b.co"]}, "alarm_emails: got addresses and alarm_topic_arn"),
        ({"model": {"provider": "openia"}}, "model.provider: got 'openia', expected 'echo', 'openai' or 'bedrock'"),
        ({"model": {}}, "model.provider: got nothing, expected 'echo', 'openai' or 'bedrock'"),
        ({"model": {"provider": "bedrock"}}, "model.id: got nothing, expected a value: the bedrock provider needs it"),
        ({"model": {"provider": "openai", "id": "x"}}, "model.base_url: got nothing, expected a value"),
        ({"model": {"provider": "echo", "base_url": "https://x.co"}}, "model.base_url: got 'https://x.co', expected"),
        ({"model": {**OPENAI, "base_url": "https://me:pw@x.co"}}, "model.base_url: got"),
        ({"model": {"provider": "echo", "api_key_secret_arn": SECRET}}, "model.api_key_secret_arn: got a secret"),
        ({"model": {**OPENAI, "timeout_s": 56}}, "model.timeout_s: got 56, expected at most 55, 5 less than"),
        ({"channels": []}, "channels: got a list of 0 items, expected"),
        ({"channels": ["fax"]}, "channels[0]: got 'fax', expected 'web'"),
        ({"channels": ["web", "web"]}, "channels: got a list of 2 items, expected each of them once"),
        ({"functions": {"ingress": {"timeout_s": 30}}}, "functions.ingress.timeout_s: got 30, expected less than"),
        ({"functions": {"ingress": {"maximum_concurrency": 2}}}, "functions.ingress.maximum_concurrency: got a value"),
        ({"functions": {"inference": {"maximum_concurrency": 1}}}, "functions.inference.maximum_concurrency: got 1"),
        ({"functions": {"inference": {"maximum_concurrency": 9, "reserved_concurrency": 8}}},
         "functions.inference.maximum_concurrency: got 9, expected at most reserved_concurrency (8)"),
        ({"retention": {"message_days": 14}}, "retention.message_days: got 14, expected less than or equal to 13"),
        ({"system_prompt": "ü" * 1001}, "system_prompt: got 'ü"),
        ({"alarm_emails": ["a@b.co"] * 2}, "alarm_emails: got a list of 2 items, expected each of them once"),
        ({"session_table": {"name": "theirs"}}, "session_table.arn: got nothing, expected a text"),
        ({"network": {"subnet_ids": [], "security_group_ids": ["sg-1"]}}, "network.subnet_ids: got a list of 0 items"),
        ({"package": "/nowhere.zip"}, "package: got '/nowhere.zip', expected an existing file"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_before_anything_is_made(changes: dict[str, Any], line: str) -> None:
    args: Any = {**LEAST["ServerlessAssistant"], **changes}
    with pytest.raises(InputError) as caught:
        ServerlessAssistant("chat", args)
    assert f"ServerlessAssistant 'chat': {line}" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_longest_name_fits_all_that_is_made_of_it() -> None:
    most = 64 - len("-inference-function") - len("-1234567")
    name = "a" * most
    graph = record(lambda: ServerlessAssistant(name, MOST_ARGS))
    assert len(graph.output(f"{name}-inference")["functionName"]) == 64
    with pytest.raises(InputError, match=f"name: got {most + 1} characters, expected at most {most}"):
        ServerlessAssistant(name + "a", MOST_ARGS)


MOST_ARGS: Any = MOST["ServerlessAssistant"]
SIZES = st.fixed_dictionaries(
    {},
    optional={
        "memory_mib": st.integers(128, 10_240), "timeout_s": st.integers(35, 900),
        "reserved_concurrency": st.integers(2, 2_000), "maximum_concurrency": st.integers(2, 1_000),
    },
)  # fmt: skip


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SIZES, st.integers(1, 13))
def test_any_size_is_told_or_fits_together(size: dict[str, int], days: int) -> None:
    args: Any = {"functions": {"inference": size}, "retention": {"message_days": days}}
    reserved, most = size.get("reserved_concurrency"), size.get("maximum_concurrency")
    if reserved is not None and most is not None and most > reserved:
        with pytest.raises(InputError, match="maximum_concurrency: got"):
            assistant(**args)()
        return
    graph = record(assistant(**args))
    at_once = graph.one("chat-source").inputs["scalingConfig"]["maximumConcurrency"]
    function = graph.one("chat-inference-function").inputs
    assert 2 <= at_once <= function.get("reservedConcurrentExecutions", 1_000)
    assert graph.one("chat-queue-main").inputs["visibilityTimeoutSeconds"] >= 6 * function["timeout"]
