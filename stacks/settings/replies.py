"""What holds for every reply, in section `model`: a second model, prices, daily limits, cache, guardrail."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.group import Group, words

TOKENS, USD = "tokens", "US dollars"
TOKENS_MOST, USD_MOST = 999_999_999, 1_000_000
YEAR_S = 31_536_000
_PRICE = "US dollars for a million tokens"


class Prices(Group):
    """What the model costs, to count what conversations use."""

    input_usd: float = Field(
        default=0.0, ge=0, le=USD_MOST, description="Of what it reads.", json_schema_extra=words(unit=_PRICE)
    )
    output_usd: float = Field(
        default=0.0, ge=0, le=USD_MOST, description="Of what it writes.", json_schema_extra=words(unit=_PRICE)
    )


class Limits(Group):
    """What may be used in one day (UTC); afterwards people are told so, until the next day."""

    tokens: int | None = Field(
        default=None,
        ge=1,
        le=TOKENS_MOST,
        description="By one tenant. Left out: no limit.",
        json_schema_extra=words(unit=TOKENS),
    )
    usd: float | None = Field(
        default=None,
        ge=0.01,
        le=USD_MOST,
        description="By one tenant, as the prices have it. Left out: no limit.",
        json_schema_extra=words(unit=USD),
    )
    conversation_tokens: int | None = Field(
        default=None,
        ge=1,
        le=TOKENS_MOST,
        description="By one conversation. Left out: no limit.",
        json_schema_extra=words(unit=TOKENS),
    )
    conversation_usd: float | None = Field(
        default=None,
        ge=0.01,
        le=USD_MOST,
        description="By one conversation, as the prices have it. Left out: no limit.",
        json_schema_extra=words(unit=USD),
    )


def _ttl() -> int:
    return Field(
        default=3_600,
        ge=1,
        le=YEAR_S,
        description="How long a reply is given again.",
        json_schema_extra=words(unit="seconds"),
    )


class CacheOff(Group):
    """No reply is given twice."""

    tier: Literal["off"] = Field(description="Where replies are kept.")


class CacheMemory(Group):
    """Replies are kept by each instance, as long as it lives."""

    tier: Literal["memory"] = Field(description="Where replies are kept.")
    ttl_s: int = _ttl()


class CacheTable(Group):
    """Replies are kept in memory and in a table that all instances share."""

    tier: Literal["table"] = Field(description="Where replies are kept.")
    ttl_s: int = _ttl()


Cache = Annotated[CacheOff | CacheMemory | CacheTable, Field(discriminator="tier")]


class Pattern(Group):
    """Something that is looked for in texts."""

    pattern: str = Field(
        min_length=1, max_length=500, description="A regular expression. Required: it is what is looked for."
    )
    action: Literal["redact", "block"] = Field(
        default="redact", description="Takes out what matches, or keeps the whole text back."
    )
    direction: Literal["both", "input", "output"] = Field(
        default="both", description="Which texts: what people write, what models reply, or both."
    )


class Patterns(Group):
    """Texts are checked with regular expressions."""

    kind: Literal["patterns"] = Field(description="What checks texts.")
    patterns: list[Pattern] = Field(
        min_length=1, max_length=20, description="What is looked for, in this order. Required here."
    )


class BedrockGuardrail(Group):
    """Texts are checked by a guardrail of Amazon Bedrock."""

    kind: Literal["bedrock"] = Field(description="What checks texts.")
    id: str = Field(
        pattern=r"^[A-Za-z0-9:/-]{1,2048}$",
        description="The guardrail's id or ARN. Required, because it is made in your account.",
        json_schema_extra=words(expected="a guardrail's id or ARN"),
    )
    version: str = Field(
        default="DRAFT",
        pattern=r"^(DRAFT|[0-9]{1,8})$",
        description="Its version.",
        json_schema_extra=words(expected="DRAFT or a version's number, as a text"),
    )


Guardrail = Annotated[Patterns | BedrockGuardrail, Field(discriminator="kind")]
