"""The application's configuration, read from ASSISTANT_* environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant import answer_config
from assistant.answer_config import BreakerConfig, CacheConfig, GuardrailConfig, LimitsConfig, ModelConfig
from assistant.environment import ConfigError, Reader

TENANT = r"[A-Za-z0-9_-]{1,64}"
MAX_TEXT_CHARS_LIMIT = 20_000  # escaped as JSON this stays below the 256 KiB that every queue takes


@dataclass(frozen=True)
class Config:
    """Everything that differs between deployments."""

    tenant: str = "default"
    queue_url: str = ""
    replies_queue_url: str = ""
    """Where finished replies wait for the sender."""
    sessions_table: str = ""
    records_table: str = ""
    """Short-lived records: de-duplication, cached replies, usage, open connections."""
    stream_url: str = ""
    """Where the page connects for replies as they come (wss://); empty: server-sent events of this process."""
    stream_endpoint: str = ""
    """Where replies are posted to open connections (https://)."""
    channels: str = "web"
    """Names with commas between, or a JSON list of installations; `assistant.channels` reads it."""
    model: ModelConfig = field(default_factory=ModelConfig)
    fallback: ModelConfig | None = None
    """The model that is asked when the first one fails."""
    breaker: BreakerConfig = field(default_factory=BreakerConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    cache: CacheConfig = field(default_factory=CacheConfig)
    guardrail: GuardrailConfig = field(default_factory=GuardrailConfig)
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
    reader = Reader(environment)
    config = Config(
        tenant=reader.text("TENANT", "default", pattern=TENANT, expected="1 to 64 letters, digits, - and _"),
        queue_url=reader.text("QUEUE_URL"),
        sessions_table=reader.text("SESSIONS_TABLE"),
        replies_queue_url=reader.text("REPLIES_QUEUE_URL"),
        records_table=reader.text("RECORDS_TABLE"),
        stream_url=reader.text("STREAM_URL"),
        stream_endpoint=reader.text("STREAM_ENDPOINT"),
        channels=reader.text("CHANNELS", "web", pattern=r"(?s).*"),
        model=answer_config.model(reader, "MODEL", "echo"),
        fallback=answer_config.model(reader, "FALLBACK", "") if reader.given("FALLBACK_") else None,
        breaker=answer_config.breaker(reader),
        limits=answer_config.limits(reader),
        cache=answer_config.cache(reader),
        guardrail=answer_config.guardrail(reader),
        system_prompt=reader.text("SYSTEM_PROMPT", pattern=r"(?s).*"),
        session_days=int(reader.number("SESSION_DAYS", 30, 1, 3650)),
        max_receives=int(reader.number("MAX_RECEIVES", 5, 1, 1000)),
        max_text_chars=int(reader.number("MAX_TEXT_CHARS", 8000, 1, MAX_TEXT_CHARS_LIMIT)),
        history_tokens=int(reader.number("HISTORY_TOKENS", 4000, 0, 1_000_000)),
    )  # fmt: skip
    if reader.mistakes:
        raise ConfigError("; ".join(reader.mistakes))
    return config
