"""A table of every setting with another value than its default: none is added, renamed or lost unseen."""

from functools import reduce
from typing import Any

import pytest
from pydantic import BaseModel

from stacks.settings.nodes import fields, variants
from tests.kit.channel_settings import CHANNEL_FIELDS
from tests.kit.settings import (
    BEDROCK,
    CHANNELS,
    KEY_ARN,
    NETWORK,
    OPENAI,
    TOPIC_ARN,
    changed,
    configuration,
    lines,
    settings,
)

ECHO = {"provider": "echo"}
KEY = {"secret": "models/key"}

PRICES = {"prices": {"input_usd": 1.0}}
PATTERNS = [{"pattern": "[0-9]{16}"}]
# (variant, path) -> what it needs around it, and a value that is not its default
TABLE: dict[tuple[str, str], tuple[dict[str, Any], Any]] = {
    ("reference", "template.name"): ({}, "reference"),
    ("reference", "template.package"): ({}, "./.cache/packages/assistant.zip"),
    ("reference", "template.system_prompt"): ({}, "Answer in French."),
    ("", "compute.topology"): ({}, "serverless"),
    ("", "compute.ingress.memory_mib"): ({}, 1_024),
    ("", "compute.ingress.timeout_s"): ({}, 29),
    ("", "compute.ingress.reserved_concurrency"): ({}, 3),
    ("", "compute.inference.memory_mib"): ({}, 10_240),
    ("", "compute.inference.timeout_s"): ({}, 900),
    ("", "compute.inference.reserved_concurrency"): ({}, 40),
    ("", "compute.inference.maximum_concurrency"): ({}, 2),
    ("", "compute.sender.memory_mib"): ({}, 128),
    ("", "compute.sender.timeout_s"): ({}, 30),
    ("", "compute.sender.reserved_concurrency"): ({}, 9),
    ("", "compute.sender.maximum_concurrency"): ({}, 5),
    ("", "compute.stream.memory_mib"): ({}, 128),
    ("", "compute.stream.timeout_s"): ({}, 29),
    ("", "compute.stream.reserved_concurrency"): ({}, 9),
    ("", "compute.throttle.rate_per_s"): ({}, 0.5),
    ("", "compute.throttle.burst"): ({}, 5_000),
    ("echo", "model.provider"): ({"model": ECHO}, "echo"),
    ("openai", "model.provider"): ({"model": OPENAI}, "openai"),
    ("openai", "model.id"): ({"model": OPENAI}, "meta-llama/Llama-3.1-8B-Instruct"),
    ("openai", "model.base_url"): ({"model": OPENAI}, "http://127.0.0.1:8000/v1"),
    ("openai", "model.api_key.secret"): ({"model": {**OPENAI, "api_key": KEY}}, "other/key"),
    ("openai", "model.timeout_s"): ({"model": OPENAI}, 10),
    ("bedrock", "model.provider"): ({"model": BEDROCK}, "bedrock"),
    ("bedrock", "model.id"): ({"model": BEDROCK}, "eu.amazon.nova-pro-v1:0"),
    ("bedrock", "model.timeout_s"): ({"model": BEDROCK}, 10),
    **{
        (word, f"model.{path}"): ({"model": model}, value)
        for word, model in (("echo", ECHO), ("openai", {**OPENAI, **PRICES}), ("bedrock", {**BEDROCK, **PRICES}))
        for path, value in (
            ("limits.tokens", 5),
            ("limits.usd", 0.5),
            ("limits.conversation_tokens", 6),
            ("limits.conversation_usd", 0.25),
            ("prices.input_usd", 0.5),
            ("prices.output_usd", 2.5),
        )
        if word != "echo" or "usd" not in path
    },
    ("echo", "model.limits.usd"): ({"model": {**OPENAI, **PRICES}}, 0.5),
    ("echo", "model.limits.conversation_usd"): ({"model": {**OPENAI, **PRICES}}, 0.5),
    **{
        (word, f"model.fallback.{path}"): ({"model": {**ECHO, "fallback": second}}, value)
        for word, second, path, value in (
            ("echo", ECHO, "provider", "echo"),
            ("openai", OPENAI, "provider", "openai"),
            ("openai", OPENAI, "id", "tiny"),
            ("openai", OPENAI, "base_url", "https://other.example.com/v1"),
            ("openai", {**OPENAI, "api_key": KEY}, "api_key.secret", "other/key"),
            ("openai", {**OPENAI, **PRICES}, "prices.input_usd", 0.5),
            ("openai", {**OPENAI, **PRICES}, "prices.output_usd", 0.5),
            ("bedrock", BEDROCK, "provider", "bedrock"),
            ("bedrock", BEDROCK, "id", "eu.amazon.nova-pro-v1:0"),
            ("bedrock", {**BEDROCK, **PRICES}, "prices.input_usd", 0.5),
            ("bedrock", {**BEDROCK, **PRICES}, "prices.output_usd", 0.5),
        )
    },
    **{
        (tier, f"model.cache.{path}"): ({"model": {**ECHO, "cache": {"tier": tier}}}, value)
        for tier in ("off", "memory", "table")
        for path, value in (("tier", tier), ("ttl_s", 60))
        if path == "tier" or tier != "off"
    },
    ("patterns", "model.guardrail.kind"): (
        {"model": {**ECHO, "guardrail": {"kind": "patterns", "patterns": PATTERNS}}},
        "patterns",
    ),
    ("bedrock", "model.guardrail.kind"): ({"model": {**ECHO, "guardrail": {"kind": "bedrock", "id": "g"}}}, "bedrock"),
    ("bedrock", "model.guardrail.id"): ({"model": {**ECHO, "guardrail": {"kind": "bedrock", "id": "g"}}}, "gr1"),
    ("bedrock", "model.guardrail.version"): ({"model": {**ECHO, "guardrail": {"kind": "bedrock", "id": "g"}}}, "3"),
    **{
        ("", f"channels.{channel}.{field}" + (".secret" if isinstance(value, dict) else "")): (
            {f"channels.{channel}": {**CHANNELS[channel], **({field: value} if isinstance(value, dict) else {})}},
            value["secret"] if isinstance(value, dict) else value,
        )
        for channel, given in CHANNEL_FIELDS.items()
        for field, value in given.items()
    },
    ("", "deploy.environment"): ({}, "qa-2"),
    ("", "deploy.owner"): ({}, "Team A"),
    ("", "deploy.cost_center"): ({}, "CC-42"),
    ("", "deploy.data_class"): ({}, "public"),
    ("", "deploy.deletion_protection"): ({"deploy.data_class": "internal"}, False),
    ("", "deploy.own_key"): ({}, True),
    ("", "deploy.kms_key_arn"): ({}, KEY_ARN),
    ("", "deploy.alarm_emails"): ({}, ["ops@example.com", "me@example.com"]),
    ("", "deploy.alarm_topic_arn"): ({}, TOPIC_ARN),
    ("", "deploy.network.subnet_ids"): ({"deploy.network": NETWORK}, ["subnet-12345678", "subnet-87654321"]),
    ("", "deploy.network.security_group_ids"): ({"deploy.network": NETWORK}, ["sg-12345678"]),
    ("", "deploy.retention.log_days"): ({}, 3_653),
    ("", "deploy.retention.session_days"): ({}, 1),
    ("", "deploy.retention.message_days"): ({}, 13),
}
# Other applications than the reference are refused by every topology there is, and lists of groups have tables of
# their own below.
ELSEWHERE = {"channels.installations", "model.guardrail.patterns"}
LEAVES = [
    (word, ".".join(path), node)
    for path, node, word in fields()
    if "properties" not in node and not variants(node) and len(path) > 1
]
OF_ANOTHER_TYPE: dict[type, list[Any]] = {
    int: ["7", True, 1.5, [7], {"a": 7}],
    float: ["7.5", True, [7.5], {"a": 7.5}],
    bool: ["true", 1, "yes", [True], {"a": True}],
    str: [7, True, 1.5, ["text"], {"a": "text"}],
    list: ["text", 7, True, {"a": "text"}],
}
NAMES = [f"{path} ({word})" if word else path for word, path in TABLE]


def test_the_table_has_every_setting_and_nothing_else() -> None:
    there = {(word, path) for word, path, _ in LEAVES if path not in ELSEWHERE and word not in {"openclaw", "image"}}
    assert there == set(TABLE)


@pytest.mark.parametrize(("key", "row"), TABLE.items(), ids=NAMES)
def test_a_setting_that_is_written_is_what_the_program_gets(
    key: tuple[str, str], row: tuple[dict[str, Any], Any]
) -> None:
    around, value = row
    _, path = key
    read: Any = reduce(getattr, path.split("."), settings({**around, path: value}))
    assert read == value


@pytest.mark.parametrize(("key", "row"), TABLE.items(), ids=NAMES)
def test_a_setting_refuses_a_value_of_every_other_type(key: tuple[str, str], row: tuple[dict[str, Any], Any]) -> None:
    around, value = row
    _, path = key
    for other in OF_ANOTHER_TYPE[type(value)]:
        told = lines(configuration(changed({**around, path: other})))
        assert any(line.startswith(f"{path}: got ") for line in told), (other, told)


@pytest.mark.parametrize(("word", "path", "node"), LEAVES, ids=[f"{path} {word}" for word, path, _ in LEAVES])
def test_every_setting_has_a_meaning_and_bounds_and_numbers_have_a_unit(word: str, path: str, node: Any) -> None:
    assert node["description"].endswith("."), path
    match node.get("type"):
        case "integer" | "number":
            assert node["x-unit"], path
            assert "enum" in node or {"minimum", "maximum"} <= set(node), path
        case "string":
            assert "const" in node or "enum" in node or "pattern" in node or "maxLength" in node, path
        case "array":
            assert {"maxItems", "items"} <= set(node), path
        case _:
            assert node["type"] == "boolean", path


def test_a_setting_without_default_says_why_it_is_required() -> None:
    required: set[str] = set()
    for path, node, word in fields():
        secret = path[-1] == "secret" or node.get("writeOnly")
        if "default" not in node and len(path) > 1 and "const" not in node and not secret:
            required.add(".".join(path))
            assert "Required" in node["description"], (path, word)
    given = {f"channels.{name}" for name in ("feishu.app_id", "wecom.corp_id", "wecom.agent_id", "dingtalk.app_key")}
    given |= {f"channels.{name}" for name in ("dingtalk.robot_code", "dingtalk.corp_id")}
    given |= {f"channels.discord.{name}" for name in ("public_key", "application_id")}
    assert required == given | {
        "template.image",
        "model.id",
        "model.base_url",
        "model.fallback.id",
        "model.fallback.base_url",
        "model.guardrail.id",
        "model.guardrail.patterns",
        "deploy.environment",
        "deploy.owner",
        "deploy.network.subnet_ids",
        "deploy.network.security_group_ids",
    }


PATTERN: dict[str, Any] = {"pattern": "secret", "action": "block", "direction": "input"}


def test_a_pattern_is_read_whole_and_its_words_are_checked() -> None:
    guardrail = {"kind": "patterns", "patterns": [PATTERN]}
    read: Any = settings({"model": {**ECHO, "guardrail": guardrail}}).model.guardrail
    assert read.patterns[0].model_dump() == PATTERN
    for field, words in (("action", "redact, block"), ("direction", "both, input, output")):
        wrong = {"kind": "patterns", "patterns": [{**PATTERN, field: "none"}]}
        [line] = lines(configuration(changed({"model": {**ECHO, "guardrail": wrong}})))
        assert line == f"model.guardrail.patterns[0].{field}: got 'none', expected one of {words}"


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_installation_has_every_setting_of_its_channel(channel: str) -> None:
    given = {"channel": channel, "name": "shop", "tenant": "shop", **CHANNELS[channel], **CHANNEL_FIELDS[channel]}
    [read] = settings({"channels.installations": [given]}).channels.installations
    assert read.model_dump(exclude_none=True) == given
    assert set(type(read).model_fields) == {"channel", "name", "tenant", *CHANNEL_FIELDS[channel]}


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    read = settings()
    group: BaseModel = read.compute.ingress
    with pytest.raises(ValueError, match="frozen"):
        group.memory_mib = 1  # type: ignore[attr-defined]
