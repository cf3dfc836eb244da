"""Answering: limits, guardrail, streaming and accounts, and that none of them makes a reply fail."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant import metrics
from assistant.answer_config import Pattern
from assistant.answering import Answering
from assistant.cache.memory import MemoryCache
from assistant.config import CacheConfig, Config, GuardrailConfig, LimitsConfig, ModelConfig
from assistant.guardrail import GuardrailUnavailableError
from assistant.models import Exchange, ModelError, Prompt, Reply
from assistant.usage import Spent
from tests.kit.answering import ACME, DAY, OTHER, Bench, Counted, Says, cached, guarded
from tests.kit.assistant_parts import ScriptedModel
from tests.kit.measuring import Heard, measured


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
    assert bench.usage.spent("acme", DAY) == Spent(20, 10, 0.00012)
    assert bench.usage.spent("acme", DAY, ACME) == Spent(10, 5, 0.00006)
    assert measured("assistant_tokens_total", direction="input", model="scripted") == 20
    assert measured("assistant_tokens_total", direction="output", model="scripted") == 10
    assert measured("assistant_cost_usd_total", model="scripted") == pytest.approx(0.00012)


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
