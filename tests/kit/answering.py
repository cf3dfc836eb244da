"""An `Answering` with everything around it in memory, and an `Inference` on it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from assistant.answer_config import Pattern
from assistant.answering import Answering
from assistant.cache.memory import MemoryCache
from assistant.config import CacheConfig, Config, GuardrailConfig
from assistant.guardrail import PatternGuardrail
from assistant.inference import Inference
from assistant.messages import Message
from assistant.models import Exchange, Progress, Prompt, Reply
from assistant.notice import Working, silent
from assistant.streaming import SILENT, Publisher
from assistant.usage import Spent
from tests.kit.assistant_parts import Clock, ScriptedModel

ACME, OTHER = "acme#web#conversation", "other#web#conversation"
DAY = "2026-01-31"


@dataclass
class Counted:
    """Usage in memory; fails when told to."""

    sums: dict[tuple[str, str, str], Spent] = field(default_factory=dict)
    away: bool = False

    def add(self, tenant: str, conversation: str, day: str, tokens_in: int, tokens_out: int, usd: float) -> None:
        if self.away:
            raise OSError("away")
        for of in ("", conversation):
            old = self.spent(tenant, day, of)
            new = Spent(old.tokens_in + tokens_in, old.tokens_out + tokens_out, old.usd + usd)
            self.sums[tenant, day, of] = new

    def spent(self, tenant: str, day: str, conversation: str = "") -> Spent:
        if self.away:
            raise OSError("away")
        return self.sums.get((tenant, day, conversation), Spent())


@dataclass
class Bench:
    """An `Answering` and what it works with."""

    config: Config
    model: Any = field(default_factory=ScriptedModel)
    usage: Counted = field(default_factory=Counted)
    cache: Any = None
    clock: Clock = field(default_factory=lambda: Clock(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()))

    def __post_init__(self) -> None:
        rules = self.config.guardrail
        guardrail = PatternGuardrail(rules) if rules.kind == "patterns" else None
        self.answering = Answering(self.model, self.cache, self.usage, guardrail, self.config, clock=self.clock)

    def ask(
        self, text: str = "hi", *, conversation: str = ACME, history: tuple[Exchange, ...] = (), system: str = "",
        heard: Progress | None = None, budget_s: float = 5,
    ) -> Reply:  # fmt: skip
        return self.answering.reply(
            Prompt(system, history, text), tenant=conversation.split("#", maxsplit=1)[0], conversation=conversation,
            budget_s=budget_s, progress=heard,
        )  # fmt: skip


def cached(**more: Any) -> Bench:
    return Bench(Config(cache=CacheConfig("memory"), **more), cache=MemoryCache())


def guarded(*patterns: Pattern, **more: Any) -> Bench:
    return Bench(Config(guardrail=GuardrailConfig("patterns", patterns, reply="No."), **more))


class Says:
    """A model that says one thing and counts no tokens."""

    def __init__(self, text: str, model: str = "echo", piece: str = "", failure: Exception | None = None) -> None:
        self.text, self.model, self.piece, self.failure = text, model, piece, failure
        self.asked = 0

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        self.asked += 1
        if progress and self.piece:
            progress.text(self.piece)
        if self.failure:
            raise self.failure
        return Reply(self.text, self.model)


class HandedOn:
    """What the sender is given: the ids of messages, with `sorry` for an apology."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def __call__(self, message: Message, error: bool) -> None:
        self.ids.append(f"sorry {message.id}" if error else message.id)


def inference(
    sessions: Any, model: Any, config: Config | None = None, *, forward: Any = None, publisher: Publisher = SILENT,
    working: Working = silent,
) -> Inference:  # fmt: skip
    """An `Inference` whose model is the given one, without cache, limits and guardrail."""
    config = config or Config()
    answering = Answering(model, None, Counted(), None, config)
    return Inference(
        sessions, answering, config, forward=forward or HandedOn(), publisher=publisher, working=working
    )  # fmt: skip
