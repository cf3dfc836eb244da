"""From settings to the component: what is written arrives, what is left out is left to the component, nothing else."""

from pathlib import Path
from typing import Any

import pytest

from assistant_components import CacheTier, GuardrailKind, ModelProvider, ServerlessAssistantArgs
from assistant_components.topologies.serverless_args import ServerlessSpec, either_or
from assistant_components.validation import read_spec
from stacks import compose as composing
from stacks.compose import compose
from stacks.settings.nodes import fields
from stacks.settings.sections import Settings
from tests.kit.settings import (
    BEDROCK,
    CHANNELS,
    FEISHU,
    KEY_ARN,
    NETWORK,
    OPENAI,
    SLACK,
    TELEGRAM,
    TOPIC_ARN,
    folder_with_package,
    settings,
)

SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:models/key-AbCdEf"
LIMITS = [
    (word, ".".join(path), node[bound])
    for path, node, word in fields()
    for bound in ("minimum", "maximum")
    if bound in node and path[0] != "template"  # of applications that no topology runs yet
]


def composed(read: Settings) -> ServerlessAssistantArgs:
    """The component's arguments, with names of secrets that are easy to see."""
    return compose(read, project="assistant", secret_arn="arn of {}".format)


def checked(read: Settings, monkeypatch: pytest.MonkeyPatch) -> ServerlessSpec:
    """What the component reads; it raises InputError for what it does not accept."""
    monkeypatch.chdir(folder_with_package())
    args = composed(read)
    return read_spec(ServerlessSpec, "test", ServerlessAssistantArgs, args, either_or(args))


def test_the_smallest_settings_say_everything_that_they_decide_and_nothing_else() -> None:
    assert composed(settings()) == {
        "package": ".cache/packages/assistant.zip",
        "system_prompt": "You are a helpful assistant. Answer briefly.",
        "functions": {
            "ingress": {"memory_mib": 256, "timeout_s": 10},
            "inference": {"memory_mib": 512, "timeout_s": 60},
            "sender": {"memory_mib": 256, "timeout_s": 60},
            "stream": {"memory_mib": 256, "timeout_s": 10},
        },
        "throttle": {"rate_per_s": 50.0, "burst": 100},
        "model": {"provider": ModelProvider.ECHO},
        "replies": {"limits": {}, "cache": {"tier": CacheTier.MEMORY}},
        "channels": [{"channel": "web", "options": {"access": "anonymous"}}],
        "retention": {"log_days": 30, "session_days": 30, "message_days": 4},
        "deletion_protection": True,
        "own_key": False,
        "alarm_emails": [],
        "tags": {
            "Project": "assistant",
            "Environment": "test",
            "Owner": "tests",
            "CostCenter": "unallocated",
            "DataClass": "confidential",
        },
    }


def test_full_settings_arrive_whole() -> None:
    read = settings(
        {
            "template.system_prompt": "Answer in French.",
            "compute.ingress": {"memory_mib": 512, "timeout_s": 20, "reserved_concurrency": 7},
            "compute.inference": {
                "memory_mib": 1_024,
                "timeout_s": 300,
                "reserved_concurrency": 9,
                "maximum_concurrency": 8,
            },
            "compute.sender": {"memory_mib": 128, "timeout_s": 30, "reserved_concurrency": 5, "maximum_concurrency": 4},
            "compute.stream": {"memory_mib": 128, "timeout_s": 29, "reserved_concurrency": 3},
            "compute.throttle": {"rate_per_s": 5, "burst": 6},
            "model": {
                **OPENAI,
                "api_key": {"secret": "models/key"},
                "timeout_s": 200,
                "prices": {"input_usd": 1.5},
                "fallback": {**OPENAI, "id": "tiny", "api_key": {"secret": "second/key"}},
                "limits": {"tokens": 7, "usd": 2},
                "cache": {"tier": "table"},
                "guardrail": {"kind": "patterns", "patterns": [{"pattern": "x", "action": "block"}]},
            },
            "channels": {
                "web": {"access": "anonymous", "origins": ["https://a.example", "https://b.example"]},
                "telegram": TELEGRAM,
                "installations": [
                    {"channel": "slack", "name": "acme", "tenant": "acme", **SLACK},
                    {"channel": "feishu", "name": "main", **FEISHU, "api_url": "https://open.larksuite.com"},
                ],
            },
            "deploy.environment": "qa",
            "deploy.owner": "Team A",
            "deploy.cost_center": "CC-42",
            "deploy.data_class": "restricted",
            "deploy.kms_key_arn": KEY_ARN,
            "deploy.alarm_topic_arn": TOPIC_ARN,
            "deploy.network": NETWORK,
            "deploy.retention": {"log_days": 7, "session_days": 8, "message_days": 9},
        }
    )
    assert composed(read) == {
        "package": ".cache/packages/assistant.zip",
        "system_prompt": "Answer in French.",
        "functions": {
            "ingress": {"memory_mib": 512, "timeout_s": 20, "reserved_concurrency": 7},
            "inference": {
                "memory_mib": 1_024,
                "timeout_s": 300,
                "reserved_concurrency": 9,
                "maximum_concurrency": 8,
            },
            "sender": {"memory_mib": 128, "timeout_s": 30, "reserved_concurrency": 5, "maximum_concurrency": 4},
            "stream": {"memory_mib": 128, "timeout_s": 29, "reserved_concurrency": 3},
        },
        "throttle": {"rate_per_s": 5, "burst": 6},
        "model": {
            "provider": ModelProvider.OPENAI,
            "id": "small",
            "base_url": "https://models.example.com/v1",
            "api_key_secret_arn": "arn of models/key",
            "timeout_s": 200,
            "prices": {"input_usd": 1.5, "output_usd": 0.0},
            "fallback": {
                "provider": ModelProvider.OPENAI,
                "id": "tiny",
                "base_url": "https://models.example.com/v1",
                "api_key_secret_arn": "arn of second/key",
            },
        },
        "replies": {
            "limits": {"tokens": 7, "usd": 2},
            "cache": {"tier": CacheTier.TABLE, "ttl_s": 3_600},
            "guardrail": {
                "kind": GuardrailKind.PATTERNS,
                "patterns": [{"pattern": "x", "action": "block", "direction": "both"}],
            },
        },
        "channels": [
            {"channel": "web", "options": {"access": "anonymous", "origins": "https://a.example,https://b.example"}},
            {
                "channel": "telegram",
                "secret_arns": {"bot_token": "arn of tg/bot", "secret_token": "arn of tg/check"},
            },
            {
                "channel": "slack",
                "name": "acme",
                "tenant": "acme",
                "secret_arns": {"signing_secret": "arn of sl/sign", "bot_token": "arn of sl/bot"},
            },
            {
                "channel": "feishu",
                "secret_arns": {
                    "app_secret": "arn of fs/app",
                    "encrypt_key": "arn of fs/key",
                    "verification_token": "arn of fs/token",
                },
                "options": {"app_id": "cli_a1", "api_url": "https://open.larksuite.com"},
            },
        ],
        "retention": {"log_days": 7, "session_days": 8, "message_days": 9},
        "deletion_protection": True,
        "own_key": False,
        "kms_key_arn": KEY_ARN,
        "alarm_topic_arn": TOPIC_ARN,
        "alarm_emails": [],
        "network": NETWORK,
        "tags": {
            "Project": "assistant",
            "Environment": "qa",
            "Owner": "Team A",
            "CostCenter": "CC-42",
            "DataClass": "restricted",
        },
    }


def test_a_secret_given_by_its_arn_is_not_looked_up() -> None:
    args = composed(settings({"model": {**OPENAI, "api_key": {"secret": SECRET_ARN}}}))
    assert args["model"].get("api_key_secret_arn") == SECRET_ARN


def test_no_environment_is_treated_differently_for_its_name() -> None:
    args = [composed(settings({"deploy.environment": name})) for name in ("local", "staging", "prod")]
    for one in args:
        one["tags"] = {}
    assert args[0] == args[1] == args[2]


@pytest.mark.parametrize(
    ("word", "path", "limit"), LIMITS, ids=[f"{path}={limit} {word}" for word, path, limit in LIMITS]
)
def test_the_component_accepts_every_limit_that_the_settings_accept(
    word: str, path: str, limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    model: dict[str, Any] = {"bedrock": BEDROCK}.get(word, OPENAI if path.startswith("model") else {"provider": "echo"})
    if path.startswith("model.fallback"):
        model = {**OPENAI, "fallback": model}
    if path.startswith("model.cache"):
        model = {**model, "cache": {"tier": word}}
    if path.startswith("model.limits"):
        model = {**model, "prices": {"input_usd": 1.0}}
    room = {"compute.inference.timeout_s": 900} if path == "model.timeout_s" else {}
    read = settings({"model": model, **room, path: limit})
    assert checked(read, monkeypatch).deletion_protection is True


@pytest.mark.parametrize(
    "changes",
    [
        {"model": {**OPENAI, "api_key": {"secret": "models/key"}}},
        {"model": {**BEDROCK, "timeout_s": 55}},
        {"compute.inference": {"reserved_concurrency": 2}},
        {"deploy.own_key": True, "deploy.alarm_emails": ["ops@example.com"]},
        {"deploy.kms_key_arn": KEY_ARN, "deploy.alarm_topic_arn": TOPIC_ARN, "deploy.network": NETWORK},
        {"template.system_prompt": "é" * 1_000},
        *({f"channels.{name}": group} for name, group in CHANNELS.items()),
        {"channels": {"installations": [{"channel": n, "name": "a-1", **group} for n, group in CHANNELS.items()]}},
    ],
)
def test_the_component_accepts_what_the_settings_accept(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = settings(changes)
    names = [(channel, name) for _, channel, name, _, _ in read.channels.opened()]
    assert [(one.channel, one.name) for one in checked(read, monkeypatch).channels] == names


def test_composing_reads_no_name_of_an_environment() -> None:
    text = Path(composing.__file__).read_text()
    assert not any(name in text for name in ('"local"', '"docker"', '"dev"', '"staging"', '"prod"'))
