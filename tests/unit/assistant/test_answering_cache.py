"""Answering from the cache: what tells questions apart, what is kept, and one question for many who ask it."""

import threading
import time
from typing import Any

import pytest

from assistant.answering import normalised
from assistant.cache.memory import MemoryCache
from assistant.config import CacheConfig, Config, GuardrailConfig, LimitsConfig, ModelConfig
from assistant.models import Exchange, ModelError, Progress, Prompt, Reply
from tests.kit.answering import ACME, DAY, OTHER, Bench, Says, cached
from tests.kit.measuring import Heard


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
    asked: dict[str, Any] = {"text": "hi", **other}
    assert not bench.ask(**asked).cached


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
