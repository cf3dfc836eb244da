"""A batch keeps the order of each conversation, one that fails holds up nobody else, and why it failed is told."""

import json
import threading
from typing import Any

import pytest

from assistant.batch import answer_batch, backoff_s
from assistant.config import Config, ModelConfig
from assistant.inference import SORRY, Inference
from assistant.messages import Message
from assistant.models import Prompt, Reply
from assistant.queue import Delivery
from tests.kit.answering import Says
from tests.kit.answering import inference as made


@pytest.fixture
def inference(local_sessions: Any, model: Any, config: Config) -> Inference:
    return made(local_sessions, model, config)


def deliver(*messages: Message, receives: int = 1) -> list[Delivery]:
    return [Delivery(m.id, f"receipt-{m.id}", m.group, receives, m.to_body()) for m in messages]


def plenty() -> float:
    return 1000.0


def failed(failures: list[Any]) -> list[tuple[str, int]]:
    return [(Message.from_body(failure.delivery.body).text, failure.wait_s) for failure in failures]


def reasons(failures: list[Any]) -> list[str]:
    return [failure.reason for failure in failures]


def test_a_batch_without_a_failure_returns_nothing(inference: Inference, model: Any, make_message: Any) -> None:
    messages = [make_message(f"{c}{n}", f"conversation-{c}") for n in range(3) for c in "abc"]
    assert answer_batch(inference, deliver(*messages), plenty) == []
    for conversation in "abc":
        assert [t for t in model.asked if t[0] == conversation] == [f"{conversation}{n}" for n in range(3)]


def test_what_follows_a_failure_in_its_conversation_is_returned_unread_and_others_are_answered(
    inference: Inference, model: Any, make_message: Any
) -> None:
    model.poison = "bad"
    messages = [make_message(t, f"conversation-{t[0]}") for t in ("a1", "a-bad", "a3", "a4", "b1", "b2")]
    failures = answer_batch(inference, deliver(*messages), plenty)
    assert failed(failures) == [("a-bad", 1), ("a3", 1), ("a4", 1)]
    assert sorted(model.asked) == ["a-bad", "a1", "b1", "b2"]


def test_why_a_message_failed_is_told_and_that_others_wait_behind_it(
    inference: Inference, model: Any, make_message: Any
) -> None:
    model.poison = "bad"
    failures = answer_batch(inference, deliver(make_message("bad"), make_message("next")), plenty)
    assert reasons(failures) == ["ModelError: model: got poison", "waits behind an earlier one of its conversation"]


def test_the_reason_quotes_nobody(local_sessions: Any, make_message: Any) -> None:
    careless = made(local_sessions, Says("", failure=KeyError("my secret diary")))
    (failure,) = answer_batch(careless, deliver(make_message("my secret diary")), plenty)
    assert failure.reason == "KeyError"


def test_the_line_about_a_failure_carries_the_message_s_tenant_and_correlation(
    inference: Inference, model: Any, make_message: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    model.poison = "bad"
    answer_batch(inference, deliver(make_message("bad", tenant="acme", correlation="0123456789abcdef")), plenty)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if '"event":"not answered"' in line]
    told = json.loads(line)
    assert (told["correlation"], told["tenant"], told["last"]) == ("0123456789abcdef", "acme", False)


def test_a_reason_is_short(local_sessions: Any, make_message: Any) -> None:
    class WordyError(RuntimeError):
        safe_to_log = True

    wordy = made(local_sessions, Says("", failure=WordyError("x" * 9000)))
    (failure,) = answer_batch(wordy, deliver(make_message()), plenty)
    assert failure.reason.startswith("WordyError: xxx")
    assert len(failure.reason) <= 500


def test_the_wait_doubles_with_every_delivery() -> None:
    assert [backoff_s(receives) for receives in (1, 2, 3, 4, 5)] == [1, 2, 4, 8, 16]
    assert backoff_s(40) == 300


def test_the_last_failure_goes_to_the_dead_letters_and_the_conversation_goes_on(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    model.poison = "bad"
    bad, good = make_message("bad"), make_message("good")
    failures = answer_batch(inference, deliver(bad, good, receives=3), plenty)
    assert failed(failures) == [("bad", 0)]
    assert reasons(failures) == ["ModelError: model: got poison"]
    assert [turn.reply for turn in local_sessions.turns(bad.key, 0)] == [SORRY, "reply to good"]


def test_when_the_model_is_down_everybody_is_told_on_the_last_delivery(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    model.failures = 99
    messages = [make_message(f"m{n}") for n in range(3)]
    assert len(answer_batch(inference, deliver(*messages, receives=3), plenty)) == 3
    assert [turn.text for turn in local_sessions.turns(messages[0].key, 0)] == ["m0", "m1", "m2"]


def test_what_is_no_message_fails_and_is_not_told(inference: Inference, model: Any) -> None:
    odd = Delivery("1", "receipt", "group", 3, '{"v":99}')
    (failure,) = answer_batch(inference, [odd], plenty)
    assert failure.delivery is odd
    assert failure.reason.startswith("UnreadableMessageError: v: got another layout")
    assert model.asked == []


def test_a_later_message_with_less_than_half_of_its_time_is_left_to_the_next_batch(
    inference: Inference, model: Any, make_message: Any
) -> None:
    left = iter([100.0, 32.0])
    failures = answer_batch(inference, deliver(make_message("one"), make_message("two")), lambda: next(left))
    assert failed(failures) == [("two", 0)]
    assert reasons(failures) == ["left to the next batch"]
    assert model.asked == ["one"]


def test_a_later_message_with_half_of_its_time_is_tried(inference: Inference, model: Any, make_message: Any) -> None:
    left = iter([100.0, 33.0])
    assert answer_batch(inference, deliver(make_message("one"), make_message("two")), lambda: next(left)) == []
    assert model.asked == ["one", "two"]


def test_the_first_message_is_tried_in_the_time_there_is(inference: Inference, model: Any, make_message: Any) -> None:
    assert answer_batch(inference, deliver(make_message()), lambda: 13.0) == []
    assert 9.5 < model.budgets[0] <= 10.0


def test_a_message_on_its_last_delivery_is_told_that_there_was_no_time(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    message = make_message()
    failures = answer_batch(inference, deliver(message, receives=3), lambda: 2.0)
    assert failed(failures) == [("hello", 0)]
    assert reasons(failures) == ["NoTimeLeftError: got 2.0 s, expected more than 3.0 s"]
    assert [turn.error for turn in local_sessions.turns(message.key, 0)] == [True]
    assert model.asked == []


def test_conversations_are_answered_side_by_side(local_sessions: Any, make_message: Any) -> None:
    together = threading.Barrier(5)

    class Meeting(Says):
        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            together.wait(10)
            return super().reply(prompt, timeout_s, progress)

    inference = made(local_sessions, Meeting("met"), Config(model=ModelConfig(timeout_s=20)))
    messages = [make_message(conversation=f"conversation-{n}") for n in range(5)]
    assert answer_batch(inference, deliver(*messages), plenty) == []
