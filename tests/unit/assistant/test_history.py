"""What the model is shown of a conversation: what fits, and a summary of what does not."""

from typing import Any

import pytest

from assistant.history import MOST_TURNS, PAUSE_SECONDS, TIME_SHARE, History
from assistant.models import Exchange, ModelError, Prompt, Reply
from assistant.models.tokens import estimated
from assistant.sessions import Answer, SessionsUnavailableError

KEY = "acme#telegram#7"


class Summariser:
    """Counts what it sums up; fails when told to."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.told: list[dict[str, Any]] = []
        self.failures = 0
        self.text = "summary {}"

    def __call__(self, prompt: Prompt, *, tenant: str, conversation: str, budget_s: float) -> Reply:
        self.prompts.append(prompt)
        self.told.append({"tenant": tenant, "conversation": conversation, "budget_s": budget_s})
        if self.failures:
            self.failures -= 1
            raise ModelError("model: got a failure")
        return Reply(self.text.format(len(self.prompts)))


@pytest.fixture
def summarise() -> Summariser:
    return Summariser()


def say(sessions: Any, count: int, *, size: int = 30, first: int = 1, error: bool = False) -> None:
    for n in range(first, first + count):
        text, reply = f"text {n} ".ljust(size, "x"), f"reply {n} ".ljust(size, "y")
        answer = Answer(f"message-{n}", text, reply, "2026-01-01T00:00:00.000Z", error)
        assert sessions.store(KEY, answer, after=n - 1)


def numbers(past: Any) -> list[int]:
    return [int(turn.text.split()[1]) for turn in past.turns]


def size_of(past: Any) -> int:
    return sum(estimated(turn.text) + estimated(turn.reply) for turn in past.turns) + (
        estimated(past.summary) if past.summary else 0
    )


def test_a_conversation_that_fits_is_shown_as_it_was_said(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 3)
    past = History(sessions, 4000, summarise).load(KEY, 60)
    assert (numbers(past), past.last, past.summary) == ([1, 2, 3], 3, "")
    prompt = past.prompt("Be kind.", "next")
    assert prompt == Prompt("Be kind.", past.turns, "next")
    assert past.turns[0] == Exchange("text 1 ".ljust(30, "x"), "reply 1 ".ljust(30, "y"))
    assert summarise.prompts == []


def test_a_conversation_that_never_was_has_no_past(sessions: Any, summarise: Summariser) -> None:
    past = History(sessions, 4000, summarise).load(KEY, 60)
    assert (past.turns, past.last, past.summary) == ((), 0, "")


def test_apologies_are_no_part_of_the_conversation(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 1)
    say(sessions, 1, first=2, error=True)
    past = History(sessions, 4000, summarise).load(KEY, 60)
    assert (numbers(past), past.last) == ([1], 2)


def test_turns_that_do_not_fit_are_folded_into_a_summary_that_is_stored(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 20)  # 28 tokens each
    past = History(sessions, 400, summarise).load(KEY, 60)
    assert past.summary == "summary 1"
    assert numbers(past) == [16, 17, 18, 19, 20]
    assert past.last == 20
    stored = sessions.summary(KEY)
    assert (stored.text, stored.upto) == ("summary 1", 15)
    (prompt,) = summarise.prompts
    assert all(f"text {n} " in prompt.text and f"reply {n} " in prompt.text for n in range(1, 16))
    assert "text 16 " not in prompt.text
    assert prompt.history == ()
    assert summarise.told == [{"tenant": "acme", "conversation": KEY, "budget_s": 60 * TIME_SHARE}]


def test_the_summary_is_shown_with_the_system_prompt_and_the_whole_stays_within_the_budget(
    sessions: Any, summarise: Summariser
) -> None:
    say(sessions, 20)
    past = History(sessions, 400, summarise).load(KEY, 60)
    prompt = past.prompt("Be kind.", "next")
    assert prompt.system.startswith("Be kind.\n\n")
    assert prompt.system.endswith("summary 1")
    assert past.prompt("", "next").system.endswith("summary 1")
    assert size_of(past) <= 400


def test_not_every_further_message_is_summed_up_and_the_next_summary_begins_with_the_last(
    sessions: Any, summarise: Summariser
) -> None:
    history = History(sessions, 400, summarise)
    asked: list[int] = []
    past = history.load(KEY, 60)
    for n in range(1, 41):
        past = history.load(KEY, 60)
        assert size_of(past) <= 400
        if len(summarise.prompts) > len(asked):
            asked.append(n)
        say(sessions, 1, first=n)
    assert 3 <= len(asked) <= 5, asked
    assert "summary 1" in summarise.prompts[1].text
    shown = past.turns
    upto = sessions.summary(KEY).upto
    assert [int(turn.text.split()[1]) for turn in shown] == list(range(upto + 1, 40)), "no turn is in neither"


def test_many_short_turns_are_summed_up_too(sessions: Any, summarise: Summariser) -> None:
    history = History(sessions, 100_000, summarise)
    for n in range(1, MOST_TURNS + 30):
        say(sessions, 1, first=n, size=10)
        past = history.load(KEY, 60)
        first = sessions.summary(KEY).upto + 1 if past.summary else 1
        assert numbers(past) == list(range(first, n + 1))
        assert len(past.turns) <= MOST_TURNS
    assert len(summarise.prompts) == 2


def test_a_summary_that_fails_leaves_the_older_turns_out_and_is_tried_again_later(
    sessions: Any, summarise: Summariser, clock: Any
) -> None:
    say(sessions, 20)
    summarise.failures = 1
    history = History(sessions, 400, summarise, clock=clock)
    past = history.load(KEY, 60)
    assert (past.summary, numbers(past)) == ("", list(range(7, 21)))
    assert sessions.summary(KEY) is None
    history.load(KEY, 60)
    assert len(summarise.prompts) == 1, "a model that fails must not delay every reply"
    clock.now += PAUSE_SECONDS + 1
    assert history.load(KEY, 60).summary == "summary 2"


def test_a_summary_that_fails_later_leaves_the_one_before_it(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 20)
    history = History(sessions, 400, summarise)
    history.load(KEY, 60)
    say(sessions, 20, first=21)
    summarise.failures = 1
    past = history.load(KEY, 60)
    assert past.summary == "summary 1"
    assert numbers(past)[-1] == 40
    assert size_of(past) <= 400


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_summary_counts_as_none(sessions: Any, summarise: Summariser, text: str) -> None:
    say(sessions, 20)
    summarise.text = text
    assert History(sessions, 400, summarise).load(KEY, 60).summary == ""
    assert sessions.summary(KEY) is None


def test_a_summary_that_is_too_long_is_shortened(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 20)
    summarise.text = "長い" * 5000
    past = History(sessions, 400, summarise).load(KEY, 60)
    assert 0 < estimated(past.summary) <= 100
    assert numbers(past)


def test_without_a_summariser_the_newest_turns_that_fit_are_shown(sessions: Any) -> None:
    say(sessions, 20)
    past = History(sessions, 100).load(KEY, 60)
    assert (numbers(past), past.summary) == ([18, 19, 20], "")


def test_a_newest_turn_that_is_too_long_is_shown_by_its_ends(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 3)
    say(sessions, 1, first=4, size=9000)
    past = History(sessions, 400, summarise).load(KEY, 60)
    (turn,) = past.turns
    assert turn.text.startswith("text 4 ")
    assert turn.reply.startswith("reply 4 ")
    assert "[…]" in turn.text
    assert turn.text.endswith("x")
    assert size_of(past) <= 400
    assert sessions.summary(KEY).upto == 3


def test_a_budget_of_zero_shows_nothing_and_asks_nobody(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 20)
    past = History(sessions, 0, summarise).load(KEY, 60)
    assert (past.turns, past.last, past.summary) == ((), 20, "")
    assert summarise.prompts == []


def test_what_another_process_summed_up_meanwhile_is_not_overwritten(sessions: Any, summarise: Summariser) -> None:
    say(sessions, 20)

    def slow(prompt: Prompt, **told: Any) -> Reply:
        assert sessions.save_summary(KEY, "faster", 18, 0)
        return summarise(prompt, **told)

    assert History(sessions, 400, slow).load(KEY, 60).summary == "summary 1"
    assert sessions.summary(KEY).text == "faster"


def test_a_store_that_is_not_there_is_told(
    summarise: Summariser, sessions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise SessionsUnavailableError("sessions: gone")

    say(sessions, 20)
    monkeypatch.setattr(sessions, "save_summary", refuse)
    with pytest.raises(SessionsUnavailableError):
        History(sessions, 400, summarise).load(KEY, 60)
