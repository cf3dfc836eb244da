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
        }
    )
    assert asdict(config) == {
        "tenant": "acme", "queue_url": "https://queue", "sessions_table": "t", "channels": ("web", "other"),
        "model": {
            "provider": "openai", "id": "small", "base_url": "http://models/v1", "api_key_ref": "ssm:/key",
            "timeout_s": 2.5, "reply_tokens": 7,
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
