"""What holds for every reply: whether it is kept and given again, what may be used in a day, what is checked."""

import json
from enum import StrEnum
from typing import Annotated, Literal, NotRequired, Self, TypedDict

import pulumi
from pydantic import Field, model_validator

from assistant_components._place import Locate
from assistant_components.model.access import apply_guardrail
from assistant_components.model.provider import USD_MAX, decimal
from assistant_components.security.roles import Permission
from assistant_components.validation import Spec, Whole, disagree, member

TOKENS_MAX = 999_999_999
YEAR_SECONDS = 31_536_000


class CacheTier(StrEnum):
    """Where replies are kept, to be given again to the same question in the same conversation."""

    OFF = "off"
    """Nowhere: every message is answered by the model."""
    MEMORY = "memory"
    """In each instance of the function, as long as it lives."""
    TABLE = "table"
    """In memory, and in a table that all instances share."""


class GuardrailKind(StrEnum):
    """What checks texts on their way to the model and back."""

    PATTERNS = "patterns"
    """Regular expressions."""
    BEDROCK = "bedrock"
    """A guardrail of Amazon Bedrock."""


class _Cache(Spec):
    tier: Annotated[CacheTier, member(CacheTier)] = CacheTier.OFF
    ttl_s: Annotated[int, Whole] = Field(default=3_600, ge=1, le=YEAR_SECONDS)


class _Limits(Spec):
    tokens: Annotated[int, Whole] | None = Field(default=None, ge=1, le=TOKENS_MAX)
    usd: float | None = Field(default=None, ge=0.01, le=USD_MAX)
    conversation_tokens: Annotated[int, Whole] | None = Field(default=None, ge=1, le=TOKENS_MAX)
    conversation_usd: float | None = Field(default=None, ge=0.01, le=USD_MAX)

    @property
    def some(self) -> bool:
        """Whether anything is limited, so that what was used has to be looked up."""
        return any(value is not None for _, value in self)


class _Pattern(Spec):
    pattern: str = Field(min_length=1, max_length=500)
    action: Literal["redact", "block"] = "redact"
    direction: Literal["both", "input", "output"] = "both"


class _Guardrail(Spec):
    kind: Annotated[GuardrailKind, member(GuardrailKind)]
    patterns: list[_Pattern] = Field(default=[], max_length=20)
    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9:/-]{1,2048}$")
    version: str = Field(default="DRAFT", pattern=r"^(DRAFT|[0-9]{1,8})$")

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.kind is GuardrailKind.PATTERNS and not self.patterns:
            raise disagree(("patterns", self.patterns, "at least one pattern"))
        if self.kind is GuardrailKind.BEDROCK and self.id is None:
            raise disagree(("id", None, "the guardrail's id or ARN"))
        return self


class RepliesSpec(Spec):
    """The plain part of ReplyRules."""

    cache: _Cache = _Cache()
    limits: _Limits = _Limits()
    guardrail: _Guardrail | None = None


class ReplyCache(TypedDict):
    """Where replies are kept, and for how long."""

    tier: NotRequired[CacheTier]
    """Where: off, memory or table. Default off."""
    ttl_s: NotRequired[int]
    """Seconds that a reply is given again. Default 3600, up to 31536000."""


class DailyLimits(TypedDict):
    """What may be used in one day (UTC); afterwards people are told so, until the next day."""

    tokens: NotRequired[int]
    """Tokens of one tenant, read and written. Default none: no limit, up to 999999999."""
    usd: NotRequired[float]
    """US dollars of one tenant, as the models' prices have them. Default none: no limit, up to 1000000."""
    conversation_tokens: NotRequired[int]
    """Tokens of one conversation. Default none: no limit, up to 999999999."""
    conversation_usd: NotRequired[float]
    """US dollars of one conversation. Default none: no limit, up to 1000000."""


class GuardrailPattern(TypedDict):
    """Something that is looked for in texts."""

    pattern: str
    """A regular expression, as Python has them, of up to 500 characters."""
    action: NotRequired[str]
    """What happens where it matches: redact or block. Default redact."""
    direction: NotRequired[str]
    """Which texts: input (what people write), output (replies) or both. Default both."""


class ReplyGuardrail(TypedDict):
    """What checks texts on their way to the model and back."""

    kind: GuardrailKind
    """What it is: patterns or bedrock."""
    patterns: NotRequired[list[GuardrailPattern]]
    """What is looked for, up to 20. Default none: only patterns needs them."""
    id: NotRequired[str]
    """Id or ARN of Bedrock's guardrail. Default none: only bedrock needs one."""
    version: NotRequired[str]
    """Version of Bedrock's guardrail. Default DRAFT."""


class ReplyRules(TypedDict):
    """What holds for every reply."""

    cache: NotRequired[ReplyCache]
    """Whether replies are kept and given again. Default: they are not."""
    limits: NotRequired[DailyLimits]
    """What may be used in a day. Default: as much as people want."""
    guardrail: NotRequired[ReplyGuardrail]
    """What checks texts. Default none."""


def replies_environment(spec: RepliesSpec) -> dict[str, pulumi.Input[str]]:
    """What the application reads about the rules, without what it does by itself."""
    told: dict[str, pulumi.Input[str]] = {}
    if spec.cache.tier is not CacheTier.OFF:
        told = {"ASSISTANT_CACHE": spec.cache.tier.value, "ASSISTANT_CACHE_TTL_S": str(spec.cache.ttl_s)}
    limits = {
        "TOKENS": spec.limits.tokens,
        "USD": spec.limits.usd,
        "TOKENS_PER_CONVERSATION": spec.limits.conversation_tokens,
        "USD_PER_CONVERSATION": spec.limits.conversation_usd,
    }
    told |= {f"ASSISTANT_DAILY_{name}": decimal(value) for name, value in limits.items() if value is not None}
    if spec.guardrail is not None:
        told["ASSISTANT_GUARDRAIL"] = spec.guardrail.kind.value
        if spec.guardrail.kind is GuardrailKind.PATTERNS:
            listed = [one.model_dump() for one in spec.guardrail.patterns]
            told["ASSISTANT_GUARDRAIL_PATTERNS"] = json.dumps(listed, separators=(",", ":"))
        elif spec.guardrail.id is not None:
            told |= {"ASSISTANT_GUARDRAIL_ID": spec.guardrail.id, "ASSISTANT_GUARDRAIL_VERSION": spec.guardrail.version}
    return told


def replies_permissions(spec: RepliesSpec, locate: Locate) -> list[Permission]:
    """What the role needs for the rules, besides the tables: Bedrock's guardrail."""
    if spec.guardrail is None or spec.guardrail.kind is not GuardrailKind.BEDROCK or spec.guardrail.id is None:
        return []
    return [apply_guardrail(spec.guardrail.id, locate())]
