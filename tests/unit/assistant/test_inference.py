"""A message is answered once, with the conversation so far; its reply is handed on, and a failure is told."""

from typing import Any

import pytest

from assistant.config import Config
from assistant.inference import REPLY_MAX_CHARS, SORRY, Inference
from assistant.messages import Message
from assistant.models import ModelError, Prompt, Reply
from assistant.sessions import SessionsUnavailableError
from assistant.streaming import Event, Publisher
from tests.kit.answering import HandedOn, Says
from tests.kit.answering import inference as made


class Watched(Publisher):
    """Keeps what readers are told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def progress(self, key: str, message_id: str) -> Any:
        publisher = self

        class Told:
            def text(self, more: str) -> None:
                publisher.events.append({"id": message_id, "delta": more})

            def restart(self) -> None:
                publisher.events.append({"id": message_id, "restart": True})

        return Told()

    def done(self, key: str, message_id: str, n: int) -> None:
        self.events.append({"id": message_id, "done": n})

    @property
    def stored(self) -> list[Any]:
        return [event["done"] for event in self.events if "done" in event]


@pytest.fixture
def handed_on() -> HandedOn:
    return HandedOn()


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def inference(local_sessions: Any, model: Any, config: Config, handed_on: HandedOn, watched: Watched) -> Inference:
    return made(local_sessions, model, config, forward=handed_on, publisher=watched)


@pytest.fixture
def pushed(make_message: Any) -> Any:
    """Makes a message of a channel that replies are sent to."""

    def make(text: str = "hello", id: str = "message-1") -> Message:
        return make_message(text, id=id, channel="telegram", user="ann", address={"chat": "7"})

    return make


def answer(inference: Inference, message: Message, *, last: bool = False, budget_s: float = 9) -> None:
    inference.answer(message, last=last, budget_s=budget_s)


def fail(inference: Inference, message: Message, *, last: bool = False) -> None:
    with pytest.raises(ModelError):
        answer(inference, message, last=last)


def replies(sessions: Any, message: Any) -> list[str]:
    return [turn.reply for turn in sessions.turns(message.key, 0)]


def test_a_message_is_answered_and_the_turn_says_what_was_asked(
    inference: Inference, local_sessions: Any, pushed: Any
) -> None:
    answer(inference, pushed("hello"))
    (turn,) = local_sessions.turns(pushed().key, 0)
    assert (turn.n, turn.id, turn.text, turn.reply, turn.error) == (1, "message-1", "hello", "reply to hello", False)
    assert turn.user == "ann"


def test_a_redelivered_message_is_neither_answered_nor_paid_for_again(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any
) -> None:
    message = make_message()
    for _ in range(3):
        answer(inference, message, last=True)
    assert model.asked == ["hello"]
    assert replies(local_sessions, message) == ["reply to hello"]


def test_the_model_is_shown_the_conversation_and_not_other_ones(
    inference: Inference, model: Any, make_message: Any
) -> None:
    for text in ("one", "two"):
        answer(inference, make_message(text))
    for elsewhere in ({"conversation": "conversation-2"}, {"tenant": "acme"}, {"installation": "second"}):
        answer(inference, make_message("elsewhere", **elsewhere))
    answer(inference, make_message("three"))
    assert model.prompts[-1].messages() == [
        ("user", "one"), ("assistant", "reply to one"),
        ("user", "two"), ("assistant", "reply to two"),
        ("user", "three"),
    ]  # fmt: skip
    assert [prompt.history for prompt in model.prompts[2:5]] == [()] * 3


def test_a_failure_stores_nothing_before_the_last_delivery(
    inference: Inference, local_sessions: Any, model: Any, pushed: Any, handed_on: HandedOn
) -> None:
    model.failures = 1
    fail(inference, pushed())
    assert (replies(local_sessions, pushed()), handed_on.ids) == ([], [])
    answer(inference, pushed())
    assert (replies(local_sessions, pushed()), handed_on.ids) == (["reply to hello"], ["message-1"])


def test_the_last_failure_is_told_to_the_person_once(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any, watched: Watched
) -> None:
    model.failures = 2
    message = make_message()
    for _ in range(2):
        fail(inference, message, last=True)
    (turn,) = local_sessions.turns(message.key, 0)
    assert (turn.reply, turn.error, turn.text) == (SORRY, True, "hello")
    assert watched.stored == [1]


def test_a_message_sent_again_from_the_dead_letters_gets_its_reply_in_its_place(
    inference: Inference, local_sessions: Any, model: Any, make_message: Any, watched: Watched
) -> None:
    model.failures = 1
    first, second = make_message("first"), make_message("second")
    fail(inference, first, last=True)
    answer(inference, second)
    answer(inference, first)
    turns = local_sessions.turns(first.key, 0)
    assert [(t.n, t.reply, t.error) for t in turns] == [(1, "reply to first", False), (2, "reply to second", False)]
    assert watched.stored == [1, 2, 1]  # whoever reads along is told which turn to look at


def test_whoever_reads_along_is_told_where_an_apology_for_lack_of_time_is(
    inference: Inference, make_message: Any, local_sessions: Any, watched: Watched
) -> None:
    for text in ("one", "two"):
        answer(inference, make_message(text))
    late = make_message("late")
    inference.give_up(late)
    assert [turn.n for turn in local_sessions.turns(late.key, 0) if turn.error] == [3]
    assert watched.stored == [1, 2, 3]


def test_what_got_no_reply_is_not_shown_to_the_model(inference: Inference, model: Any, make_message: Any) -> None:
    model.failures = 1
    fail(inference, make_message("lost"), last=True)
    answer(inference, make_message("next"))
    assert model.prompts[-1].history == ()


def test_whoever_reads_along_is_told_the_pieces_and_then_that_they_are_stored(
    inference: Inference, make_message: Any, watched: Watched
) -> None:
    answer(inference, make_message(id="message-1"))
    pieces = [{"id": "message-1", "delta": more} for more in ("reply ", "to hello")]
    assert watched.events == [*pieces, {"id": "message-1", "done": 1}]


def test_the_time_that_summing_up_took_is_not_the_reply_s(local_sessions: Any, make_message: Any) -> None:
    class Slow(Says):
        def __init__(self) -> None:
            super().__init__("short")
            self.budgets: list[float] = []

        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            self.budgets.append(timeout_s)
            if "memory" in prompt.system:
                now.append(now[-1] + 3)
            return super().reply(prompt, timeout_s, progress)

    now, model = [100.0], Slow()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.monotonic", lambda: now[-1])
        inference = made(local_sessions, model, Config(history_tokens=100))
        for number in range(9):
            answer(inference, make_message(f"{number} ".ljust(90, "x")), budget_s=20)
    summarising = [index for index, budget in enumerate(model.budgets) if budget < 10]
    assert summarising, "nothing was summed up"
    assert {round(model.budgets[index + 1], 3) for index in summarising} == {17}


def test_a_reply_that_cannot_be_stored_is_a_failure_and_not_handed_on(
    inference: Inference, local_sessions: Any, pushed: Any, handed_on: HandedOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> bool:
        raise SessionsUnavailableError("sessions: down")

    monkeypatch.setattr(local_sessions, "store", refuse)
    with pytest.raises(SessionsUnavailableError):
        answer(inference, pushed())
    assert handed_on.ids == []


def test_two_at_once_leave_one_reply(local_sessions: Any, make_message: Any) -> None:
    message = make_message()

    class Overtaken(Says):
        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            answer(made(local_sessions, Says("quick")), message)
            return super().reply(prompt, timeout_s, progress)

    answer(made(local_sessions, Overtaken("slow")), message)
    assert replies(local_sessions, message) == ["quick"]


@pytest.mark.parametrize(("reply", "stored"), [("\ud800!", "?!"), ("x" * 70_000, "x" * (REPLY_MAX_CHARS - 1) + "…")])
def test_a_reply_that_no_store_takes_is_made_storable(
    reply: str, stored: str, local_sessions: Any, make_message: Any
) -> None:
    message = make_message()
    answer(made(local_sessions, Says(reply)), message)
    assert replies(local_sessions, message) == [stored]


def test_logs_tell_what_happened_and_not_what_was_said(
    inference: Inference, make_message: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(inference, make_message("my secret diary"))
    said = capsys.readouterr().err
    assert '"event":"answered"' in said
    assert "diary" not in said
