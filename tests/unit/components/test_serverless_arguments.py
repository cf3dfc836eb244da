"""ServerlessAssistant's arguments: what cannot work is told, and what is taken fits together."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant_components import InputError, ServerlessAssistant
from tests.kit.catalogue import FEISHU, KEY, LEAST, MOST, SECRET, SLACK, TELEGRAM, TOPIC, WEB, assistant
from tests.kit.recording import record

OPENAI = {"provider": "openai", "id": "gpt", "base_url": "https://models.example.com/v1"}


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
        ({"channels": ["web"]}, "channels[0]: got 'web', expected an object"),
        ({"channels": [{"channel": "fax"}]}, "channels[0].channel: got 'fax', expected 'web', 'telegram', 'slack'"),
        ({"channels": [{}]}, "channels[0].channel: got nothing, expected a text"),
        ({"channels": [WEB, WEB]}, "channels[1].name: got 'main' twice for web, expected another name"),
        ({"channels": [{**WEB, "name": "Shop"}]}, "channels[0].name: got 'Shop', expected 1 to 32 small letters"),
        ({"channels": [{**WEB, "name": "session"}]}, "channels[0].name: got 'session', expected 1 to 32 small letters"),
        ({"channels": [{**WEB, "tenant": "a b"}]}, "channels[0].tenant: got 'a b', expected"),
        ({"channels": [{**SLACK, "name": "a"}, {**SLACK, "name": "a-events"}]},
         "channels[1].name: got 'a-events', expected a name that no other installation's path begins with"),
        ({"channels": [{**TELEGRAM, "secret_arns": {"bot_token": SECRET}}]},
         "channels[0].secret_arns: got no secret_token, expected its secret's ARN: telegram needs it"),
        ({"channels": [{**WEB, "secret_arns": {"password": SECRET}}]},
         "channels[0].secret_arns: got 'password', expected token_key"),
        ({"channels": [{**TELEGRAM, "secret_arns": {**TELEGRAM["secret_arns"], "bot_token": ""}}]},
         "channels[0].secret_arns['bot_token']: got '', expected a text or an output"),
        ({"channels": [{**FEISHU, "options": {}}]}, "channels[0].options: got no app_id, expected a text"),
        ({"channels": [{**WEB, "options": {"colour": "red"}}]},
         "channels[0].options: got 'colour', expected access or origins"),
        ({"channels": [{**WEB, "options": {"access": 3}}]}, "channels[0].options.access: got 3, expected"),
        ({"model": {**OPENAI, "fallback": {"provider": "bedrock"}}}, "model.fallback.id: got nothing, expected a"),
        ({"model": {**OPENAI, "fallback": {"provider": "echo", "api_key_secret_arn": SECRET}}},
         "model.fallback.api_key_secret_arn: got a secret, expected nothing: only the openai provider has a key"),
        ({"model": {**OPENAI, "prices": {"input_usd": -1.0}}}, "model.prices.input_usd: got -1, expected greater than"),
        ({"replies": {"cache": {"tier": "disk"}}}, "replies.cache.tier: got 'disk', expected 'off', 'memory' or"),
        ({"replies": {"cache": {"tier": "valkey"}}}, "replies.cache.tier: got 'valkey', expected 'off', 'memory' or"),
        ({"replies": {"limits": {"tokens": 0}}}, "replies.limits.tokens: got 0, expected greater than or equal to 1"),
        ({"replies": {"guardrail": {"kind": "patterns"}}}, "replies.guardrail.patterns: got a list of 0 items"),
        ({"replies": {"guardrail": {"kind": "bedrock"}}}, "replies.guardrail.id: got nothing, expected the"),
        ({"functions": {"sender": {"timeout_s": 29}}}, "functions.sender.timeout_s: got 29, expected greater than"),
        ({"functions": {"stream": {"timeout_s": 30}}}, "functions.stream.timeout_s: got 30, expected less than"),
        ({"functions": {"stream": {"maximum_concurrency": 2}}}, "functions.stream.maximum_concurrency: got a value"),
        ({"functions": {"sender": {"maximum_concurrency": 9, "reserved_concurrency": 8}}},
         "functions.sender.maximum_concurrency: got 9, expected at most reserved_concurrency (8)"),
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
