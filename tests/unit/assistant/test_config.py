"""The configuration: defaults, bounds, and every mistake told at once."""

from dataclasses import asdict
from typing import Any

import pytest

from assistant.config import Config, ConfigError, read

OPENAI = {
    "ASSISTANT_MODEL_PROVIDER": "openai", "ASSISTANT_MODEL_ID": "small", "ASSISTANT_MODEL_BASE_URL": "http://models/v1",
}  # fmt: skip


def test_an_empty_environment_is_the_local_assistant() -> None:
    assert read({}) == Config()
    assert read({"ASSISTANT_TENANT": "", "ASSISTANT_MODEL_TIMEOUT_S": ""}) == Config()


def test_every_variable_is_read() -> None:
    config = read(
        {
            **OPENAI,
            "ASSISTANT_TENANT": "acme",
            "ASSISTANT_QUEUE_URL": "https://queue",
            "ASSISTANT_SESSIONS_TABLE": "t",
            "ASSISTANT_CHANNELS": "web, other",
            "ASSISTANT_MODEL_API_KEY_REF": "ssm:/key",
            "ASSISTANT_MODEL_TIMEOUT_S": "2.5",
            "ASSISTANT_MODEL_REPLY_TOKENS": "7",
            "ASSISTANT_SYSTEM_PROMPT": "Be\nbrief.",
            "ASSISTANT_SESSION_DAYS": "3",
            "ASSISTANT_MAX_RECEIVES": "4",
            "ASSISTANT_MAX_TEXT_CHARS": "10",
            "ASSISTANT_HISTORY_TOKENS": "0",
            "ASSISTANT_REPLIES_QUEUE_URL": "https://replies",
            "ASSISTANT_RECORDS_TABLE": "r",
            "ASSISTANT_STREAM_URL": "wss://stream",
            "ASSISTANT_STREAM_ENDPOINT": "https://stream",
            "ASSISTANT_MODEL_USD_PER_MILLION_INPUT": "0.15",
            "ASSISTANT_MODEL_USD_PER_MILLION_OUTPUT": "0.6",
            "ASSISTANT_FALLBACK_PROVIDER": "bedrock",
            "ASSISTANT_FALLBACK_ID": "nova",
            "ASSISTANT_FALLBACK_USD_PER_MILLION_OUTPUT": "2",
            "ASSISTANT_BREAKER_FAILURES": "2",
            "ASSISTANT_BREAKER_WINDOW_S": "20",
            "ASSISTANT_BREAKER_PAUSE_S": "10",
            "ASSISTANT_DAILY_TOKENS": "1000",
            "ASSISTANT_DAILY_USD": "1.5",
            "ASSISTANT_DAILY_TOKENS_PER_CONVERSATION": "100",
            "ASSISTANT_DAILY_USD_PER_CONVERSATION": "0.5",
            "ASSISTANT_LIMIT_REPLY": "Tomorrow.\nBye.",
            "ASSISTANT_CACHE": "valkey",
            "ASSISTANT_CACHE_TTL_S": "60",
            "ASSISTANT_CACHE_URL_REF": "ssm:/valkey",
            "ASSISTANT_CACHE_ENTRIES": "5",
            "ASSISTANT_CACHE_MIB": "1",
            "ASSISTANT_GUARDRAIL": "bedrock",
            "ASSISTANT_GUARDRAIL_ID": "gr-1",
            "ASSISTANT_GUARDRAIL_VERSION": "3",
            "ASSISTANT_GUARDRAIL_REPLY": "No.",
            "ASSISTANT_GUARDRAIL_PATTERNS": '[{"pattern": "[0-9]+", "direction": "input"}]',
        }
    )
    assert asdict(config) == {
        "tenant": "acme", "queue_url": "https://queue", "sessions_table": "t", "channels": "web, other",
        "replies_queue_url": "https://replies", "records_table": "r", "stream_url": "wss://stream",
        "stream_endpoint": "https://stream",
        "model": {
            "provider": "openai", "id": "small", "base_url": "http://models/v1", "api_key_ref": "ssm:/key",
            "timeout_s": 2.5, "reply_tokens": 7, "usd_per_million_input": 0.15, "usd_per_million_output": 0.6,
        },
        "fallback": {
            "provider": "bedrock", "id": "nova", "base_url": "", "api_key_ref": "", "timeout_s": 60.0,
            "reply_tokens": 7, "usd_per_million_input": 0.0, "usd_per_million_output": 2.0,
        },
        "breaker": {"failures": 2, "window_s": 20.0, "pause_s": 10.0},
        "limits": {
            "tokens": 1000, "usd": 1.5, "conversation_tokens": 100, "conversation_usd": 0.5, "reply": "Tomorrow.\nBye.",
        },
        "cache": {"kind": "valkey", "ttl_s": 60.0, "url_ref": "ssm:/valkey", "entries": 5, "mib": 1},
        "guardrail": {
            "kind": "bedrock", "id": "gr-1", "version": "3", "reply": "No.",
            "patterns": ({"pattern": "[0-9]+", "action": "redact", "direction": "input"},),
        },
        "system_prompt": "Be\nbrief.", "session_days": 3, "max_receives": 4, "max_text_chars": 10, "history_tokens": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"MODEL_PROVIDER": "oracle"}, "ASSISTANT_MODEL_PROVIDER: got 'oracle', expected echo, openai or bedrock"),
        ({"TENANT": "a#b"}, "ASSISTANT_TENANT: got 'a#b', expected 1 to 64 letters, digits, - and _"),
        ({"SESSION_DAYS": "0"}, "ASSISTANT_SESSION_DAYS: got '0', expected a whole number from 1 to 3650"),
        ({"SESSION_DAYS": "1.5"}, "ASSISTANT_SESSION_DAYS: got '1.5', expected a whole number from 1 to 3650"),
        ({"MODEL_TIMEOUT_S": "nan"}, "ASSISTANT_MODEL_TIMEOUT_S: got 'nan', expected a number from 1 to 900"),
        (
            {"MODEL_PROVIDER": "bedrock"},
            "ASSISTANT_MODEL_ID: got nothing, expected one line of text: the bedrock provider",
        ),
        ({"FALLBACK_ID": "m"}, "ASSISTANT_FALLBACK_PROVIDER: got '', expected echo, openai or bedrock"),
        (
            {"FALLBACK_PROVIDER": "openai", "FALLBACK_ID": "m"},
            "ASSISTANT_FALLBACK_BASE_URL: got nothing, expected a URL that begins with https:// or http://: the openai",
        ),
        ({"DAILY_USD": "-1"}, "ASSISTANT_DAILY_USD: got '-1', expected a number from 0 to 1000000"),
        ({"CACHE": "disk"}, "ASSISTANT_CACHE: got 'disk', expected off, memory, table or valkey"),
        ({"CACHE": "valkey"}, "ASSISTANT_CACHE_URL_REF: got nothing, expected secretsmanager:NAME, ssm:NAME or"),
        ({"CACHE_URL_REF": "valkey://:pw@host"}, "ASSISTANT_CACHE_URL_REF: got 17 characters, expected secretsmanager"),
        (
            {"GUARDRAIL": "patterns"},
            "ASSISTANT_GUARDRAIL_PATTERNS: got nothing, expected one line of text: the patterns",
        ),
        ({"GUARDRAIL": "bedrock"}, "ASSISTANT_GUARDRAIL_ID: got nothing"),
        ({"GUARDRAIL_PATTERNS": "["}, "ASSISTANT_GUARDRAIL_PATTERNS: got one that cannot be used (Expecting value"),
        ({"GUARDRAIL_PATTERNS": "[]"}, "ASSISTANT_GUARDRAIL_PATTERNS: got one that cannot be used (an empty list)"),
        ({"GUARDRAIL_PATTERNS": '["x"]'}, "ASSISTANT_GUARDRAIL_PATTERNS: got one that cannot be used"),
        ({"GUARDRAIL_PATTERNS": '[{"pattern": "("}]'}, "ASSISTANT_GUARDRAIL_PATTERNS: got one that cannot be used"),
        (
            {"GUARDRAIL_PATTERNS": '[{"pattern": "x", "action": "drop"}]'},
            "ASSISTANT_GUARDRAIL_PATTERNS: got one that cannot be used (action 'drop', direction 'both')",
        ),
    ],
)
def test_a_wrong_variable_is_named_with_what_was_expected(variables: dict[str, str], line: str) -> None:
    with pytest.raises(ConfigError) as told:
        read({f"ASSISTANT_{name}": value for name, value in variables.items()})
    assert str(told.value).startswith(line)


def test_all_mistakes_are_told_at_once() -> None:
    wrong = {
        **OPENAI,
        "ASSISTANT_MODEL_BASE_URL": "models/v1",
        "ASSISTANT_MAX_RECEIVES": "x",
        "ASSISTANT_TENANT": "a b",
    }
    with pytest.raises(ConfigError) as told:
        read(wrong)
    assert [line.split(":")[0] for line in str(told.value).split("; ")] == [
        "ASSISTANT_TENANT", "ASSISTANT_MODEL_BASE_URL", "ASSISTANT_MAX_RECEIVES",
    ]  # fmt: skip


def test_a_key_in_the_place_of_a_reference_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as told:
        read({**OPENAI, "ASSISTANT_MODEL_API_KEY_REF": "sk-very-secret"})
    assert "ASSISTANT_MODEL_API_KEY_REF: got 14 characters" in str(told.value)
    assert "very-secret" not in str(told.value)


def test_a_configuration_cannot_be_changed_by_accident() -> None:
    config: Any = read({})
    with pytest.raises(AttributeError):
        config.tenant = "other"
