"""Conversations move from one store to another, of either kind, and go on there."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.history import History
from assistant.sessions import DAY_SECONDS, Seen, Summary
from assistant.sessions.transfer import ImportRefusedError, parsed
from tests.kit.stores import KEY, answer, fill, stores


@pytest.fixture
def make_sessions(tmp_path: Path, clock: Any, cloud: str) -> Iterator[Callable[[str], Any]]:
    """Makes an empty store of either kind, with turns that live for two days."""
    with stores(tmp_path, clock) as make:
        yield make


def conversations(sessions: Any) -> None:
    """Two tenants, an apology, a summary, and texts that are hard to write down."""
    fill(sessions, 3)
    sessions.store(KEY, answer("message-4", error=True, reply="sorry"), after=3)
    sessions.save_summary(KEY, "they said\n你好", 2, 0)
    group = "acme#telegram.second#-100%237"
    sessions.store(group, answer("message-1", text='"\u2028🎉\n\x00', user="7"), after=0)
    sessions.store(group, answer("message-2", user="8"), after=1)


@pytest.mark.parametrize(("first", "second"), [("sqlite", "dynamodb"), ("dynamodb", "sqlite"), ("sqlite", "sqlite")])
def test_conversations_move_to_another_store_and_back_as_they_are(make_sessions: Any, first: str, second: str) -> None:
    source, target, back = make_sessions(first), make_sessions(second), make_sessions(first)
    conversations(source)
    lines = [json.loads(json.dumps(line)) for line in source.export()]
    assert len(lines) == 7
    assert target.import_(lines) == 7
    assert list(target.export()) == lines
    assert back.import_(target.export()) == 7
    assert list(back.export()) == lines
    assert target.import_(lines) == 0, "the same again changes nothing"
    assert list(target.export()) == lines


def test_a_line_says_all_of_a_turn(sessions: Any, clock: Any) -> None:
    sessions.store("acme#telegram.second#-100%237", answer("message-1", user="7"), after=0)
    assert list(sessions.export()) == [
        {
            "v": 1, "kind": "turn", "tenant": "acme", "channel": "telegram", "installation": "second",
            "conversation": "-100%237", "n": 1, "id": "message-1", "text": "hello", "reply": "hi",
            "at": "2026-01-01T00:00:00.000Z", "error": False, "user": "7",
            "expires_at": int(clock.now) + 2 * DAY_SECONDS,
        }
    ]  # fmt: skip


def test_one_tenant_is_exported_alone(sessions: Any) -> None:
    conversations(sessions)
    sessions.store("acme2#web#conversation", answer("message-1"), after=0)
    assert [line["conversation"] for line in sessions.export("acme")] == ["-100%237"] * 2
    assert {line["tenant"] for line in sessions.export()} == {"acme", "acme2", "default"}
    assert list(sessions.export("acm")) == []


def test_a_conversation_goes_on_where_it_was_imported(sessions: Any, make_sessions: Any) -> None:
    source = make_sessions("sqlite")
    conversations(source)
    sessions.import_(source.export())
    past = History(sessions, 4000).load(KEY, 60)
    assert ([turn.text for turn in past.turns], past.last) == (["text 1", "text 2", "text 3"], 4)
    assert sessions.summary(KEY) == Summary("they said\n你好", 2)
    assert not sessions.store(KEY, answer("message-2", reply="again"), after=past.last), "it was answered before"
    assert sessions.seen(KEY, "message-2") == Seen(2, False)
    assert sessions.store(KEY, answer("message-4", reply="better late"), after=past.last, replaces=4)
    assert sessions.store(KEY, answer("message-5"), after=past.last)
    assert [turn.n for turn in sessions.turns(KEY, 3)] == [4, 5]


def test_an_import_that_was_cut_short_is_completed_by_doing_it_again(sessions: Any, make_sessions: Any) -> None:
    source = make_sessions("sqlite")
    fill(source, 60)
    lines = list(source.export())

    def cut() -> Iterator[Any]:
        yield from lines[:40]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sessions.import_(cut())
    imported = len(list(sessions.export()))
    assert 0 < imported < 60
    assert sessions.import_(lines) == 60 - imported
    assert list(sessions.export()) == lines


def test_what_came_since_the_last_export_is_added(sessions: Any, make_sessions: Any) -> None:
    source = make_sessions("sqlite")
    conversations(source)
    sessions.import_(source.export())
    source.store(KEY, answer("message-4", reply="better late"), after=4, replaces=4)
    source.store(KEY, answer("message-5"), after=4)
    source.save_summary(KEY, "they said more", 4, 2)
    assert sessions.import_(source.export()) == 3
    assert list(sessions.export()) == list(source.export())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"n": 5}, r"line 3: n: got 5 after turn 2 .* expected 3"),
        ({"n": 1}, r"line 3: n: got turn 1 of message message-3, expected the turn that is there"),
        ({"n": 0}, r"line 3: n: got '0', expected a number from 1"),
        ({"n": "3"}, r"line 3: n: got '3', expected a number"),
        ({"id": "message-1"}, r"line 3: id: got a message that another turn answers"),
        ({"text": None}, r"line 3: text: got NoneType, expected text"),
        ({"text": "\ud800"}, r"line 3: text: got half a surrogate pair"),
        ({"conversation": "a#b"}, r"line 3: conversation: .* expected text without #"),
        ({"kind": "other"}, r"line 3: kind: got something else, expected turn or summary"),
        ({"v": 2}, r"line 3: got another layout, expected an object with v = 1"),
        ({"error": 0}, r"line 3: error: got something else, expected true or false"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_by_its_number(
    sessions: Any, make_sessions: Any, change: dict[str, Any], told: str
) -> None:
    source = make_sessions("sqlite")
    fill(source, 3)
    lines = list(source.export())
    lines[2] = lines[2] | change
    with pytest.raises(ImportRefusedError, match=told) as refused:
        sessions.import_(lines)
    assert "\n" not in str(refused.value)
    assert 3 not in {turn.n for turn in sessions.turns(KEY, 0)}


def test_a_store_in_which_the_conversation_went_on_otherwise_is_not_overwritten(
    sessions: Any, make_sessions: Any
) -> None:
    source = make_sessions("sqlite")
    fill(source, 2)
    sessions.store(KEY, answer("another-1", text="other"), after=0)
    with pytest.raises(ImportRefusedError, match="line 1: n: got turn 1 of message message-1"):
        sessions.import_(source.export())
    assert [turn.text for turn in sessions.turns(KEY, 0)] == ["other"]


def test_lines_that_are_not_json_are_refused_by_their_number(sessions: Any) -> None:
    with pytest.raises(ImportRefusedError, match="line 2: got something that is not JSON"):
        sessions.import_(parsed(["\n", "{"]))
    with pytest.raises(ImportRefusedError, match="line 1: got another layout"):
        sessions.import_(parsed(["[]"]))
    assert sessions.import_(parsed(["", "  \n"])) == 0


def test_turns_that_expired_between_others_keep_their_places(sessions: Any, make_sessions: Any, clock: Any) -> None:
    source = make_sessions("sqlite")
    source.store(KEY, answer("message-1", error=True), after=0)
    source.store(KEY, answer("message-2"), after=1)
    clock.now += 1.5 * DAY_SECONDS
    source.store(KEY, answer("message-1"), after=2, replaces=1)
    source.store(KEY, answer("message-3"), after=2)
    clock.now += DAY_SECONDS
    lines = list(source.export())
    assert [(line["n"], line["id"]) for line in lines] == [(1, "message-1"), (2, ""), (3, "message-3")]
    assert sessions.import_(lines) == 3
    assert [turn.n for turn in sessions.turns(KEY, 0)] == [1, 3]
    assert list(sessions.export()) == lines
    assert sessions.import_(lines) == 0


def test_an_expired_beginning_is_no_gap(sessions: Any, make_sessions: Any, clock: Any) -> None:
    source = make_sessions("sqlite")
    fill(source, 2)
    clock.now += 1.5 * DAY_SECONDS
    source.store(KEY, answer("message-3"), after=2)
    clock.now += DAY_SECONDS
    assert sessions.import_(source.export()) == 1
    assert sessions.store(KEY, answer("message-4"), after=sessions.recent(KEY, 1).last)
    assert [turn.n for turn in sessions.turns(KEY, 0)] == [3, 4]
