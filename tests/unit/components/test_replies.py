"""What holds for every reply: the application is told it, and inference may do what it needs for it."""

import json
from typing import Any

import pytest

from tests.kit.catalogue import SECRET, assistant
from tests.kit.recording import record

OPENAI = {"provider": "openai", "id": "gpt", "base_url": "https://models.example.com/v1"}
NOVA = {"provider": "bedrock", "id": "amazon.nova-lite-v1:0"}


def told(graph: Any) -> dict[str, str]:
    return graph.one("chat-inference-function").inputs["environment"]["variables"]


def test_prices_and_the_second_model_are_told_in_digits() -> None:
    model = {
        **OPENAI, "prices": {"input_usd": 0.15, "output_usd": 12.0},
        "fallback": {**OPENAI, "id": "small", "api_key_secret_arn": SECRET, "prices": {"input_usd": 0.000001}},
    }  # fmt: skip
    variables = told(record(assistant(model=model)))
    assert variables["ASSISTANT_MODEL_USD_PER_MILLION_INPUT"] == "0.15"
    assert variables["ASSISTANT_MODEL_USD_PER_MILLION_OUTPUT"] == "12"
    assert variables["ASSISTANT_FALLBACK_ID"] == "small"
    assert variables["ASSISTANT_FALLBACK_API_KEY_REF"] == f"secretsmanager:{SECRET}"
    assert variables["ASSISTANT_FALLBACK_USD_PER_MILLION_INPUT"] == "0.000001"
    assert variables["ASSISTANT_FALLBACK_USD_PER_MILLION_OUTPUT"] == "0"


def test_both_models_are_open_to_inference_under_names_of_their_own() -> None:
    graph = record(assistant(model={**OPENAI, "api_key_secret_arn": SECRET, "fallback": NOVA}))
    statements = graph.one("chat-inference-policy").statements()
    assert statements["ModelKey"]["Resource"] == [SECRET]
    assert statements["FallbackModel"]["Resource"][0].endswith("foundation-model/amazon.nova-lite-v1:0")


@pytest.mark.parametrize("tier", ["memory", "table"])
def test_a_cache_is_told_and_only_a_shared_one_is_written(tier: str) -> None:
    graph = record(assistant(replies={"cache": {"tier": tier, "ttl_s": 60}}))
    assert (told(graph)["ASSISTANT_CACHE"], told(graph)["ASSISTANT_CACHE_TTL_S"]) == (tier, "60")
    records = graph.one("chat-inference-policy").statements()["Records"]["Action"]
    assert ("dynamodb:PutItem" in records) == (tier == "table")


def test_limits_that_are_set_are_told_and_others_are_not() -> None:
    limits = {"tokens": 1_000_000, "conversation_usd": 0.5}
    variables = told(record(assistant(replies={"limits": limits})))
    daily = {name: value for name, value in variables.items() if "DAILY" in name}
    assert daily == {"ASSISTANT_DAILY_TOKENS": "1000000", "ASSISTANT_DAILY_USD_PER_CONVERSATION": "0.5"}


def test_patterns_are_told_whole() -> None:
    patterns = [{"pattern": "[0-9]{16}"}, {"pattern": "secret", "action": "block", "direction": "input"}]
    variables = told(record(assistant(replies={"guardrail": {"kind": "patterns", "patterns": patterns}})))
    assert json.loads(variables["ASSISTANT_GUARDRAIL_PATTERNS"]) == [
        {"pattern": "[0-9]{16}", "action": "redact", "direction": "both"}, patterns[1],
    ]  # fmt: skip


@pytest.mark.parametrize("guardrail", ["gr1", "arn:aws:bedrock:eu-west-1:123456789012:guardrail/gr1"])
def test_a_guardrail_of_bedrock_is_told_and_may_be_applied(guardrail: str) -> None:
    graph = record(assistant(replies={"guardrail": {"kind": "bedrock", "id": guardrail, "version": "3"}}))
    statement = graph.one("chat-inference-policy").statements()["Guardrail"]
    assert statement["Action"] == ["bedrock:ApplyGuardrail"]
    assert statement["Resource"] == ["arn:aws:bedrock:eu-west-1:123456789012:guardrail/gr1"]
    assert told(graph)["ASSISTANT_GUARDRAIL_VERSION"] == "3"


def test_without_rules_nothing_is_told_about_them() -> None:
    assert not [name for name in told(record(assistant())) if "CACHE" in name or "DAILY" in name or "GUARD" in name]
