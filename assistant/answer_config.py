"""The configuration of what makes replies: models, breaker, limits, cache and guardrail."""

import json
import re
from dataclasses import dataclass
from typing import Any

from assistant.environment import Reader

PROVIDERS = ("echo", "openai", "bedrock")
CACHES = ("off", "memory", "table", "valkey")
GUARDRAILS = ("none", "patterns", "bedrock")
ACTIONS = ("redact", "block")
DIRECTIONS = ("both", "input", "output")
REFERENCE = r"(secretsmanager|ssm|file):.+"
REFERENCE_EXPECTED = "secretsmanager:NAME, ssm:NAME or file:PATH (a reference, never the {} itself)"
LIMIT_REPLY = "I have answered all that I may for today. Please write to me again tomorrow."
GUARDRAIL_REPLY = "I cannot help with that here. Please ask me something else."


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
    usd_per_million_input: float = 0.0
    usd_per_million_output: float = 0.0


@dataclass(frozen=True)
class BreakerConfig:
    """When a model that fails is left alone. Counted for each model, in each process."""

    failures: int = 5
    """Failures within the window, when they are half of its calls or more, that open the breaker."""
    window_s: float = 60.0
    pause_s: float = 30.0
    """Seconds until one call tries whether the model answers again."""


@dataclass(frozen=True)
class LimitsConfig:
    """What models may use in one day (UTC); 0 sets no limit."""

    tokens: int = 0
    """Of the tenant, input and output together."""
    usd: float = 0.0
    conversation_tokens: int = 0
    conversation_usd: float = 0.0
    reply: str = LIMIT_REPLY
    """What people are told when it is spent."""


@dataclass(frozen=True)
class CacheConfig:
    """Where replies are kept to be given again."""

    kind: str = "off"
    """off, memory, table (memory before it) or valkey (memory before it)."""
    ttl_s: float = 3600.0
    url_ref: str = ""
    """Reference to Valkey's URL, which may hold a password."""
    entries: int = 1000
    """Most replies in memory."""
    mib: int = 16
    """Most memory for them."""


@dataclass(frozen=True)
class Pattern:
    """What the guardrail `patterns` looks for."""

    pattern: str
    """A regular expression of Python's `re`."""
    action: str = "redact"
    """redact (put `[removed]` in its place) or block (give the guardrail's reply instead)."""
    direction: str = "both"
    """input (what people write), output (what models reply) or both."""


@dataclass(frozen=True)
class GuardrailConfig:
    """What checks texts on their way to the model and back."""

    kind: str = "none"
    """none, patterns or bedrock."""
    patterns: tuple[Pattern, ...] = ()
    id: str = ""
    """Of Bedrock's guardrail: its id or ARN."""
    version: str = "DRAFT"
    reply: str = GUARDRAIL_REPLY
    """What people are told when a text is blocked."""


def model(reader: Reader, prefix: str, default: str) -> ModelConfig:
    """The model of ASSISTANT_<prefix>_*; `default` is the provider when none is named."""
    provider = reader.choice(f"{prefix}_PROVIDER", PROVIDERS, default)
    remote, itself = provider == "openai", f"the {provider} provider" if provider else ""
    return ModelConfig(
        provider=provider,
        id=reader.text(f"{prefix}_ID", "echo" if provider == "echo" else "", required=itself),
        base_url=reader.text(
            f"{prefix}_BASE_URL", "", required=itself if remote else "",
            pattern=r"https?://\S+" if remote else r".*", expected="a URL that begins with https:// or http://",
        ),
        api_key_ref=reader.text(
            f"{prefix}_API_KEY_REF", "", pattern=REFERENCE, shown=False, expected=REFERENCE_EXPECTED.format("key")
        ),
        timeout_s=reader.number("MODEL_TIMEOUT_S", 60.0, 1, 900) if prefix == "MODEL" else ModelConfig.timeout_s,
        reply_tokens=int(reader.number("MODEL_REPLY_TOKENS", 1024, 1, 100_000)),
        usd_per_million_input=reader.number(f"{prefix}_USD_PER_MILLION_INPUT", 0.0, 0, 1_000_000),
        usd_per_million_output=reader.number(f"{prefix}_USD_PER_MILLION_OUTPUT", 0.0, 0, 1_000_000),
    )  # fmt: skip


def breaker(reader: Reader) -> BreakerConfig:
    """ASSISTANT_BREAKER_*."""
    return BreakerConfig(
        failures=int(reader.number("BREAKER_FAILURES", 5, 1, 1000)),
        window_s=reader.number("BREAKER_WINDOW_S", 60.0, 1, 3600),
        pause_s=reader.number("BREAKER_PAUSE_S", 30.0, 1, 3600),
    )


def limits(reader: Reader) -> LimitsConfig:
    """ASSISTANT_DAILY_* and ASSISTANT_LIMIT_REPLY."""
    return LimitsConfig(
        tokens=int(reader.number("DAILY_TOKENS", 0, 0, 999_999_999)),
        usd=reader.number("DAILY_USD", 0.0, 0, 1_000_000),
        conversation_tokens=int(reader.number("DAILY_TOKENS_PER_CONVERSATION", 0, 0, 999_999_999)),
        conversation_usd=reader.number("DAILY_USD_PER_CONVERSATION", 0.0, 0, 1_000_000),
        reply=reader.text("LIMIT_REPLY", LIMIT_REPLY, pattern=r"(?s).*"),
    )


def cache(reader: Reader) -> CacheConfig:
    """ASSISTANT_CACHE and ASSISTANT_CACHE_*."""
    kind = reader.choice("CACHE", CACHES, "off")
    return CacheConfig(
        kind=kind,
        ttl_s=reader.number("CACHE_TTL_S", 3600.0, 1, 31_536_000),
        url_ref=reader.text(
            "CACHE_URL_REF", pattern=REFERENCE, shown=False, expected=REFERENCE_EXPECTED.format("URL"),
            required="the valkey cache" if kind == "valkey" else "",
        ),
        entries=int(reader.number("CACHE_ENTRIES", 1000, 1, 1_000_000)),
        mib=int(reader.number("CACHE_MIB", 16, 1, 4096)),
    )  # fmt: skip


def guardrail(reader: Reader) -> GuardrailConfig:
    """ASSISTANT_GUARDRAIL and ASSISTANT_GUARDRAIL_*."""
    kind = reader.choice("GUARDRAIL", GUARDRAILS, "none")
    needed = {"patterns": "GUARDRAIL_PATTERNS", "bedrock": "GUARDRAIL_ID"}.get(kind)
    told = {
        name: reader.text(name, pattern=r"(?s).*", required=f"the {kind} guardrail" if name == needed else "")
        for name in ("GUARDRAIL_PATTERNS", "GUARDRAIL_ID")
    }
    return GuardrailConfig(
        kind=kind,
        patterns=_patterns(reader, "GUARDRAIL_PATTERNS", told["GUARDRAIL_PATTERNS"]),
        id=told["GUARDRAIL_ID"],
        version=reader.text("GUARDRAIL_VERSION", "DRAFT", pattern=r"DRAFT|[0-9]{1,8}", expected="DRAFT or a number"),
        reply=reader.text("GUARDRAIL_REPLY", GUARDRAIL_REPLY, pattern=r"(?s).*"),
    )


def _patterns(reader: Reader, name: str, text: str) -> tuple[Pattern, ...]:
    try:
        made = tuple([_pattern(entry) for entry in json.loads(text)]) if text else ()
        if text and not made:
            raise ValueError("an empty list")
        return made
    except (ValueError, TypeError, re.error) as error:
        expected = 'a JSON list such as [{"pattern": "[0-9]{16}", "action": "redact", "direction": "both"}]'
        told = " ".join(str(error).split())[:80]
        reader.wrong(name, f"one that cannot be used ({told})", expected)
        return ()


def _pattern(entry: Any) -> Pattern:
    made = Pattern(**entry)
    re.compile(made.pattern)
    if made.action not in ACTIONS or made.direction not in DIRECTIONS:
        raise ValueError(f"action {made.action!r}, direction {made.direction!r}")
    return made
