"""What every queue does; the same tests run on SQLite and on SQS."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.messages import Message
from assistant.queue import QueueUnavailableError
from assistant.queue.sqlite import SqliteQueue
from assistant.queue.sqs import SqsQueue, url_of


def texts(deliveries: list[Any]) -> list[str]:
    return [Message.from_body(delivery.body).text for delivery in deliveries]


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
    poison = make_message("poison")
    queue.send(poison)
    for count in (1, 2, 3):
        (delivery,) = queue.receive(1, 0)
        assert delivery.receives == count
        queue.retry(delivery, 0)
    queue.send(make_message("good"))
    assert texts(queue.receive(10, 0)) == ["good"]
    assert [Message.from_body(body) for body in under_test.dead_letters()] == [poison]


def test_a_receiver_is_woken_by_a_message(make_queue: Any, make_message: Any) -> None:
    queue = make_queue().queue
    threading.Timer(0.2, lambda: queue.send(make_message("news"))).start()
    begun = time.monotonic()
    assert texts(queue.receive(1, 10)) == ["news"]
    assert time.monotonic() - begun < 5


def test_an_old_receipt_changes_nothing(tmp_path: Path, make_message: Any, clock: Any) -> None:
    queue = SqliteQueue(tmp_path / "q.db", visibility_s=5, clock=clock)
    queue.send(make_message())
    (late,) = queue.receive(1, 0)
    clock.now += 6
    (current,) = queue.receive(1, 0)
    queue.done(late)
    queue.retry(late, 0)
    assert queue.depth() == 1
    assert queue.receive(1, 0) == []
    queue.done(current)
    assert queue.depth() == 0
    queue.close()


def test_after_five_minutes_the_same_message_is_taken_again(tmp_path: Path, make_message: Any, clock: Any) -> None:
    queue = SqliteQueue(tmp_path / "q.db", clock=clock)
    queue.send(make_message(id="the-same"))
    clock.now += 299
    queue.send(make_message(id="the-same"))
    assert queue.depth() == 1
    clock.now += 2
    queue.send(make_message(id="the-same"))
    assert queue.depth() == 2
    queue.close()


def test_what_was_sent_survives_the_end_of_the_process_and_is_taken_up_again(tmp_path: Path, make_message: Any) -> None:
    before = SqliteQueue(tmp_path / "q.db")
    before.send(make_message("kept"))
    before.send(make_message("taken", "conversation-2"))
    assert len(before.receive(10, 0)) == 2
    before.close()
    after = SqliteQueue(tmp_path / "q.db")
    assert after.receive(10, 0) == []
    assert after.recover() == 2
    assert sorted(texts(after.receive(10, 0))) == ["kept", "taken"]
    after.close()


def test_a_locked_file_is_told_and_the_message_is_not_taken(tmp_path: Path, make_message: Any) -> None:
    queue = SqliteQueue(tmp_path / "q.db", busy_s=0.05)
    other = sqlite3.connect(tmp_path / "q.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(QueueUnavailableError, match="locked"):
        queue.send(make_message())
    other.execute("ROLLBACK")
    other.close()
    assert queue.depth() == 0
    queue.close()


def test_a_stopped_queue_lets_its_receivers_go(tmp_path: Path) -> None:
    queue = SqliteQueue(tmp_path / "q.db")
    threading.Timer(0.2, queue.stop).start()
    begun = time.monotonic()
    assert queue.receive(1, 30) == []
    assert time.monotonic() - begun < 5
    queue.close()


def test_a_queue_that_is_not_there_is_told_as_unavailable(cloud: str, make_message: Any) -> None:
    with pytest.raises(QueueUnavailableError, match="queue: SendMessage"):
        SqsQueue(f"{cloud}/123456789012/absent.fifo").send(make_message())


def test_a_queue_s_url_is_known_from_its_arn(make_sqs: Callable[..., Any], make_message: Any) -> None:
    made = make_sqs()
    derived = url_of(made.arn, aws.client("sqs").meta.endpoint_url)
    SqsQueue(derived).send(make_message("found"))
    assert texts(SqsQueue(made.url).receive(1, 0)) == ["found"]
    assert url_of("arn:aws:sqs:eu-west-1:1:a.fifo", "https://sqs.eu-west-1.amazonaws.com/").endswith(".com/1/a.fifo")
