"""ServerlessAssistant: how the parts are wired, what each may do, and what of yours they use."""

from typing import Any

import pytest

from tests.kit.catalogue import (
    DISCORD,
    KEY,
    MOST,
    NETWORK,
    SECRET,
    TABLE,
    TELEGRAM,
    TOPIC,
    WEB,
    assistant,
    making,
)
from tests.kit.recording import record

BEDROCK = {"provider": "bedrock", "id": "amazon.nova-lite-v1:0", "timeout_s": 20}
# without the secret and the options that stand for an address in the partition `aws`
PUSHING = [{"channel": "telegram", "secret_arns": {"bot_token": "arn:x:1", "secret_token": "arn:x:2"}}]
MODULES = ("ingress", "inference", "sender", "ws-stream")
OPENAI = {"provider": "openai", "id": "gpt", "base_url": "https://models.example.com/v1"}


def rights(graph: Any, module: str) -> dict[str, tuple[str, ...]]:
    """Action -> resources of everything that a function is allowed."""
    found: dict[str, tuple[str, ...]] = {}
    for one in graph.one(f"chat-{module}-policy").document()["Statement"]:
        for action in one["Action"] if one["Effect"] == "Allow" else ():
            found[action] = (*found.get(action, ()), *one["Resource"])
    return found


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


def test_the_models_key_is_a_reference_that_inference_alone_may_read() -> None:
    graph = record(assistant(model={**OPENAI, "api_key_secret_arn": SECRET}))
    told = graph.one("chat-inference-function").inputs["environment"]["variables"]
    assert told["ASSISTANT_MODEL_API_KEY_REF"] == f"secretsmanager:{SECRET}"
    assert rights(graph, "inference")["secretsmanager:GetSecretValue"] == (SECRET,)
    for module in ("ingress", "ws-stream"):
        assert SECRET not in rights(graph, module)["secretsmanager:GetSecretValue"]
    assert "ASSISTANT_MODEL_API_KEY_REF" not in graph.one("chat-ingress-function").inputs["environment"]["variables"]


def test_the_functions_are_told_what_the_application_reads() -> None:
    graph = record(
        assistant(
            model={**OPENAI, "timeout_s": 20}, system_prompt="Be brief.",
            retention={"session_days": 9, "message_days": 6, "log_days": 5},
        )
    )  # fmt: skip
    output, stream = graph.output("chat"), graph.output("chat-ws")
    key = graph.output("chat-token-key")["secretArn"]
    told = {
        module: graph.one(f"chat-{module}-function").inputs["environment"]["variables"]
        for module in ("ingress", "inference", "ws-stream")
    }
    channels = f'[{{"channel":"web","secrets":{{"token_key":"secretsmanager:{key}"}}}}]'
    shared = {
        "ASSISTANT_CHANNELS": channels, "ASSISTANT_SESSIONS_TABLE": output["sessionStore"],
        "ASSISTANT_SESSION_DAYS": "9", "ASSISTANT_RECORDS_TABLE": graph.output("chat-records")["tableName"],
    }  # fmt: skip
    assert told["ingress"] == {
        **shared, "ASSISTANT_QUEUE_URL": output["queueUrl"], "ASSISTANT_STREAM_URL": stream["url"],
    }  # fmt: skip
    assert told["ws-stream"] == {**shared, "ASSISTANT_STREAM_ENDPOINT": stream["endpoint"]}
    assert told["inference"] == {
        **shared, "ASSISTANT_SYSTEM_PROMPT": "Be brief.", "ASSISTANT_MODEL_PROVIDER": "openai",
        "ASSISTANT_MODEL_ID": "gpt", "ASSISTANT_MODEL_BASE_URL": "https://models.example.com/v1",
        "ASSISTANT_MODEL_TIMEOUT_S": "20", "ASSISTANT_MAX_RECEIVES": "5",
        "ASSISTANT_STREAM_ENDPOINT": stream["endpoint"],
    }  # fmt: skip
    assert graph.one("chat-queue-main").inputs["messageRetentionSeconds"] == 6 * 86_400
    assert {group.inputs["retentionInDays"] for group in graph.of_type(":LogGroup")} == {5}


@pytest.mark.parametrize(("function", "queue", "times"), [("inference", "queue", "5"), ("sender", "replies", "25")])
def test_a_function_knows_how_often_its_queue_hands_out_a_message(function: str, queue: str, times: str) -> None:
    """The last time is the one in which people are told that it failed."""
    graph = record(assistant(channels=[TELEGRAM]))
    told = graph.one(f"chat-{function}-function").inputs["environment"]["variables"]["ASSISTANT_MAX_RECEIVES"]
    assert told == str(graph.one(f"chat-{queue}-main").document("redrivePolicy")["maxReceiveCount"]) == times


def test_an_own_key_encrypts_everything_and_each_function_may_use_it(preview: bool) -> None:
    graph = record(assistant(own_key=True, channels=[WEB, TELEGRAM]), preview=preview)
    edges = {
        "chat-queue-main": "kmsMasterKeyId", "chat-queue-dead": "kmsMasterKeyId", "chat-alarms-topic": "kmsMasterKeyId",
        "chat-sessions-table": "serverSideEncryption", "chat-ingress-function": "kmsKeyArn",
        "chat-inference-function": "kmsKeyArn", "chat-ingress-logs": "kmsKeyId", "chat-inference-logs": "kmsKeyId",
        "chat-api-logs": "kmsKeyId", "chat-records-table": "serverSideEncryption",
        "chat-replies-main": "kmsMasterKeyId", "chat-replies-dead": "kmsMasterKeyId",
        "chat-token-key-secret": "kmsKeyId", "chat-sender-policy": "policy",
        "chat-ws-stream-policy": "policy", "chat-ws-stream-function": "kmsKeyArn", "chat-ingress-policy": "policy",
        "chat-inference-policy": "policy",
    }  # fmt: skip
    for name, property_name in edges.items():
        assert graph.points(name, property_name, "chat-key-key"), name
    if not preview:
        key = graph.output("chat-key")["keyArn"]
        assert rights(graph, "ingress")["kms:GenerateDataKey"] == (key,)
        # what is sent to a queue, or put into a secret, is encrypted by the sender
        assert rights(graph, "inference")["kms:GenerateDataKey"] == rights(graph, "ws-stream")["kms:Decrypt"] == (key,)
        for module in ("ingress", "sender"):
            assert key in rights(graph, module)["kms:Decrypt"]
        assert "kms:GenerateDataKey" not in rights(graph, "sender")
        prefixed = graph.one("chat-key-key").inputs["policy"]
        assert "log-group:*chat-*" in prefixed
        assert "alarm:*chat-*" in prefixed


def test_the_callers_key_is_used_instead_of_one_that_is_made() -> None:
    graph = record(assistant(kms_key_arn=KEY))
    assert graph.of_type(":Key") == []
    assert graph.one("chat-queue-main").inputs["kmsMasterKeyId"] == KEY
    assert rights(graph, "inference")["kms:Decrypt"] == (KEY,)


def test_without_a_key_nobody_encrypts_with_one() -> None:
    graph = record(assistant(channels=[WEB, TELEGRAM]))
    assert not [action for module in MODULES for action in rights(graph, module) if action == "kms:GenerateDataKey"]


def test_the_callers_table_is_used_instead_of_one_that_is_made() -> None:
    graph = record(assistant(session_table={"name": "theirs", "arn": TABLE}))
    assert graph.of_type(":SessionTable") == []
    assert [table.name for table in graph.of_type("dynamodb/table:Table")] == ["chat-records-table"]
    assert graph.output("chat")["sessionStore"] == "theirs"
    assert rights(graph, "inference")["dynamodb:PutItem"] == (TABLE,)
    assert rights(graph, "ws-stream")["dynamodb:Query"] == (TABLE,)
    told = graph.one("chat-ingress-function").inputs["environment"]["variables"]
    assert told["ASSISTANT_SESSIONS_TABLE"] == "theirs"


def test_the_callers_topic_is_used_instead_of_one_that_is_made() -> None:
    graph = record(assistant(alarm_topic_arn=TOPIC))
    assert graph.of_type(":Topic", ":TopicPolicy") == []
    assert graph.output("chat")["alarmTopic"] == TOPIC
    assert all(alarm.inputs["alarmActions"] == [TOPIC] for alarm in graph.of_type(":MetricAlarm"))


def test_the_callers_network_carries_every_function(preview: bool) -> None:
    graph = record(assistant(network=NETWORK, channels=[WEB, TELEGRAM]), preview=preview)
    assert len(graph.of_type(":Function")) == len(MODULES)
    for function in graph.of_type(":Function"):
        assert function.inputs["vpcConfig"]["subnetIds"] == NETWORK["subnet_ids"]


@pytest.mark.parametrize("protection", [True, False])
def test_deletion_protection_holds_for_sessions_messages_and_key_alike(protection: bool) -> None:
    channels = [WEB, TELEGRAM]
    graph = record(assistant(own_key=True, channels=channels, deletion_protection=protection))
    protected = {node.name for node in graph.nodes.values() if node.protect}
    queues = {f"chat-{name}" for name in ("queue-main", "queue-dead", "replies-main", "replies-dead")}
    kept = {"chat-sessions-table", "chat-key-key", *queues}
    assert protected == (kept if protection else set())
    assert graph.one("chat-sessions-table").inputs["deletionProtectionEnabled"] is protection


def test_outputs_tell_where_the_assistant_is() -> None:
    output = record(assistant()).output("chat")
    assert output["readyUrl"] == f"{output['url']}ready"
    assert output["webhookUrls"] == {"web": f"{output['url']}web/messages"}
    assert output["registration"]["web"].startswith("Nothing to register")
    assert len(set(output["logGroups"])) == 4  # access, ingress, inference, stream
    assert output["queueUrl"] != output["deadLetterQueueUrl"]


@pytest.mark.parametrize(
    ("partition", "region", "suffix"),
    [("aws-cn", "cn-north-1", "amazonaws.com.cn"), ("aws-us-gov", "us-gov-west-1", "amazonaws.com")],
)
def test_no_partition_or_region_is_written_into_the_components(partition: str, region: str, suffix: str) -> None:
    rules = {"guardrail": {"kind": "bedrock", "id": "gr1"}}
    args = {**MOST["ServerlessAssistant"], "model": BEDROCK, "channels": [WEB, DISCORD, *PUSHING], "replies": rules}
    graph = record(making("ServerlessAssistant", args), partition=partition)
    texts = [str(node.inputs) for node in graph.nodes.values()] + [str(out) for out in graph.outputs.values()]
    assert not [text for text in texts if "arn:aws:" in text or "eu-west-1" in text or "us-east-1" in text]
    assert any(f"arn:{partition}:" in text and region in text for text in texts)
    assert suffix in graph.output("chat")["url"]
    # an address that ends as those of this partition do
    condition = graph.one("chat-sender-policy").statements()["KeysOfSecrets"]["Condition"]["StringLike"][
        "kms:ViaService"
    ]
    assert f"secretsmanager.{region}.{suffix}".startswith(condition.removesuffix("*"))


def test_the_records_are_told_apart_from_conversations_and_may_be_lost() -> None:
    graph = record(assistant(tags={"Owner": "team"}))
    table = graph.one("chat-records-table")
    assert (table.protect, table.inputs["tags"]["data"]) == (False, "temporary")
    assert graph.one("chat-sessions-table").inputs["tags"]["data"] == "conversation"
    assert table.inputs["ttl"] == {"enabled": True, "attributeName": "expires_at"}
    assert table.inputs["tags"]["Owner"] == graph.one("chat-token-key-secret").inputs["tags"]["Owner"] == "team"


def test_the_key_for_tokens_can_be_taken_back_for_as_long_as_aws_keeps_it() -> None:
    assert record(assistant()).one("chat-token-key-secret").inputs["recoveryWindowInDays"] == 30
