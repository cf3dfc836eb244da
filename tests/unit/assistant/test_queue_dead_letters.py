"""Messages that nobody could process are kept, shown and sent again, on SQLite and on SQS."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.messages import Message
from assistant.queue import QueueUnavailableError
from assistant.queue.sqlite import SqliteQueue
from assistant.queue.sqs import SqsQueue
from assistant.queue.sqs_dead_letters import SqsDeadLetters
from tests.kit.queues import UnderTest, poison, texts


@pytest.fixture(params=["sqlite", "sqs"])
def make_queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., UnderTest]]:
    """Makes either implementation."""
    opened: list[UnderTest] = []

    def make(visibility_s: int = 30, max_receives: int = 3) -> UnderTest:
        if request.param == "sqs":
            return UnderTest.sqs(request.getfixturevalue("make_sqs")(visibility_s, max_receives))
        opened.append(UnderTest.sqlite(tmp_path / "q.db", visibility_s=visibility_s, max_receives=max_receives))
        return opened[-1]

    yield make
    for each in opened:
        each.queue.close()


def test_dead_letters_are_sent_again_in_order_and_are_dead_letters_no_more(make_queue: Any, make_message: Any) -> None:
    under_test = make_queue(max_receives=1)
    bad = [make_message(f"{group}{n}", f"conversation-{group}") for n in range(3) for group in "ab"]
    poison(under_test, *bad)
    assert sorted(texts(under_test.letters.dead_letters())) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert under_test.letters.redrive(100) == 6
    assert under_test.letters.dead_letters() == []
    assert under_test.letters.redrive(100) == 0
    got: list[str] = []
    while batch := under_test.queue.receive(10, 0):
        got += texts(batch)
        for delivery in batch:
            assert delivery.receives == 1
            under_test.queue.done(delivery)
    assert [text for text in got if text[0] == "a"] == ["a0", "a1", "a2"]
    assert [text for text in got if text[0] == "b"] == ["b0", "b1", "b2"]


def test_a_redrive_takes_no_more_than_it_is_told_to_and_begins_with_the_oldest(
    make_queue: Any, make_message: Any
) -> None:
    under_test = make_queue(max_receives=1)
    poison(under_test, *(make_message(f"m{n}") for n in range(3)))
    assert under_test.letters.redrive(2) == 2
    assert texts(under_test.letters.dead_letters()) == ["m2"]
    assert texts(under_test.queue.receive(10, 0)) == ["m0", "m1"]


def test_a_dead_letter_that_fails_again_is_one_again(make_queue: Any, make_message: Any) -> None:
    under_test = make_queue(max_receives=1)
    message = make_message("bad")
    poison(under_test, message)
    for _ in range(2):
        assert under_test.letters.redrive(10) == 1
        (delivery,) = under_test.queue.receive(1, 0)
        assert Message.from_body(delivery.body) == message
        under_test.queue.retry(delivery, 0)
        under_test.look()
        assert texts(under_test.letters.dead_letters()) == ["bad"]


def test_looking_at_dead_letters_leaves_them_where_they_are(make_queue: Any, make_message: Any) -> None:
    under_test = make_queue(max_receives=1)
    poison(under_test, make_message("bad"))
    for _ in range(3):
        assert texts(under_test.letters.dead_letters()) == ["bad"]
    assert under_test.letters.redrive(10) == 1


def test_a_redrive_that_is_cut_short_before_it_could_delete_sends_the_message_once(
    make_sqs: Any, make_message: Any
) -> None:
    made = make_sqs(max_receives=1)
    real = aws.client("sqs")

    class Cut:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def delete_message(self, **_: Any) -> Any:
            raise KeyboardInterrupt

    poison(UnderTest.sqs(made), make_message("bad"))
    with pytest.raises(KeyboardInterrupt):
        SqsDeadLetters(made.url, made.dead_url, client=Cut()).redrive(10)
    again = SqsDeadLetters(made.url, made.dead_url)
    assert again.redrive(10) == 1
    (delivery,) = SqsQueue(made.url).receive(10, 0)
    SqsQueue(made.url).done(delivery)
    assert texts([delivery]) == ["bad"]
    assert SqsQueue(made.url).receive(10, 0) == []
    assert again.dead_letters() == []


def test_a_redrive_that_cannot_send_leaves_the_rest_in_order(make_sqs: Any, make_message: Any) -> None:
    made = make_sqs(max_receives=1)
    real = aws.client("sqs")
    sent: list[str] = []

    class Failing:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def send_message(self, **request: Any) -> Any:
            if sent:
                request["QueueUrl"] += "-gone"
            sent.append(request["MessageBody"])
            return real.send_message(**request)

    poison(UnderTest.sqs(made), *(make_message(f"m{n}") for n in range(3)))
    with pytest.raises(QueueUnavailableError, match="SendMessage"):
        SqsDeadLetters(made.url, made.dead_url, client=Failing()).redrive(10)
    again = SqsDeadLetters(made.url, made.dead_url)
    assert texts(again.dead_letters()) == ["m1", "m2"]
    assert again.redrive(10) == 2
    assert texts(SqsQueue(made.url).receive(10, 0)) == ["m0", "m1", "m2"]


def test_a_dead_letter_tells_why_and_when(tmp_path: Path, make_message: Any, clock: Any) -> None:
    queue = SqliteQueue(tmp_path / "q.db", max_receives=2, visibility_s=5, clock=clock)
    queue.send(make_message("told", "conversation-1"))
    for reason in ("model: got no reply", "model: got status 500"):
        (delivery,) = queue.receive(1, 0)
        queue.retry(delivery, 0, reason)
    queue.send(make_message("crashed", "conversation-2"))
    for _ in range(2):
        assert len(queue.receive(1, 0)) == 1
        clock.now += 6
    assert queue.receive(1, 0) == []
    assert [(letter.reason, letter.receives, letter.at) for letter in queue.dead_letters()] == [
        ("model: got status 500", 2, clock.now - 12), ("nobody confirmed it", 2, clock.now),
    ]  # fmt: skip
    assert queue.dead_depth() == 2
    queue.close()


def test_what_is_sent_again_by_another_process_is_found(tmp_path: Path, make_message: Any) -> None:
    serving = SqliteQueue(tmp_path / "q.db", max_receives=1)
    poison(UnderTest(serving, serving, lambda: None), make_message("bad"))
    operator = SqliteQueue(tmp_path / "q.db")
    threading.Timer(0.2, lambda: operator.redrive(10)).start()
    assert texts(serving.receive(1, 20)) == ["bad"]
    operator.close()
    serving.close()
