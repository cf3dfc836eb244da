"""Every component with arguments that use as little, and as much, of it as there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

import assistant_components as ac
from tests.kit.aws_mocks import ACCOUNT

NAME = "chat"
PACKAGE = str(Path(__file__))  # any file that exists: the mocks look at no archive
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:theirs"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:model-key-AbCdEf"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/theirs"
TAGS = {"Owner": "team-chat", "data": "public"}
NETWORK: Any = {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}

SECRETS = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:"


def secret_arn(name: str) -> str:
    """The ARN of a secret of yours."""
    return f"{SECRETS}{name}-AbCdEf"


TELEGRAM: dict[str, Any] = {
    "channel": "telegram",
    "secret_arns": {"bot_token": secret_arn("telegram-bot"), "secret_token": secret_arn("telegram-check")},
}
SLACK: dict[str, Any] = {
    "channel": "slack",
    "secret_arns": {"signing_secret": secret_arn("slack-signing"), "bot_token": secret_arn("slack-bot")},
}
WEBHOOK: dict[str, Any] = {
    "channel": "webhook", "secret_arns": {"signing_secret": secret_arn("webhook")},
    "options": {"reply_url": "https://hooks.example.com/replies"},
}  # fmt: skip
FEISHU: dict[str, Any] = {
    "channel": "feishu",
    "secret_arns": {name: secret_arn(f"feishu-{name}") for name in ("app_secret", "encrypt_key", "verification_token")},
    "options": {"app_id": "cli_a1"},
}
WECOM: dict[str, Any] = {
    "channel": "wecom",
    "secret_arns": {name: secret_arn(f"wecom-{name}") for name in ("token", "aes_key", "app_secret")},
    "options": {"corp_id": "ww1", "agent_id": "1000002"},
}
DINGTALK: dict[str, Any] = {
    "channel": "dingtalk", "secret_arns": {"app_secret": secret_arn("dingtalk")},
    "options": {"app_key": "ding1", "robot_code": "ding1", "corp_id": "dingc1"},
}  # fmt: skip
DISCORD: dict[str, Any] = {"channel": "discord", "options": {"public_key": "ab" * 32, "application_id": "1" * 18}}
WEB: dict[str, Any] = {"channel": "web"}
EVERY_CHANNEL = [WEB, TELEGRAM, SLACK, FEISHU, WECOM, DINGTALK, DISCORD, WEBHOOK]

LEAST: dict[str, dict[str, Any]] = {
    "AlarmTopic": {},
    "AssistantFunction": {"package": PACKAGE, "handler": "assistant.functions.ingress"},
    "MessageQueue": {},
    "OwnKey": {},
    "OwnSecret": {},
    "QueueAlarms": {"queue_name": "q.fifo", "dead_letter_queue_name": "d.fifo", "topic_arn": TOPIC},
    "RecordsTable": {},
    "ServerlessAssistant": {"package": PACKAGE, "model": {"provider": "echo"}},
    "SessionTable": {},
    "WebIngress": {
        "routes": ["GET /", "POST /web/messages"], "function_name": "f", "alias_name": "live",
        "invoke_arn": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations",
    },
    "WebStream": {"function": {"package": PACKAGE, "handler": "assistant.functions.stream"}},
}  # fmt: skip

MOST: dict[str, dict[str, Any]] = {
    "AlarmTopic": {"emails": ["ops@example.com", "dev@example.com"], "kms_key_arn": KEY, "tags": TAGS},
    "AssistantFunction": {
        **LEAST["AssistantFunction"], "memory_mib": 512, "timeout_s": 60, "reserved_concurrency": 5,
        "environment": {"ASSISTANT_TENANT": "one"}, "network": NETWORK, "kms_key_arn": KEY, "log_days": 7,
        "permissions": [
            {"sid": "Queue", "actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:eu-west-1:1:q"]},
            {
                "sid": "Model", "actions": ["bedrock:InvokeModel"],
                "resources": ["arn:aws:bedrock:*::foundation-model/m"],
                "conditions": {"ArnEquals": {"bedrock:InferenceProfileArn": "arn:aws:bedrock:eu-west-1:1:p/m"}},
            },
        ],
        "tracing": ac.Tracing.PASS_THROUGH, "tags": TAGS,
    },
    "MessageQueue": {
        "retention_days": 7, "visibility_timeout_s": 60, "max_receives": 3, "kms_key_arn": KEY,
        "deletion_protection": False, "tags": TAGS,
    },
    "OwnKey": {"resource_prefix": "chat", "deletion_protection": False, "tags": TAGS},
    "OwnSecret": {"description": "Signs tokens", "kms_key_arn": KEY, "tags": TAGS},
    "QueueAlarms": {**LEAST["QueueAlarms"], "oldest_message_s": 600, "tags": TAGS},
    "RecordsTable": {"kms_key_arn": KEY, "tags": TAGS},
    "ServerlessAssistant": {
        "package": PACKAGE,
        "model": {
            "provider": ac.ModelProvider.OPENAI, "id": "gpt", "base_url": "https://models.example.com/v1",
            "api_key_secret_arn": SECRET, "timeout_s": 20, "prices": {"input_usd": 0.15, "output_usd": 0.6},
            "fallback": {
                "provider": ac.ModelProvider.BEDROCK, "id": "amazon.nova-lite-v1:0", "prices": {"input_usd": 0.06},
            },
        },
        "channels": [
            {"channel": "web", "options": {"access": "anonymous", "origins": "https://chat.example"}},
            {"channel": "web", "name": "shop", "tenant": "shop"}, TELEGRAM, {**SLACK, "name": "acme", "tenant": "acme"},
        ],
        "system_prompt": "Be brief.",
        "replies": {
            "cache": {"tier": ac.CacheTier.TABLE, "ttl_s": 60},
            "limits": {"tokens": 1_000_000, "usd": 5.5, "conversation_tokens": 10_000, "conversation_usd": 0.5},
            "guardrail": {"kind": ac.GuardrailKind.BEDROCK, "id": "gr1", "version": "2"},
        },
        "functions": {
            "sender": {"memory_mib": 128, "timeout_s": 30, "reserved_concurrency": 4, "maximum_concurrency": 3},
            "stream": {"memory_mib": 128, "timeout_s": 9, "reserved_concurrency": 5},
            "ingress": {"memory_mib": 512, "timeout_s": 5, "reserved_concurrency": 10},
            "inference": {"memory_mib": 1024, "timeout_s": 30, "reserved_concurrency": 8, "maximum_concurrency": 8},
        },
        "retention": {"log_days": 7, "session_days": 14, "message_days": 5},
        "throttle": {"rate_per_s": 12.5, "burst": 20},
        "network": NETWORK, "own_key": True, "deletion_protection": False, "alarm_emails": ["ops@example.com"],
        "tags": TAGS,
    },
    "SessionTable": {"kms_key_arn": KEY, "deletion_protection": False, "tags": TAGS},
    "WebIngress": {
        **LEAST["WebIngress"], "throttle": {"rate_per_s": 5.0, "burst": 10}, "log_days": 7, "kms_key_arn": KEY,
        "tags": TAGS,
    },
    "WebStream": {
        "function": {
            **LEAST["WebStream"]["function"], "log_days": 7, "kms_key_arn": KEY, "environment": {"A": "b"},
            "permissions": [{"sid": "Own", "actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:eu-west-1:1:q"]}],
            "tags": TAGS,
        },
        "throttle": {"rate_per_s": 5.0, "burst": 10}, "access_logs": True, "tags": TAGS,
    },
}  # fmt: skip


def component(kind: str) -> Any:
    """The class of that name."""
    return getattr(ac, kind)


def making(kind: str, args: dict[str, Any], **options: Any) -> Callable[[], Any]:
    """A program that makes one component."""
    return lambda: component(kind)(NAME, args, pulumi.ResourceOptions(**options) if options else None)


def assistant(**changes: Any) -> Callable[[], Any]:
    """A program that makes a ServerlessAssistant that echoes, with some arguments changed."""
    return making("ServerlessAssistant", {**LEAST["ServerlessAssistant"], **changes})


def camel(value: Any) -> Any:
    """Arguments as a plugin receives them: camelCase keys, every number a float, enums as their values."""
    from assistant_components.validation import to_camel

    if isinstance(value, dict):
        kept = {"tags", "environment", "conditions", "secret_arns", "options"}  # maps whose keys are data
        return {to_camel(k): v if k in kept else camel(v) for k, v in value.items()}
    if isinstance(value, list):
        return [camel(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return getattr(value, "value", value)
