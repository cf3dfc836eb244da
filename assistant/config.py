"""The application's configuration, read from ASSISTANT_* environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TENANT = r"[A-Za-z0-9_-]{1,64}"
PROVIDERS = ("echo", "openai", "bedrock")
MAX_TEXT_CHARS_LIMIT = 20_000  # escaped as JSON this stays below the 256 KiB that every queue takes


class ConfigError(ValueError):
    """A variable is missing or wrong; the text names it with what was got and expected, on one line."""


@dataclass(frozen=True)
class ModelConfig:
    """Which model answers, and where."""

    provider: str = "echo"
    """echo, openai (any OpenAI-compatible endpoint) or bedrock."""
    id: str = "echo"
    base_url: str = ""
    """For openai: the address before /chat/completions, such as https://api.example.com/v1."""
    api_key_ref: str = ""
    """A reference (secretsmanager:, ssm: or file:), never the key. Empty: no key is sent."""
    timeout_s: float = 60.0
    """Seconds for one reply, retries included."""
    reply_tokens: int = 1024
    """Most tokens that the model may write."""


@dataclass(frozen=True)
class Config:
    """Everything that differs between deployments."""

    tenant: str = "default"
    queue_url: str = ""
    sessions_table: str = ""
    channels: tuple[str, ...] = ("web",)
    model: ModelConfig = ModelConfig()
    system_prompt: str = ""
    session_days: int = 30
    """Days until a turn expires."""
    max_receives: int = 5
    """How often the queue delivers a message before it goes to the dead-letter queue."""
    max_text_chars: int = 8000
    history_tokens: int = 4000
    """Tokens (estimated) of earlier turns that the model is shown."""


def read(environment: Mapping[str, str]) -> Config:
    """The configuration in the environment. Raises ConfigError that lists every mistake, separated by `; `."""
    reader = _Reader(environment)
    provider = reader.choice("MODEL_PROVIDER", PROVIDERS, "echo")
    needs_endpoint = provider == "openai"
    config = Config(
        tenant=reader.text("TENANT", "default", pattern=TENANT, expected="1 to 64 letters, digits, - and _"),
        queue_url=reader.text("QUEUE_URL"),
        sessions_table=reader.text("SESSIONS_TABLE"),
        channels=tuple(name.strip() for name in reader.text("CHANNELS", "web").split(",") if name.strip()),
        model=ModelConfig(
            provider=provider,
            id=reader.text("MODEL_ID", "echo" if provider == "echo" else "", required=f"the {provider} provider"),
            base_url=reader.text(
                "MODEL_BASE_URL", "", required="the openai provider" if needs_endpoint else "",
                pattern=r"https?://\S+" if needs_endpoint else r".*", expected="a URL that begins with https:// or http://",
            ),
            api_key_ref=reader.text(
                "MODEL_API_KEY_REF", "", pattern=r"(secretsmanager|ssm|file):.+", shown=False,
                expected="secretsmanager:NAME, ssm:NAME or file:PATH (a reference, never the key itself)",
            ),
            timeout_s=reader.number("MODEL_TIMEOUT_S", 60.0, 1, 900),
            reply_tokens=int(reader.number("MODEL_REPLY_TOKENS", 1024, 1, 100_000)),
        ),
        system_prompt=reader.text("SYSTEM_PROMPT", pattern=r"(?s).*"),
        session_days=int(reader.number("SESSION_DAYS", 30, 1, 3650)),
        max_receives=int(reader.number("MAX_RECEIVES", 5, 1, 1000)),
        max_text_chars=int(reader.number("MAX_TEXT_CHARS", 8000, 1, MAX_TEXT_CHARS_LIMIT)),
        history_tokens=int(reader.number("HISTORY_TOKENS", 4000, 0, 1_000_000)),
    )  # fmt: skip
    if reader.mistakes:
        raise ConfigError("; ".join(reader.mistakes))
    return config


class _Reader:
    """Reads variables and keeps the mistakes, so that all are told at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.mistakes: list[str] = []

    def text(
        self, name: str, default: str = "", *, pattern: str = r".*", expected: str = "one line of text",
        required: str = "", shown: bool = True,
    ) -> str:  # fmt: skip
        value = self._environment.get(f"ASSISTANT_{name}", "")
        if not value:  # an empty variable is an unset one: platforms cannot always leave a variable out
            if required and not default:
                self._wrong(name, "nothing", f"{expected}: {required} needs it")
            return default
        if not re.fullmatch(pattern, value):
            self._wrong(name, repr(value[:80]) if shown else f"{len(value)} characters", expected)
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self._wrong(name, repr(value[:80]), f"{', '.join(allowed[:-1])} or {allowed[-1]}")
            return default
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        value = self.text(name, str(default))
        whole = isinstance(default, int)
        pattern = r"[0-9]{1,9}" if whole else r"[0-9]{1,9}(\.[0-9]{1,6})?"
        if re.fullmatch(pattern, value) and least <= float(value) <= most:
            return float(value)
        self._wrong(name, repr(value[:80]), f"a {'whole ' if whole else ''}number from {least} to {most}")
        return default

    def _wrong(self, name: str, got: str, expected: str) -> None:
        self.mistakes.append(f"ASSISTANT_{name}: got {got}, expected {expected}")
