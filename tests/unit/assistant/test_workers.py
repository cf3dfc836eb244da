"""Threads that answer: what fails goes back with its reason, and nothing that goes wrong ends a thread."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.config import Config
from assistant.models import Prompt, Reply
from assistant.queue import Delivery, QueueUnavailableError
from assistant.queue.sqlite import SqliteQueue
from assistant.workers import Workers
from tests.kit.answering import Says
from tests.kit.answering import inference as made
from tests.kit.assistant_parts import wait_for


@pytest.fixture
def queue(tmp_path: Path) -> Any:
    opened = SqliteQueue(tmp_path / "queue.db", max_receives=2)
    yield opened
    opened.close()


@contextmanager
def working(queue: Any, inference: Any, threads: int = 2) -> Generator[Workers]:
    workers = Workers(queue, inference, threads=threads, wake=queue.stop)
    workers.start()
    try:
        yield workers
    finally:
        assert workers.stop(10)


def test_a_message_that_fails_comes_back_and_ends_in_the_dead_letters_with_its_reason(
    queue: SqliteQueue, local_sessions: Any, model: Any, make_message: Any
) -> None:
    model.poison = "bad"
    bad, good = make_message("bad"), make_message("good")
    queue.send(bad)
    queue.send(good)
    with working(queue, made(local_sessions, model, Config(max_receives=2))):
        wait_for(lambda: queue.depth() == 0)
    assert model.asked == ["bad", "bad", "good"]
    (letter,) = queue.dead_letters()
    assert (letter.reason, letter.receives) == ("ModelError: model: got poison", 2)
    assert [turn.error for turn in local_sessions.turns(bad.key, 0)] == [True, False]


def test_a_dead_letter_s_reason_does_not_quote_the_message(
    queue: SqliteQueue, local_sessions: Any, make_message: Any
) -> None:
    queue.send(make_message("my secret diary"))
    careless = Says("", failure=ValueError("my secret diary"))
    with working(queue, made(local_sessions, careless, Config(max_receives=2))):
        wait_for(queue.dead_letters)
    assert [letter.reason for letter in queue.dead_letters()] == ["ValueError"]


def test_conversations_are_answered_side_by_side_and_each_in_order(
    queue: SqliteQueue, local_sessions: Any, make_message: Any
) -> None:
    together = threading.Barrier(2)

    class Meeting(Says):
        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            together.wait(10)
            return super().reply(prompt, timeout_s, progress)

    messages = [make_message(f"{c}{n}", f"conversation-{c}") for n in range(3) for c in "ab"]
    for message in messages:
        queue.send(message)
    with working(queue, made(local_sessions, Meeting("met"))):
        wait_for(lambda: queue.depth() == 0)
    for message in messages[:2]:
        told = [turn.text for turn in local_sessions.turns(message.key, 0)]
        assert told == [f"{message.text[0]}{n}" for n in range(3)]


class Shaky:
    """A queue that fails a few times, then hands out one message."""

    def __init__(self, message: Any, *failures: Exception) -> None:
        self._failures = list(failures)
        self._left = [Delivery("1", "receipt", message.group, 1, message.to_body())]
        self._stopped = threading.Event()
        self.done_ids: list[str] = []

    def receive(self, limit: int, wait_s: float) -> list[Delivery]:
        if self._failures:
            raise self._failures.pop(0)
        if self._left:
            return [self._left.pop()]
        self._stopped.wait(wait_s)
        return []

    def done(self, delivery: Delivery) -> None:
        self.done_ids.append(delivery.id)

    def stop(self) -> None:
        self._stopped.set()


def test_a_queue_that_fails_for_a_while_does_not_end_the_threads(
    local_sessions: Any, make_message: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assistant.workers.PAUSE_SECONDS", 0.01)
    shaky = Shaky(make_message(), QueueUnavailableError("queue: locked"), RuntimeError("odd"), MemoryError())
    with working(shaky, made(local_sessions, Says("hi")), threads=1):
        wait_for(lambda: shaky.done_ids)
    said = capsys.readouterr().err
    assert said.count('"event":"queue unavailable"') == 1
    assert said.count('"event":"worker failed"') == 2


def test_a_stop_waits_for_what_is_in_work_and_takes_nothing_more(
    queue: SqliteQueue, local_sessions: Any, make_message: Any
) -> None:
    begun, release = threading.Event(), threading.Event()

    class Slow(Says):
        def reply(self, prompt: Prompt, timeout_s: float, progress: Any = None) -> Reply:
            begun.set()
            release.wait(10)
            return super().reply(prompt, timeout_s, progress)

    for _ in range(3):
        queue.send(make_message())
    workers = Workers(queue, made(local_sessions, Slow("hi")), threads=2, wake=queue.stop)
    workers.start()
    assert begun.wait(10)
    assert workers.stop(0.05) is False  # it is told that not all ended in time
    release.set()
    assert workers.stop(10) is True
    assert queue.depth() == 2


def test_threads_that_wait_for_messages_stop_at_once(queue: SqliteQueue, local_sessions: Any) -> None:
    workers = Workers(queue, made(local_sessions, Says("hi")), threads=4, wake=queue.stop)
    workers.start()
    assert workers.stop(4) is True  # they would wait for a minute
