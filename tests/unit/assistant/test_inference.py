"""A message is answered once, with the conversation so far, and a failure is told."""

from collections.abc import Callable
from typing import Any

import pytest

from assistant.config import Config
from assistant.inference import REPLY_MAX_CHARS, SORRY, Inference, estimated_tokens, within_budget
from assistant.models import Exchange, ModelError
from assistant.sessions import SessionsUnavailableError, Turn


@pytest.fixture
def inference(local_sessions: Any, model: Any, config: Config) -> Inference:
    return Inference(local_sessions, model, config)


def replies(sessions: Any, message: Any) -> list[str]:
    return [turn.reply for turn in sessions.turns(message.key, 0)]


def test_a_message_is_answered_and_the_turn_says_what_was_asked(
    inference: Inference, local_sessions: Any, make_message: Any
) -> None:
    message = make_message("hello")
    inference.answer(message, last=False, budget_s=9)
    (turn,) = local_sessions.turns(message.key, 0)
    assert (turn.n, turn.id, turn.text, turn.reply, turn.error) == (1, message.id, "hello", "reply to hello", False)


def test_a_redelivered_message_is_neither_answered_nor_paid_for_again(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    message = make_message()
    for _ in range(3):
        inference.answer(message, last=True, budget_s=9)
    assert model.asked == ["hello"]
    assert replies(local_sessions, message) == ["reply to hello"]


def test_the_model_is_shown_the_conversation_and_not_other_ones(
    inference: Inference, model: Any, make_message: Any
) -> None:
    for text in ("one", "two"):
        inference.answer(make_message(text), last=False, budget_s=9)
    inference.answer(make_message("elsewhere", "conversation-2"), last=False, budget_s=9)
    inference.answer(make_message("three"), last=False, budget_s=9)
    assert model.prompts[-1].messages() == [
        ("user", "one"), ("assistant", "reply to one"),
        ("user", "two"), ("assistant", "reply to two"),
        ("user", "three"),
    ]  # fmt: skip
    assert model.prompts[2].history == ()


def test_a_failure_stores_nothing_before_the_last_delivery(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    model.failures = 1
    message = make_message()
    with pytest.raises(ModelError):
        inference.answer(message, last=False, budget_s=9)
    assert replies(local_sessions, message) == []
    inference.answer(message, last=False, budget_s=9)
    assert replies(local_sessions, message) == ["reply to hello"]


def test_the_last_failure_is_told_to_the_person_once(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    model.failures = 2
    message = make_message()
    for _ in range(2):
        with pytest.raises(ModelError):
            inference.answer(message, last=True, budget_s=9)
    (turn,) = local_sessions.turns(message.key, 0)
    assert (turn.reply, turn.error, turn.text) == (SORRY, True, "hello")


def test_a_message_sent_again_from_the_dead_letters_gets_its_reply_in_its_place(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    model.failures = 1
    first, second = make_message("first"), make_message("second")
    with pytest.raises(ModelError):
        inference.answer(first, last=True, budget_s=9)
    inference.answer(second, last=False, budget_s=9)
    inference.answer(first, last=False, budget_s=9)
    turns = local_sessions.turns(first.key, 0)
    assert [(t.n, t.reply, t.error) for t in turns] == [(1, "reply to first", False), (2, "reply to second", False)]


def test_what_got_no_reply_is_not_shown_to_the_model(inference: Inference, model: Any, make_message: Any) -> None:
    model.failures = 1
    with pytest.raises(ModelError):
        inference.answer(make_message("lost"), last=True, budget_s=9)
    inference.answer(make_message("next"), last=False, budget_s=9)
    assert model.prompts[-1].history == ()


def test_a_reply_that_cannot_be_stored_is_a_failure(
    local_sessions: Any, model: Any, config: Config, make_message: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> bool:
        raise SessionsUnavailableError("sessions: down")

    monkeypatch.setattr(local_sessions, "store", refuse)
    with pytest.raises(SessionsUnavailableError):
        Inference(local_sessions, model, config).answer(make_message(), last=False, budget_s=9)


def test_two_at_once_leave_one_reply(local_sessions: Any, config: Config, make_message: Any) -> None:
    message = make_message()

    class Overtaken:
        def reply(self, prompt: Any, timeout_s: float) -> str:
            if not local_sessions.seen(message.key, message.id):
                Inference(local_sessions, Quick(), config).answer(message, last=False, budget_s=9)
            return "slow"

    class Quick:
        def reply(self, prompt: Any, timeout_s: float) -> str:
            return "quick"

    Inference(local_sessions, Overtaken(), config).answer(message, last=False, budget_s=9)
    assert replies(local_sessions, message) == ["quick"]


@pytest.mark.parametrize(("reply", "stored"), [("\ud800!", "?!"), ("x" * 70_000, "x" * (REPLY_MAX_CHARS - 1) + "…")])
def test_a_reply_that_no_store_takes_is_made_storable(
    reply: str, stored: str, local_sessions: Any, config: Config, make_message: Any
) -> None:
    class Odd:
        def reply(self, prompt: Any, timeout_s: float) -> str:
            return reply

    message = make_message()
    Inference(local_sessions, Odd(), config).answer(message, last=False, budget_s=9)
    assert replies(local_sessions, message) == [stored]


def turn(n: int, size: int, *, error: bool = False) -> Turn:
    return Turn(f"message-{n}", str(n) * size, "r" * size, "", error, n)


def test_the_history_is_the_newest_turns_that_fit_the_budget() -> None:
    turns = [turn(1, 30), turn(2, 300), turn(3, 30), turn(4, 30, error=True), turn(5, 30)]
    cost: Callable[[int], int] = lambda size: 2 * estimated_tokens("x" * size)  # noqa: E731
    assert within_budget(turns, 2 * cost(30)) == (Exchange("3" * 30, "r" * 30), Exchange("5" * 30, "r" * 30))
    assert within_budget(turns, 2 * cost(30) - 1) == (Exchange("5" * 30, "r" * 30),)
    assert within_budget(turns, 0) == ()
    assert len(within_budget(turns, 10_000)) == 4


def test_logs_tell_what_happened_and_not_what_was_said(
    inference: Inference, make_message: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    inference.answer(make_message("my secret diary"), last=False, budget_s=9)
    said = capsys.readouterr().err
    assert '"event":"answered"' in said
    assert "diary" not in said
