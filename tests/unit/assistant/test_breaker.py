"""The breaker and the fallback: who is asked when, how long, and what listeners hear."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from assistant import metrics, models
from assistant.config import BreakerConfig, Config, ModelConfig
from assistant.models import ModelError, Progress, Prompt, Reply
from assistant.models.breaker import Breaker, GuardedModel
from assistant.models.fallback import FIRST_SHARE, FallbackModel
from assistant.secrets import SecretUnavailableError
from tests.kit.assistant_parts import Clock
from tests.kit.measuring import Heard, measured

PROMPT = Prompt("", (), "hi")
SETTINGS = BreakerConfig(failures=3, window_s=60, pause_s=30)


@dataclass
class Scripted:
    """Replies, or raises what it is given, in turn."""

    answers: list[Exception | str] = field(default_factory=list)
    piece: str = ""
    asked: list[float] = field(default_factory=list)

    def reply(self, prompt: Prompt, timeout_s: float, progress: Progress | None = None) -> Reply:
        self.asked.append(timeout_s)
        if progress and self.piece:
            progress.text(self.piece)
        answer = self.answers.pop(0) if self.answers else "fine"
        if isinstance(answer, Exception):
            raise answer
        if progress:
            progress.text(answer)
        return Reply(answer, "own name")


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(SETTINGS, clock=clock)


@pytest.fixture
def _measuring() -> Iterator[None]:
    metrics.use_prometheus()
    yield
    metrics.use_none()


def passing() -> ModelError:
    return ModelError("busy", passing=True, reason="status_503")


def open_it(breaker: Breaker) -> None:
    for _ in range(3):
        assert breaker.allow()
        breaker.failed()


def test_it_opens_after_enough_failures_and_lets_nobody_through(breaker: Breaker) -> None:
    for _ in range(2):
        breaker.failed()
    assert breaker.state == "closed"
    breaker.failed()
    assert breaker.state == "open"
    assert not breaker.allow()


def test_failures_that_are_long_past_do_not_count(breaker: Breaker, clock: Clock) -> None:
    breaker.failed()
    breaker.failed()
    clock.now += 61
    breaker.failed()
    assert breaker.state == "closed"
    clock.now += 20
    breaker.failed()
    breaker.failed()
    assert breaker.state == "open"


def test_a_few_failures_among_many_replies_do_not_open_it(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.succeeded()
    for _ in range(9):
        breaker.failed()
    assert breaker.state == "closed"
    breaker.failed()
    assert breaker.state == "open"


def test_after_a_pause_one_call_tries_and_its_success_closes_it(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += 29
    assert not breaker.allow()
    clock.now += 1
    assert breaker.state == "half-open"
    assert [breaker.allow(), breaker.allow()] == [True, False]
    breaker.succeeded()
    assert breaker.state == "closed"
    assert breaker.allow()
    breaker.failed()
    assert breaker.state == "closed"


def test_a_trial_that_fails_opens_it_for_another_pause(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += 30
    assert breaker.allow()
    breaker.failed()
    clock.now += 29
    assert not breaker.allow()
    clock.now += 1
    assert breaker.allow()


def test_a_failure_from_before_it_opened_does_not_prolong_the_pause(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += 29
    breaker.failed()
    clock.now += 1
    assert breaker.allow()


def test_a_trial_that_never_ends_does_not_block_for_ever(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += 30
    assert breaker.allow()
    clock.now += 30
    assert breaker.allow()


def test_of_many_threads_one_gets_the_trial(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += 30
    got: list[bool] = []
    threads = [threading.Thread(target=lambda: got.append(breaker.allow())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 1


@pytest.mark.usefixtures("_measuring")
def test_a_model_that_keeps_failing_is_not_asked(breaker: Breaker, clock: Clock) -> None:
    inner = Scripted([passing() for _ in range(4)])
    guarded = GuardedModel(inner, "big", breaker)
    for _ in range(3):
        with pytest.raises(ModelError, match="busy"):
            guarded.reply(PROMPT, 5)
    with pytest.raises(ModelError, match="left alone") as told:
        guarded.reply(PROMPT, 5)
    assert told.value.passing
    assert len(inner.asked) == 3
    assert measured("assistant_breaker_open", model="big") == 1
    assert measured("assistant_model_failures_total", model="big", reason="status_503") == 3
    assert measured("assistant_model_failures_total", model="big", reason="breaker_open") == 1
    clock.now += 30
    inner.answers = []
    assert guarded.reply(PROMPT, 5) == Reply("fine", "big")
    assert measured("assistant_breaker_open", model="big") == 0
    assert measured("assistant_model_seconds_count", model="big") == 4


def test_an_answer_about_one_message_says_nothing_about_the_model(breaker: Breaker) -> None:
    inner = Scripted([ModelError("got 400") for _ in range(5)])
    guarded = GuardedModel(inner, "big", breaker)
    for _ in range(5):
        with pytest.raises(ModelError, match="400"):
            guarded.reply(PROMPT, 5)
    assert breaker.state == "closed"


def test_what_nobody_foresaw_ends_the_trial_too(breaker: Breaker, clock: Clock) -> None:
    open_it(breaker)
    clock.now += 30
    guarded = GuardedModel(Scripted([ValueError("odd")]), "big", breaker)
    with pytest.raises(ValueError, match="odd"):
        guarded.reply(PROMPT, 5)
    assert breaker.state == "open"
    clock.now += 30
    assert guarded.reply(PROMPT, 5).text == "fine"


@pytest.mark.parametrize("failure", [passing(), ModelError("got 400"), SecretUnavailableError("no key")])
def test_the_second_model_answers_when_the_first_does_not(failure: Exception) -> None:
    first, second = Scripted([failure]), Scripted(["from the second"])
    assert FallbackModel(first, second).reply(PROMPT, 10).text == "from the second"
    assert first.asked == [pytest.approx(10 * FIRST_SHARE)]
    assert second.asked == [pytest.approx(10, abs=1)]


def test_the_second_model_is_not_asked_without_need() -> None:
    first, second = Scripted(["from the first"]), Scripted()
    assert FallbackModel(first, second).reply(PROMPT, 10).text == "from the first"
    assert second.asked == []


def test_a_first_model_that_hesitates_leaves_time_for_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 106.0])
    monkeypatch.setattr("assistant.models.fallback.time.monotonic", lambda: next(times))
    second = Scripted()
    FallbackModel(Scripted([passing()]), second).reply(PROMPT, 10)
    assert second.asked == [pytest.approx(4)]


def test_what_the_first_model_began_to_say_is_taken_back() -> None:
    heard = Heard()
    FallbackModel(Scripted([passing()], piece="half a"), Scripted(["whole"])).reply(PROMPT, 10, heard)
    assert heard.whole == "whole"
    assert heard.restarts == 1


def test_when_both_fail_the_second_one_s_error_is_told() -> None:
    with pytest.raises(ModelError, match="second"):
        FallbackModel(Scripted([passing()]), Scripted([ModelError("second")])).reply(PROMPT, 10)


def test_each_model_of_the_configuration_has_a_breaker_of_its_own() -> None:
    config = Config(model=ModelConfig("openai", "m", "http://127.0.0.1:1"), fallback=ModelConfig(id="m"))
    model: Any = models.build(config)
    assert list(models.labelled(config)) == ["m", "m (fallback)"]
    assert model._first._breaker is not model._second._breaker
    assert model.reply(PROMPT, 2).model == "m (fallback)"
