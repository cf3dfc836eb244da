"""Replies as they come: whoever reads along has every piece once and in order, whenever they come and go."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from assistant.models import Progress
from assistant.sessions import Turn
from assistant.streaming import broker as brokers
from assistant.streaming import sse
from assistant.streaming.broker import Broker
from tests.kit.assistant_parts import wait_for
from tests.kit.streaming import DONE, KEY, Stored, text_of


def told(broker: Broker, message_id: str = "message-1") -> Progress:
    progress = broker.progress(KEY, message_id)
    assert progress is not None
    return progress


class Reader:
    """Reads a stream in an event loop of its own, as a page does."""

    def __init__(self, broker: Broker, sessions: Any, after: int = 0, seconds: float = 60, ping_s: float = 15) -> None:
        self.lines: list[str] = []
        self.ended = threading.Event()
        self._stream: Callable[[], AsyncGenerator[str]] = lambda: sse.stream(
            broker, sessions, KEY, after, seconds=seconds, ping_s=ping_s
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read()), daemon=True)
        self._thread.start()
        wait_for(lambda: self.lines)

    async def _read(self) -> None:
        async for line in self._stream():
            self.lines.append(line)
        self.ended.set()

    @property
    def events(self) -> list[Any]:
        """What the page makes of it."""
        return [json.loads(line) for block in self.lines for line in [block.split("data: ")[-1]] if "data: " in block]

    def wait(self, last: Any) -> list[Any]:
        return wait_for(lambda: self.events if self.events[-1:] == [last] else None)


def test_a_reader_is_told_the_pieces_in_order_and_that_the_reply_is_stored() -> None:
    broker, sessions = Broker(), Stored()
    reader, progress = Reader(broker, sessions), told(broker)
    for piece in ("Hello, ", "wörld 🎈", "!"):
        progress.text(piece)
    sessions.add("Hello, wörld 🎈!")
    broker.done(KEY, "message-1", 1)
    events = reader.wait(DONE)
    assert text_of(events) == "Hello, wörld 🎈!"
    assert events[-2]["turn"] == {
        "n": 1, "id": "message-1", "text": "text 1", "reply": "Hello, wörld 🎈!", "error": False,
        "at": "2026-01-01T00:00:00.000Z",
    }  # fmt: skip
    assert "id: 1\n" in reader.lines[-2]


def test_who_comes_later_is_told_what_was_said_so_far_and_then_the_rest() -> None:
    broker = Broker()
    progress = told(broker)
    progress.text("one ")
    progress.text("two ")
    reader = Reader(broker, Stored())
    wait_for(lambda: text_of(reader.events) == "one two ")
    progress.text("three")
    broker.done(KEY, "message-1", 1)
    assert text_of(reader.wait(DONE)) == "one two three"


def test_readers_that_come_at_any_moment_have_every_piece_once() -> None:
    broker, pieces = Broker(), [f"{n}," for n in range(3000)]
    progress = told(broker)
    speaking = threading.Thread(target=lambda: [progress.text(piece) for piece in pieces])
    readers = [Reader(broker, Stored())]
    speaking.start()
    readers += [Reader(broker, Stored()) for _ in range(5)]
    speaking.join(20)
    broker.done(KEY, "message-1", 1)
    for reader in readers:
        assert text_of(reader.wait(DONE)) == "".join(pieces)


def test_a_reply_that_begins_anew_is_told_so_and_nobody_is_told_the_old_text_again() -> None:
    broker = Broker()
    reader, progress = Reader(broker, Stored()), told(broker)
    progress.text("wrong")
    progress.restart()
    progress.text("right")
    later = Reader(broker, Stored())
    broker.done(KEY, "message-1", 1)
    assert {"id": "message-1", "restart": True} in reader.wait(DONE)
    assert text_of(reader.events) == text_of(later.wait(DONE)) == "right"


def test_the_next_attempt_at_a_message_takes_back_what_the_last_one_said() -> None:
    broker = Broker()
    told(broker).text("the process of this one failed")
    reader = Reader(broker, Stored())
    told(broker).text("again")
    broker.done(KEY, "message-1", 1)
    assert text_of(reader.wait(DONE)) == "again"


def test_conversations_are_apart_and_only_those_of_the_web_are_told() -> None:
    broker = Broker()
    reader = Reader(broker, Stored())
    other = broker.progress("default#web#conversation-2", "message-1")
    assert other is not None
    other.text("not for you")
    told(broker).text("for you")
    wait_for(lambda: text_of(reader.events) == "for you")
    assert broker.progress("default#telegram#conversation-1", "message-1") is None
    assert broker.progress("default#web.other#conversation-1", "message-1") is not None


def test_turns_that_were_missed_come_first_each_with_its_number() -> None:
    sessions = Stored("one", "two", "three", "four", "five")
    reader = Reader(Broker(), sessions, after=1)
    wait_for(lambda: len(reader.events) == 4)
    assert [event["turn"]["reply"] for event in reader.events] == ["two", "three", "four", "five"]
    assert [line.split("\n")[0] for line in reader.lines] == ["retry: 1000", "id: 2", "id: 3", "id: 4", "id: 5"]


def test_a_reply_that_takes_the_place_of_an_earlier_turn_is_told_whole() -> None:
    broker, sessions = Broker(), Stored("sorry", "later")
    reader = Reader(broker, sessions, after=2)
    sessions.kept[0] = Turn("message-1", "text 1", "better", "", False, n=1)
    broker.done(KEY, "message-1", 3)
    assert reader.wait({**DONE, "n": 3})[0]["turn"]["reply"] == "better"


def test_a_silent_stream_is_pinged_and_ends_with_its_token() -> None:
    broker = Broker()
    reader = Reader(broker, Stored(), seconds=0.5, ping_s=0.05)
    told(broker).text("after the last piece, too")
    assert reader.ended.wait(10)
    said = next(place for place, line in enumerate(reader.lines) if "data: " in line)
    assert reader.lines[said:].count(": ping\n\n") >= 3
    assert broker.subscribers == 0


def test_streams_end_when_the_server_stops_and_readers_come_again() -> None:
    broker, progress = Broker(), None
    first = Reader(broker, Stored())
    progress = told(broker)
    progress.text("half ")
    broker.disconnect()
    assert first.ended.wait(10)
    second = Reader(broker, Stored())
    progress.text("whole")
    broker.done(KEY, "message-1", 1)
    assert text_of(second.wait(DONE)) == "half whole"


def test_a_reader_that_is_too_slow_is_dropped_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> None:
        broker = Broker()
        with broker.subscribe(KEY) as subscription:
            for n in range(brokers.MOST_EVENTS + 1):  # of different messages, so that they cannot be joined
                broker.done(KEY, f"message-{n}", n)
            assert broker.subscribers == 0
            with pytest.raises(brokers.EndedError):
                await subscription.next(1)

    async def long() -> None:
        monkeypatch.setattr(brokers, "MOST_CHARS", 100)
        broker = Broker()
        with broker.subscribe(KEY) as subscription:
            told(broker).text("x" * 101)
            with pytest.raises(brokers.EndedError):
                await subscription.next(1)

    asyncio.run(slow())
    asyncio.run(long())


def test_there_are_only_so_many_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "MOST_PER_CONVERSATION", 2)

    async def crowd() -> None:
        broker = Broker()
        with broker.subscribe(KEY), broker.subscribe(KEY):
            with pytest.raises(brokers.FullError), broker.subscribe(KEY):
                pass
            with broker.subscribe("default#web#another"):
                assert broker.subscribers == 3
        assert broker.subscribers == 0

    asyncio.run(crowd())


def test_a_loop_that_is_gone_does_not_keep_replies_from_being_told() -> None:
    broker = Broker()

    async def leave() -> Any:
        return broker.subscribe(KEY).__enter__()

    asyncio.run(leave())
    told(broker).text("hello")
    assert broker.subscribers == 0


def test_what_was_said_is_forgotten_when_the_reply_is_stored_or_has_failed() -> None:
    broker = Broker()
    for n in range(100):
        progress = told(broker, f"message-{n}")
        progress.text("text")
        if n % 2:
            broker.done(KEY, f"message-{n}", n)
        else:
            progress.restart()
    assert broker._running == {}
