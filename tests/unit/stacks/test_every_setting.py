"""A table of every setting with another value than its default: none is added, renamed or lost unseen."""

from functools import reduce
from typing import Any

import pytest
from pydantic import BaseModel

from stacks.settings.nodes import fields
from tests.kit.settings import BEDROCK, KEY_ARN, NETWORK, OPENAI, TOPIC_ARN, changed, configuration, lines, settings

ECHO = {"provider": "echo"}
KEY = {"secret": "models/key"}

# (variant, path) -> what it needs around it, and a value that is not its default
TABLE: dict[tuple[str, str], tuple[dict[str, Any], Any]] = {
    ("", "template.name"): ({}, "reference"),
    ("", "template.package"): ({}, "./.cache/packages/assistant.zip"),
    ("", "template.system_prompt"): ({}, "Answer in French."),
    ("", "compute.topology"): ({}, "serverless"),
    ("", "compute.ingress.memory_mib"): ({}, 1_024),
    ("", "compute.ingress.timeout_s"): ({}, 29),
    ("", "compute.ingress.reserved_concurrency"): ({}, 3),
    ("", "compute.inference.memory_mib"): ({}, 10_240),
    ("", "compute.inference.timeout_s"): ({}, 900),
    ("", "compute.inference.reserved_concurrency"): ({}, 40),
    ("", "compute.inference.maximum_concurrency"): ({}, 2),
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
    ("", "channels.web.access"): ({}, "anonymous"),
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
LEAVES = [(word, ".".join(path), node) for path, node, word in fields() if "properties" not in node and len(path) > 1]
OF_ANOTHER_TYPE: dict[type, list[Any]] = {
    int: ["7", True, 1.5, [7], {"a": 7}],
    float: ["7.5", True, [7.5], {"a": 7.5}],
    bool: ["true", 1, "yes", [True], {"a": True}],
    str: [7, True, 1.5, ["text"], {"a": "text"}],
    list: ["text", 7, True, {"a": "text"}],
}
NAMES = [f"{path} ({word})" if word else path for word, path in TABLE]


def test_the_table_has_every_setting_and_nothing_else() -> None:
    assert {(word, path) for word, path, _ in LEAVES} == set(TABLE)


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
        if "default" not in node and len(path) > 1 and "const" not in node and path[-1] not in {"secret"}:
            required.add(".".join(path))
            assert "Required" in node["description"], (path, word)
    assert required == {
        "model.id",
        "model.base_url",
        "deploy.environment",
        "deploy.owner",
        "deploy.network.subnet_ids",
        "deploy.network.security_group_ids",
    }


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    read = settings()
    group: BaseModel = read.compute.ingress
    with pytest.raises(ValueError, match="frozen"):
        group.memory_mib = 1  # type: ignore[attr-defined]
