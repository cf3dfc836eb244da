"""What every queue does; the same tests run on SQLite and on SQS."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.messages import Message
from assistant.queue import QueueUnavailableError
from assistant.queue.sqs import SqsQueue, url_of
from tests.kit.queues import UnderTest, texts


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


def test_what_is_sent_is_delivered_with_its_group_and_count(make_queue: Any, make_message: Any) -> None:
    queue = make_queue().queue
    sent = make_message("Grüße \x00 \ufffe 🎉")
    queue.send(sent)
    (delivery,) = queue.receive(10, 0)
    assert Message.from_body(delivery.body) == sent
    assert (delivery.group, delivery.receives) == (sent.group, 1)


def test_the_same_message_sent_again_is_delivered_once(make_queue: Any, make_message: Any) -> None:
    queue = make_queue().queue
    for _ in range(3):
        queue.send(make_message(id="the-same"))
    (delivery,) = queue.receive(10, 0)
    queue.done(delivery)
    queue.send(make_message(id="the-same"))
    assert queue.receive(10, 0) == []


def test_the_same_id_in_two_conversations_is_two_messages(make_queue: Any, make_message: Any) -> None:
    queue = make_queue().queue
    queue.send(make_message("one", "conversation-1", "the-same"))
    queue.send(make_message("two", "conversation-2", "the-same"))
    assert sorted(texts(queue.receive(10, 0))) == ["one", "two"]


def test_a_group_is_delivered_in_order_and_waits_for_its_first(make_queue: Any, make_message: Any) -> None:
    queue = make_queue().queue
    for number in range(3):
        queue.send(make_message(f"a{number}", "conversation-a"))
    queue.send(make_message("b0", "conversation-b"))
    (first,) = queue.receive(1, 0)
    assert texts([first]) == ["a0"]
    assert texts(queue.receive(10, 0)) == ["b0"]
    assert queue.receive(10, 0) == []
    queue.done(first)
    assert texts(queue.receive(10, 0)) == ["a1", "a2"]


def test_a_retried_message_comes_back_before_its_successors(make_queue: Any, make_message: Any, until: Any) -> None:
    queue = make_queue().queue
    queue.send(make_message("first"))
    queue.send(make_message("second"))
    (first,) = queue.receive(1, 0)
    queue.retry(first, 1)
    assert queue.receive(10, 0) == []
    again = until(lambda: queue.receive(10, 0))
    assert texts(again) == ["first", "second"]
    assert [delivery.receives for delivery in again] == [2, 1]


def test_a_message_that_was_not_confirmed_comes_back(make_queue: Any, make_message: Any, until: Any) -> None:
    queue = make_queue(visibility_s=1).queue
    queue.send(make_message())
    (lost,) = queue.receive(1, 0)
    again = until(lambda: queue.receive(1, 0))
    assert again[0].id == lost.id
    assert again[0].receives == 2


def test_a_message_nobody_can_process_ends_in_the_dead_letters_and_lets_the_next_pass(
    make_queue: Any, make_message: Any
) -> None:
    under_test = make_queue(max_receives=3)
    queue = under_test.queue
    bad = make_message("bad")
    queue.send(bad)
    for count in (1, 2, 3):
        (delivery,) = queue.receive(1, 0)
        assert delivery.receives == count
        queue.retry(delivery, 0)
    queue.send(make_message("good"))
    assert texts(queue.receive(10, 0)) == ["good"]
    (letter,) = under_test.letters.dead_letters()
    assert Message.from_body(letter.body) == bad
    assert letter.group == bad.group
    assert letter.receives >= 3


def test_a_receiver_is_woken_by_a_message(make_queue: Any, make_message: Any) -> None:
    queue = make_queue().queue
    threading.Timer(0.2, lambda: queue.send(make_message("news"))).start()
    begun = time.monotonic()
    assert texts(queue.receive(1, 10)) == ["news"]
    assert time.monotonic() - begun < 5


def test_a_queue_that_is_not_there_is_told_as_unavailable(cloud: str, make_message: Any) -> None:
    with pytest.raises(QueueUnavailableError, match="queue: SendMessage"):
        SqsQueue(f"{cloud}/123456789012/absent.fifo").send(make_message())


def test_a_queue_s_url_is_known_from_its_arn(make_sqs: Callable[..., Any], make_message: Any) -> None:
    made = make_sqs()
    derived = url_of(made.arn, aws.client("sqs").meta.endpoint_url)
    SqsQueue(derived).send(make_message("found"))
    assert texts(SqsQueue(made.url).receive(1, 0)) == ["found"]
    assert url_of("arn:aws:sqs:eu-west-1:1:a.fifo", "https://sqs.eu-west-1.amazonaws.com/").endswith(".com/1/a.fifo")
