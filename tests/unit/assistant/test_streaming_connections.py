"""Replies as they come from functions: every open connection has every piece once, and none can harm the reply."""

import json
import threading
import time
from typing import Any

import pytest

from assistant import streaming
from assistant.streaming import relay as relays
from assistant.streaming.connections import ConnectionPublisher, Connections, poster
from tests.kit.assistant_parts import Clock, wait_for
from tests.kit.streaming import DONE, KEY, Api, Table, text_of


def publisher(api: Api, table: Any, refresh_s: float = 0.02) -> ConnectionPublisher:
    post = poster("", client=api)
    return ConnectionPublisher("", "", connections=table, post=post, batch_s=0.02, refresh_s=refresh_s)


def test_open_connections_are_told_the_pieces_in_batches_and_that_the_reply_is_stored() -> None:
    api = Api()
    made = publisher(api, Table("a", "b"))
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    pieces = [f"piece {n} 🎈 " for n in range(200)]
    for piece in pieces:
        progress.text(piece)
        time.sleep(0.001)
    made.done(KEY, "message-1", 1)
    for name in "ab":
        assert text_of(api.said[name]) == "".join(pieces)
        assert api.said[name][-1] == DONE
        assert len(api.said[name]) < 50
        assert sum(len(event.get("delta", "")) for event in api.said[name]) == len("".join(pieces))


def test_a_connection_that_comes_later_is_told_everything_from_the_beginning() -> None:
    api, table = Api(), Table()
    made = publisher(api, table)
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    progress.text("before ")
    wait_for(lambda: table.asked >= 2)
    table.ids.append("late")
    wait_for(lambda: text_of(api.said.get("late", [])) == "before ")
    progress.text("after")
    made.done(KEY, "message-1", 1)
    assert text_of(api.said["late"]) == "before after"


def test_long_replies_go_out_in_pieces_that_a_connection_takes() -> None:
    api, text = Api(), "\x01" * 30_000 + "🎈" * 30_000
    made = publisher(api, Table("a"))
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    progress.text(text)
    made.done(KEY, "message-1", 1)
    assert text_of(api.said["a"]) == text
    assert max(len(json.dumps(event, ensure_ascii=False).encode()) for event in api.said["a"]) <= 16_384


def test_a_reply_that_begins_anew_is_told_to_those_who_heard_the_old_one() -> None:
    api = Api()
    made = publisher(api, Table("a"))
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    progress.text("wrong")
    wait_for(lambda: api.said.get("a"))
    progress.restart()
    progress.text("right")
    made.done(KEY, "message-1", 1)
    assert {"id": "message-1", "restart": True} in api.said["a"]
    assert text_of(api.said["a"]) == "right"


def test_a_closed_connection_is_removed_and_a_broken_one_is_left_alone() -> None:
    api, table = Api(), Table("gone", "broken", "a")
    api.gone, api.broken = {"gone"}, {"broken"}
    made = publisher(api, table)
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    progress.text("hello")
    wait_for(lambda: api.said.get("a"))
    api.broken.clear()  # what it missed is not made up for by half a reply
    progress.text(" there")
    made.done(KEY, "message-1", 1)
    assert table.removed == ["gone"]
    assert "broken" not in api.said
    assert text_of(api.said["a"]) == "hello there"


def test_connections_are_asked_for_only_now_and_then() -> None:
    api, table = Api(), Table("a")
    made = publisher(api, table, refresh_s=30)
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    for _ in range(10):
        progress.text("x")
        time.sleep(0.01)
    made.done(KEY, "message-1", 1)
    assert table.asked == 1


def test_nothing_that_fails_reaches_the_reply() -> None:
    class Down(Table):
        def of(self, key: str) -> list[str]:
            raise TimeoutError("down")

    made = publisher(Api(), Down())
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    progress.text("hello")
    made.done(KEY, "message-1", 1)
    unreachable = ConnectionPublisher("", "not an address")
    unreachable.done(KEY, "message-1", 1)


def test_a_slow_connection_does_not_slow_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr(relays, "FINISH_SECONDS", 0.1)
    made = ConnectionPublisher(
        "", "", connections=Table("a"), post=lambda connection, text: held.wait(20) and None,  # type: ignore[arg-type]
        batch_s=0.01,
    )  # fmt: skip
    progress = made.progress(KEY, "message-1")
    assert progress is not None
    started = time.monotonic()
    for _ in range(100):
        progress.text("x")
    made.done(KEY, "message-1", 1)
    assert time.monotonic() - started < 5
    held.set()


def test_no_thread_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "IDLE_SECONDS", 0.05)
    before = {thread for thread in threading.enumerate() if thread.name == "relay"}
    made, api = publisher(Api(), Table("a")), Api()
    failed, stored = made.progress(KEY, "message-1"), made.progress(KEY, "message-2")
    assert failed is not None
    assert stored is not None
    for progress in (failed, stored):
        progress.text("x")
    made.done(KEY, "message-2", 1)
    failed.restart()  # an attempt that failed
    wait_for(lambda: {thread for thread in threading.enumerate() if thread.name == "relay"} <= before)
    failed.text("it comes back all the same")
    made.done(KEY, "message-1", 2)
    assert api.said == {}


def test_other_channels_cost_nothing() -> None:
    table = Table("a")
    made = publisher(Api(), table)
    assert made.progress("default#slack#conversation-1", "message-1") is None
    made.done("default#slack#conversation-1", "message-1", 1)
    assert table.asked == 0
    assert streaming.SILENT.progress(KEY, "message-1") is None


def test_connections_are_kept_in_the_table_until_they_close(table: str) -> None:
    clock = Clock()
    readers = Connections(table, clock=clock)
    readers.add(KEY, "a")
    readers.add(KEY, "b")
    readers.add("default#web#another", "c")
    assert sorted(readers.of(KEY)) == ["a", "b"]
    readers.add("default#web#another", "b")  # it reads another conversation now
    assert readers.of(KEY) == ["a"]
    readers.remove("a")
    readers.remove("a")
    assert readers.of(KEY) == []
    assert sorted(readers.of("default#web#another")) == ["b", "c"]
    clock.now += 7201
    assert readers.of("default#web#another") == []
