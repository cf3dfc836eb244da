"""What replies cost, and the limits of a day. Keeping count never makes a reply fail."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from assistant import log, metrics
from assistant.config import Config, LimitsConfig
from assistant.models import Prompt, Reply, labelled
from assistant.models.tokens import estimated
from assistant.usage import Usage


class Spending:
    """Counts each reply for its tenant and conversation, and says when the day's limit is spent.

    Limits are looked at before a reply is made, so replies that are made at the same time may together go beyond.
    What a model took for attempts that failed is not known, and not counted.
    """

    def __init__(self, usage: Usage, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        self._usage, self._limits, self._clock = usage, config.limits, clock
        self._prices = {
            label: (one.usd_per_million_input, one.usd_per_million_output) for label, one in labelled(config).items()
        }
        self._first = self._prices[config.model.id]

    def limited(self, tenant: str, conversation: str) -> bool:
        """Whether the tenant or the conversation has spent what it may today.

        When that cannot be read, the answer is no: an assistant that falls silent because a counter is away does more
        harm than replies that are not counted for a while. The log says so each time.
        """
        day = self._day()
        try:
            for scope, of, tokens, usd in _scopes(self._limits, conversation):
                if tokens or usd:
                    spent = self._usage.spent(tenant, day, of)
                    if (tokens and spent.tokens >= tokens) or (usd and spent.usd >= usd):
                        metrics.count("assistant_limited_total", scope=scope)
                        log.event("limit spent", level="WARNING", tenant=tenant, scope=scope)
                        return True
        except Exception as failed:
            log.failure("the limit could not be looked at, so it is not kept", failed, tenant=tenant)
        return False

    def count(self, reply: Reply, prompt: Prompt, tenant: str, conversation: str) -> Reply:
        """Adds what the reply took; returns it with tokens estimated where nobody counted them."""
        counted = Reply(
            reply.text, reply.model, reply.input_tokens or _asked(prompt), reply.output_tokens or estimated(reply.text)
        )
        price_in, price_out = self._prices.get(reply.model, self._first)
        usd = (counted.input_tokens * price_in + counted.output_tokens * price_out) / 1_000_000
        metrics.count("assistant_tokens_total", counted.input_tokens, direction="input", model=reply.model)
        metrics.count("assistant_tokens_total", counted.output_tokens, direction="output", model=reply.model)
        metrics.count("assistant_cost_usd_total", usd, model=reply.model)
        try:
            self._usage.add(tenant, conversation, self._day(), counted.input_tokens, counted.output_tokens, usd)
        except Exception as failed:
            log.failure(
                "usage is not counted", failed, tenant=tenant, tokens_in=counted.input_tokens,
                tokens_out=counted.output_tokens, usd=usd,
            )  # fmt: skip
        return counted

    def _day(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).date().isoformat()


def _scopes(limits: LimitsConfig, conversation: str) -> tuple[tuple[str, str, int, float], ...]:
    """Name, conversation (none: all of them), and the limits in tokens and dollars."""
    return (
        ("tenant", "", limits.tokens, limits.usd),
        ("conversation", conversation, limits.conversation_tokens, limits.conversation_usd),
    )


def _asked(prompt: Prompt) -> int:
    said = sum(estimated(text) for _, text in prompt.messages())
    return said + (estimated(prompt.system) if prompt.system else 0)
