"""Answering: limits, guardrail, cache, streaming and accounts, and that none of them makes a reply fail."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from assistant import metrics
from assistant.answer_config import Pattern
from assistant.answering import Answering, normalised
from assistant.cache.memory import MemoryCache
from assistant.config import CacheConfig, Config, GuardrailConfig, LimitsConfig, ModelConfig
from assistant.guardrail import GuardrailUnavailableError, PatternGuardrail
from assistant.models import Exchange, ModelError, Progress, Prompt, Reply
from assistant.usage import Spent
from tests.kit.assistant_parts import Clock, ScriptedModel
from tests.kit.measuring import Heard, measured

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


@pytest.fixture
def _measuring() -> Iterator[None]:
    metrics.use_prometheus()
    yield
    metrics.use_none()


# What a reply is and costs


def test_the_model_s_reply_is_given_as_it_comes() -> None:
    heard = Heard()
    assert Bench(Config()).ask(heard=heard) == Reply("reply to hi", "scripted", 10, 5)
    assert heard.pieces == ["reply ", "to hi"]


@pytest.mark.usefixtures("_measuring")
def test_what_it_took_is_counted_for_tenant_and_conversation_by_the_prices() -> None:
    bench = Bench(Config(model=ModelConfig(usd_per_million_input=2, usd_per_million_output=8)))
    bench.ask()
    bench.ask(conversation=ACME + "-2")
    assert bench.usage.spent("acme", DAY) == Spent(20, 10, pytest.approx(0.00012))
    assert bench.usage.spent("acme", DAY, ACME) == Spent(10, 5, pytest.approx(0.00006))
    assert measured("assistant_tokens_total", direction="input", model="scripted") == 20
    assert measured("assistant_tokens_total", direction="output", model="scripted") == 10
    assert measured("assistant_cost_usd_total", model="scripted") == pytest.approx(0.00012)


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


def test_tokens_that_nobody_counted_are_estimated() -> None:
    bench = Bench(Config(), model=Says("x" * 300))
    reply = bench.ask("y" * 30, history=(Exchange("a" * 30, "b" * 30),), system="z" * 60)
    assert (reply.input_tokens, reply.output_tokens) == (3 * 14 + 24, 104)
    assert bench.usage.spent("acme", DAY).tokens == 170


def test_the_second_model_has_its_own_price() -> None:
    config = Config(
        model=ModelConfig("openai", "big", usd_per_million_output=100),
        fallback=ModelConfig("openai", "small", usd_per_million_output=1),
    )
    bench = Bench(config, model=Says("x" * 300, "small"))
    bench.ask()
    assert bench.usage.spent("acme", DAY).usd == pytest.approx(104 / 1_000_000)


def test_the_model_gets_the_time_that_is_there() -> None:
    bench = Bench(Config())
    bench.ask(budget_s=7)
    assert bench.model.budgets == [pytest.approx(7, abs=0.5)]


def test_a_model_that_fails_is_told_and_what_was_said_is_taken_back() -> None:
    heard = Heard()
    bench = Bench(Config(), model=Says("", piece="half a", failure=ModelError("no")))
    with pytest.raises(ModelError, match="no"):
        bench.ask(heard=heard)
    assert (heard.pieces, heard.restarts) == ([], 1)
    assert bench.usage.sums == {}


def test_a_listener_that_is_gone_does_not_make_the_reply_fail() -> None:
    class Gone:
        def text(self, more: str) -> None:
            raise OSError("gone")

        def restart(self) -> None:
            raise OSError("gone")

    assert Bench(Config()).ask(heard=Gone()).text == "reply to hi"


# Limits


@pytest.mark.parametrize(
    "limits",
    [LimitsConfig(tokens=30), LimitsConfig(usd=0.00012), LimitsConfig(conversation_tokens=30),
     LimitsConfig(conversation_usd=0.00012)],
)  # fmt: skip
def test_when_the_day_s_limit_is_spent_people_are_told_and_no_model_is_asked(limits: LimitsConfig) -> None:
    prices = ModelConfig(usd_per_million_input=2, usd_per_million_output=8)
    bench = Bench(Config(limits=replace(limits, reply="Tomorrow."), model=prices), cache=MemoryCache())
    bench.ask("one")
    bench.ask("two")
    heard = Heard()
    assert bench.ask("three", heard=heard) == Reply("Tomorrow.", "limit")
    assert heard.pieces == ["Tomorrow."]
    assert bench.model.asked == ["one", "two"]
    bench.clock.now += 86_400
    assert bench.ask("three").text == "reply to three"


def test_a_conversation_s_limit_is_no_other_s_and_a_tenant_s_is_no_other_s() -> None:
    bench = Bench(Config(limits=LimitsConfig(conversation_tokens=15)))
    bench.ask("one")
    assert bench.ask("two").model == "limit"
    assert bench.ask("two", conversation=ACME + "-2").text == "reply to two"
    bench = Bench(Config(limits=LimitsConfig(tokens=15)))
    bench.ask("one")
    assert bench.ask("two", conversation=ACME + "-2").model == "limit"
    assert bench.ask("two", conversation=OTHER).text == "reply to two"


def test_the_day_is_that_of_utc() -> None:
    bench = Bench(Config(limits=LimitsConfig(tokens=15)))
    bench.clock.now = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    bench.ask("one")
    assert bench.ask("two").model == "limit"
    bench.clock.now += 1
    assert bench.ask("two").text == "reply to two"


def test_a_counter_that_is_away_makes_no_reply_fail(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(Config(limits=LimitsConfig(tokens=1)), usage=Counted(away=True))
    assert bench.ask().text == "reply to hi"
    told = capsys.readouterr().err
    assert "the limit could not be looked at, so it is not kept" in told
    assert "usage is not counted" in told


# Cache


def test_the_same_question_is_answered_from_the_cache_in_one_piece() -> None:
    bench, heard = cached(), Heard()
    bench.ask("What  is\nup?")
    assert bench.ask("What is up?", heard=heard) == Reply("reply to What  is\nup?", "echo", cached=True)
    assert heard.pieces == ["reply to What  is\nup?"]
    assert bench.model.asked == ["What  is\nup?"]
    assert bench.usage.spent("acme", DAY).tokens == 15


def test_without_a_cache_the_model_is_asked_each_time() -> None:
    bench = Bench(Config())
    assert [bench.ask().cached, bench.ask().cached] == [False, False]


def test_no_tenant_is_given_another_s_reply() -> None:
    bench = cached()
    bench.ask("hi")
    assert not bench.ask("hi", conversation=OTHER).cached
    assert bench.ask("hi", conversation=ACME + "-2").cached


@pytest.mark.parametrize(
    "other",
    [{"text": "Hi"}, {"system": "Be brief."}, {"history": (Exchange("a", "b"),)}, {"history": (Exchange("ab", ""),)}],
)
def test_whatever_a_reply_depends_on_tells_questions_apart(other: dict[str, Any]) -> None:
    bench = cached()
    bench.ask("hi")
    bench.ask("hi", history=(Exchange("", "ab"),))
    assert not bench.ask(**{"text": "hi", **other}).cached


@pytest.mark.parametrize(
    "other",
    [
        {"model": ModelConfig("bedrock", "other")}, {"model": ModelConfig(base_url="http://other")},
        {"model": ModelConfig(reply_tokens=5)}, {"guardrail": GuardrailConfig("bedrock", id="g")},
    ],
)  # fmt: skip
def test_another_model_does_not_give_the_first_one_s_replies(other: dict[str, Any]) -> None:
    first = cached()
    first.ask()
    second = Bench(Config(cache=CacheConfig("memory"), **other), cache=first.cache)
    assert not second.ask().cached


def test_characters_are_one_however_they_are_written() -> None:
    assert normalised("  cafe\u0301 \t A\u00a0b ") == "caf\u00e9 A b"
    assert normalised("Hi") != normalised("hi")


def test_only_real_replies_are_kept() -> None:
    bench = cached()
    bench.model.failures = 1
    with pytest.raises(ModelError):
        bench.ask()
    assert not bench.ask().cached
    limited = cached(limits=LimitsConfig(tokens=1))
    limited.ask("one")
    assert limited.ask("two").model == "limit"
    assert limited.cache.size[0] == 1


def test_the_second_model_s_replies_are_not_kept() -> None:
    config = Config(model=ModelConfig(id="big"), fallback=ModelConfig(id="small"), cache=CacheConfig("memory"))
    bench = Bench(config, model=Says("stopgap", "small"), cache=MemoryCache())
    assert [bench.ask().cached, bench.ask().cached] == [False, False]


def test_a_cache_that_fails_makes_no_reply_fail(capsys: pytest.CaptureFixture[str]) -> None:
    class Away:
        def get(self, key: str) -> str | None:
            raise OSError("away: hello")

        def put(self, key: str, text: str, ttl_s: float) -> None:
            raise OSError("away: hello")

    assert Bench(Config(), cache=Away()).ask("hello").text == "reply to hello"
    told = capsys.readouterr().err
    assert "the cache cannot be read" in told
    assert "the cache cannot be written" in told
    assert "hello" not in told


class Slow:
    """A model that waits until it is let go; fails for the first `failures` calls."""

    def __init__(self, failures: int = 0) -> None:
        self.go, self.failures, self.asked = threading.Event(), failures, 0
        self._lock = threading.Lock()

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        with self._lock:
            self.asked += 1
            fails = self.asked <= self.failures
        assert self.go.wait(20)
        if fails:
            raise ModelError("no")
        return Reply("slow", "echo", 1, 1)


def all_at_once(bench: Bench, count: int, until: Any) -> list[Reply | Exception]:
    got: list[Reply | Exception] = []

    def ask() -> None:
        try:
            got.append(bench.ask())
        except Exception as error:
            got.append(error)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    until(lambda: bench.model.asked)
    bench.model.go.set()
    for thread in threads:
        thread.join(20)
    return got


def test_of_the_same_questions_at_once_one_is_asked(until: Any) -> None:
    bench = Bench(Config(), model=Slow(), cache=MemoryCache())
    got = all_at_once(bench, 8, until)
    assert [reply.text for reply in got if isinstance(reply, Reply)] == ["slow"] * 8
    assert bench.model.asked == 1
    assert bench.usage.spent("acme", DAY).tokens == 2


def test_a_failure_is_not_shared(until: Any) -> None:
    bench = Bench(Config(), model=Slow(failures=1), cache=MemoryCache())
    got = all_at_once(bench, 5, until)
    assert sum(isinstance(one, ModelError) for one in got) == 1
    assert sum(isinstance(one, Reply) for one in got) == 4
    assert bench.model.asked == 2


def test_who_waits_for_another_s_reply_waits_no_longer_than_there_is_time(until: Any) -> None:
    bench = Bench(Config(), model=Slow(), cache=MemoryCache())
    first = threading.Thread(target=bench.ask)
    first.start()
    until(lambda: bench.model.asked)
    begun = time.monotonic()
    with pytest.raises(ModelError, match="in time") as told:
        bench.ask(budget_s=0.1)
    assert told.value.passing
    assert time.monotonic() - begun < 3
    bench.model.go.set()
    first.join(20)


# Guardrail

CARD = Pattern("[0-9]{16}")
SPELL = Pattern("abracadabra", "block")


def test_the_model_reads_what_the_guardrail_leaves_of_message_and_history() -> None:
    bench = guarded(CARD, SPELL)
    bench.ask(
        "my card 4111111111111111", history=(Exchange("old 4222222222222222", "ok"), Exchange("abracadabra", "No."))
    )
    (prompt,) = bench.model.prompts
    assert prompt == Prompt("", (Exchange("old [removed]", "ok"),), "my card [removed]")


@pytest.mark.usefixtures("_measuring")
def test_a_blocked_message_asks_nobody() -> None:
    bench, heard = guarded(SPELL), Heard()
    assert bench.ask("abracadabra", heard=heard) == Reply("No.", "guardrail")
    assert heard.pieces == ["No."]
    assert bench.model.prompts == []
    assert measured("assistant_guardrail_total", direction="input", outcome="blocked") == 1


@pytest.mark.parametrize(("said", "given"), [("pay 4111111111111111", "pay [removed]"), ("abracadabra!", "No.")])
def test_nobody_hears_a_reply_before_it_is_checked(said: str, given: str) -> None:
    bench, heard = guarded(CARD, SPELL), Heard()
    bench.model = Says(said, piece=said)
    bench.__post_init__()
    assert bench.ask(heard=heard).text == given
    assert (heard.pieces, heard.restarts) == ([given], 0)
    assert bench.usage.spent("acme", DAY).tokens > 0


def test_a_guardrail_for_messages_only_lets_replies_stream() -> None:
    bench, heard = guarded(replace(SPELL, direction="input")), Heard()
    bench.ask(heard=heard)
    assert heard.pieces == ["reply ", "to hi"]


def test_a_blocked_reply_is_not_kept() -> None:
    rules = GuardrailConfig("patterns", (replace(SPELL, direction="output"),))
    bench = Bench(Config(guardrail=rules, cache=CacheConfig("memory")), cache=MemoryCache(), model=Says("abracadabra"))
    assert [bench.ask().cached, bench.ask().cached] == [False, False]


def test_what_cannot_be_checked_goes_nowhere() -> None:
    class Away:
        checks_output = True

        def check(self, direction: str, text: str) -> str:
            raise GuardrailUnavailableError("guardrail: away")

    model = ScriptedModel()
    answering = Answering(model, None, Counted(), Away(), Config())
    with pytest.raises(GuardrailUnavailableError):
        answering.reply(Prompt("", (), "hi"), tenant="acme", conversation=ACME, budget_s=5)
    assert model.prompts == []


# Summaries


def test_a_summary_is_counted_and_never_from_the_cache() -> None:
    bench, prompt = cached(), Prompt("Sum up.", (), "long talk")
    for _ in range(2):
        made = bench.answering.summarise(prompt, tenant="acme", conversation=ACME, budget_s=5)
        assert made.text == "reply to long talk"
    assert bench.model.asked == ["long talk", "long talk"]
    assert bench.usage.spent("acme", DAY, ACME).tokens == 30


def test_there_is_no_summary_of_what_is_blocked_or_beyond_the_limit() -> None:
    bench = guarded(SPELL, limits=LimitsConfig(tokens=1))
    with pytest.raises(ModelError, match="guardrail"):
        bench.answering.summarise(Prompt("", (), "abracadabra"), tenant="acme", conversation=ACME, budget_s=5)
    bench.ask()
    with pytest.raises(ModelError, match="limit"):
        bench.answering.summarise(Prompt("", (), "fine"), tenant="acme", conversation=ACME, budget_s=5)
