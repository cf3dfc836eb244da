"""What every intake does: a message enters the queue once, however often and from wherever it is delivered."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from assistant.database import Database
from assistant.intake import BusyError
from assistant.intake.cloud import CloudIntake
from assistant.intake.sqlite import SqliteIntake
from assistant.messages import Message
from assistant.queue import QueueUnavailableError
from assistant.queue.sqlite import SqliteQueue
from assistant.queue.sqs import SqsQueue
from tests.kit.queues import drained

DAY = 86_400


@dataclass(frozen=True)
class UnderTest:
    """One implementation and its queue."""

    intake: Any
    queue: Any

    def texts(self) -> list[str]:
        """What is in the queue, taken out of it."""
        return drained(self.queue)


@pytest.fixture(params=["sqlite", "cloud"])
def taking(request: pytest.FixtureRequest, tmp_path: Path, clock: Any) -> Iterator[UnderTest]:
    if request.param == "cloud":
        queue = SqsQueue(request.getfixturevalue("make_sqs")().url)
        yield UnderTest(CloudIntake(request.getfixturevalue("table"), queue, clock=clock), queue)
        return
    database = Database(tmp_path / "assistant.db")
    local = SqliteQueue(database, clock=clock)
    yield UnderTest(SqliteIntake(database, local, clock=clock), local)
    database.close()


def test_a_message_is_taken_once_and_known_afterwards(taking: UnderTest, make_message: Any) -> None:
    message = make_message("hello", id="the-same")
    assert taking.intake.accept(message, DAY) is True
    assert taking.texts() == ["hello"]
    for _ in range(4):
        assert taking.intake.accept(replace(message, at="2026-01-02T00:00:00.000Z"), DAY) is False
    assert taking.texts() == []


def test_five_deliveries_at_once_enqueue_one(taking: UnderTest, make_message: Any) -> None:
    begin = threading.Barrier(5)
    messages = [make_message(f"m{n}", id=f"message-{n}") for n in range(6)]

    def deliver(message: Message) -> str:
        begin.wait(10)
        try:
            return "fresh" if taking.intake.accept(message, DAY) else "known"
        except BusyError:
            return "busy"

    with ThreadPoolExecutor(5) as pool:
        for message in messages:
            told = Counter(pool.map(lambda _, message=message: deliver(message), range(5)))
            assert told["fresh"] == 1, told
    assert taking.texts() == [f"m{n}" for n in range(6)]


def test_the_same_id_elsewhere_is_another_message(taking: UnderTest, make_message: Any) -> None:
    message = make_message("hello", id="the-same")
    others = [
        replace(message, tenant="other"), replace(message, channel="telegram"),
        replace(message, installation="second"), replace(message, conversation="conversation-2"),
        replace(message, id="another-"),
    ]  # fmt: skip
    for each in (message, *others):
        assert taking.intake.accept(each, DAY) is True
    assert taking.texts() == ["hello"] * 6


def test_a_key_is_kept_for_the_channel_s_time(taking: UnderTest, make_message: Any, clock: Any) -> None:
    message = make_message("hello", id="the-same")
    assert taking.intake.accept(message, 3600)
    clock.now += 3598
    assert taking.intake.accept(message, 3600) is False
    clock.now += 4
    assert taking.intake.accept(message, 3600) is True


def test_an_enqueueing_that_fails_gives_the_key_back(
    taking: UnderTest, make_message: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise QueueUnavailableError("queue: got nothing")

    message = make_message("hello")
    with monkeypatch.context() as broken:
        broken.setattr(taking.queue, "send", refuse)
        broken.setattr(taking.queue, "put", refuse, raising=False)
        with pytest.raises(QueueUnavailableError):
            taking.intake.accept(message, DAY)
    assert taking.texts() == []
    assert taking.intake.accept(message, DAY) is True
    assert taking.texts() == ["hello"]


def test_expired_keys_are_purged_from_the_file(tmp_path: Path, make_message: Any, clock: Any) -> None:
    database = Database(tmp_path / "assistant.db")
    intake = SqliteIntake(database, SqliteQueue(database), clock=clock)
    for number in range(3):
        intake.accept(make_message(id=f"message-{number}"), 10 + number * 100)
    clock.now += 50
    assert (intake.purge(), intake.purge()) == (1, 0)
    assert intake.accept(make_message(id="message-1"), 10) is False
    database.close()


def test_a_message_taken_in_wakes_a_receiver(tmp_path: Path, make_message: Any) -> None:
    database = Database(tmp_path / "assistant.db")
    queue = SqliteQueue(database)
    intake = SqliteIntake(database, queue)
    threading.Timer(0.1, lambda: intake.accept(make_message("news"), DAY)).start()
    begun = time.monotonic()
    (delivery,) = queue.receive(1, 20)
    assert Message.from_body(delivery.body).text == "news"
    assert time.monotonic() - begun < 4, "nobody slept until it looked by itself"
    database.close()
