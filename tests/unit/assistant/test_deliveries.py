"""Stored replies are sent in order within a conversation, again after a failure, and after a restart."""

import threading
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

from assistant.deliveries import Deliveries
from assistant.replies import StoredReply
from tests.kit.assistant_parts import wait_for

MOST_ATTEMPTS = 8


class Outbox:
    """What an earlier process left."""

    def __init__(self, *left: tuple[str, str]) -> None:
        self._left = list(left)

    def waiting(self, limit: int) -> list[tuple[str, str]]:
        return self._left[:limit]


class Sender:
    """Notes what it sends; fails, or waits, where it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[tuple[str, str]] = []
        self.lasts: list[bool] = []
        self.gate = threading.Event()
        self.gate.set()
        self._failures, self._lock = failures, threading.Lock()

    def deliver(self, key: str, message_id: str, *, last: bool, left_s: Callable[[], float]) -> None:
        assert left_s() > 0
        if message_id == "held":
            self.gate.wait(10)
        with self._lock:
            self.lasts.append(last)
            if self._failures:
                self._failures -= 1
                raise RuntimeError
            self.sent.append((key, message_id))


@contextmanager
def running(sender: Sender, *left: tuple[str, str], threads: int = 4) -> Generator[Deliveries]:
    deliveries = Deliveries(
        cast("Any", Outbox(*left)),
        cast("Any", sender),
        threads=threads,
        first_wait_s=0.001,
        most_attempts=MOST_ATTEMPTS,
    )
    deliveries.start()
    try:
        yield deliveries
    finally:
        assert deliveries.stop(10)


def test_replies_of_a_conversation_are_sent_in_order_and_all_of_them() -> None:
    sender = Sender()
    with running(sender) as deliveries:
        for number in range(50):
            for key in ("a", "b", "c"):
                deliveries.add(StoredReply(key, str(number)))
        wait_for(lambda: len(sender.sent) == 150)
    by_key: dict[str, list[str]] = defaultdict(list)
    for key, message_id in sender.sent:
        by_key[key].append(message_id)
    assert by_key == {key: [str(number) for number in range(50)] for key in ("a", "b", "c")}


def test_a_slow_conversation_holds_back_no_other() -> None:
    sender = Sender()
    sender.gate.clear()
    with running(sender, threads=2) as deliveries:
        deliveries.add(StoredReply("slow", "held"))
        deliveries.add(StoredReply("slow", "after"))
        deliveries.add(StoredReply("quick", "1"))
        wait_for(lambda: sender.sent == [("quick", "1")])
        sender.gate.set()
        wait_for(lambda: len(sender.sent) == 3)
    assert sender.sent == [("quick", "1"), ("slow", "held"), ("slow", "after")]


def test_what_was_not_sent_is_sent_again_before_what_follows() -> None:
    sender = Sender(failures=3)
    with running(sender) as deliveries:
        deliveries.add(StoredReply("a", "1"))
        deliveries.add(StoredReply("a", "2"))
        wait_for(lambda: len(sender.sent) == 2)
    assert sender.sent == [("a", "1"), ("a", "2")]


def test_the_last_attempt_is_told_to_be_the_last_and_the_conversation_goes_on() -> None:
    sender = Sender(failures=MOST_ATTEMPTS)
    with running(sender) as deliveries:
        deliveries.add(StoredReply("a", "1"))
        deliveries.add(StoredReply("a", "2"))
        wait_for(lambda: sender.sent == [("a", "2")])
        assert sender.lasts[:MOST_ATTEMPTS] == [False] * (MOST_ATTEMPTS - 1) + [True]
        assert deliveries.depth == 0


def test_what_an_earlier_process_left_is_sent_first_and_in_its_order() -> None:
    sender = Sender()
    with running(sender, ("a", "1"), ("a", "2")) as deliveries:
        deliveries.add(StoredReply("a", "3"))
        wait_for(lambda: len(sender.sent) == 3)
    assert sender.sent == [("a", "1"), ("a", "2"), ("a", "3")]
