"""What every session store does; the same tests run on SQLite and on DynamoDB."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.database import Database
from assistant.outbox import Outgoing
from assistant.outbox.sqlite import SqliteOutbox
from assistant.sessions import DAY_SECONDS, Seen, SessionsUnavailableError, Summary
from assistant.sessions.dynamodb import DynamoSessions
from assistant.sessions.sqlite import SqliteSessions
from tests.kit.stores import KEY, answer, fill


def test_a_stored_turn_is_read_back_as_it_was_said(sessions: Any) -> None:
    said = answer("message-1", text='<b>"Grüße"</b> 你好 🎉\n\x00\ufffe', reply="`code`\n" * 100, user="ü#7")
    assert sessions.store(KEY, said, after=0)
    (turn,) = sessions.turns(KEY, 0)
    assert (turn.n, turn.id, turn.text, turn.reply, turn.at, turn.error, turn.user) == (
        1, "message-1", said.text, said.reply, said.at, False, "ü#7",
    )  # fmt: skip


def test_nothing_is_known_about_a_conversation_that_never_was(sessions: Any) -> None:
    assert sessions.turns(KEY, 0) == []
    assert sessions.seen(KEY, "message-1") is None
    recent = sessions.recent(KEY, 10)
    assert (recent.turns, recent.last) == ((), 0)


def test_a_message_is_answered_once_and_the_second_answer_changes_nothing(sessions: Any) -> None:
    assert sessions.store(KEY, answer("message-1", reply="first"), after=0)
    assert not sessions.store(KEY, answer("message-1", reply="second"), after=0)
    assert not sessions.store(KEY, answer("message-1", reply="third"), after=1)
    assert [turn.reply for turn in sessions.turns(KEY, 0)] == ["first"]
    assert sessions.seen(KEY, "message-1") == Seen(1, False)


def test_turns_are_numbered_without_gaps_also_when_the_caller_was_overtaken(sessions: Any) -> None:
    fill(sessions, 3)
    assert sessions.store(KEY, answer("message-late"), after=1)
    assert [(turn.n, turn.id) for turn in sessions.turns(KEY, 2)] == [(3, "message-3"), (4, "message-late")]


def test_many_at_once_get_a_turn_each_and_duplicates_none(sessions: Any) -> None:
    begin = threading.Barrier(6)

    def store(number: int) -> bool:
        begin.wait(10)
        return sessions.store(KEY, answer(f"message-{number // 2}"), after=0)

    with ThreadPoolExecutor(6) as pool:
        stored = list(pool.map(store, range(6)))
    assert sum(stored) == 3
    turns = sessions.turns(KEY, 0)
    assert [turn.n for turn in turns] == [1, 2, 3]
    assert {turn.id for turn in turns} == {"message-0", "message-1", "message-2"}


def test_conversations_channels_and_tenants_do_not_see_each_other(sessions: Any) -> None:
    fill(sessions, 1)
    for other in ("default#web#conversation2", "other#web#conversation", "default#other#conversation"):
        assert sessions.turns(other, 0) == []
        assert sessions.seen(other, "message-1") is None


def test_recent_turns_are_the_newest_in_order(sessions: Any) -> None:
    fill(sessions, 12)
    recent = sessions.recent(KEY, 3)
    assert [turn.n for turn in recent.turns] == [10, 11, 12]
    assert recent.last == 12
    assert sessions.recent(KEY, 0).turns == ()


def test_a_long_conversation_is_read_in_pages_without_a_gap(sessions: Any) -> None:
    fill(sessions, 103)
    first = sessions.turns(KEY, 0)
    rest = sessions.turns(KEY, first[-1].n)
    assert [turn.n for turn in first + rest] == list(range(1, 104))
    assert sessions.turns(KEY, 103) == []


def test_an_error_is_replaced_by_a_reply_in_its_place(sessions: Any) -> None:
    assert sessions.store(KEY, answer("message-1", error=True, reply="sorry"), after=0)
    fill_second = sessions.store(KEY, answer("message-2"), after=1)
    assert fill_second
    assert sessions.seen(KEY, "message-1") == Seen(1, True)
    assert sessions.store(KEY, answer("message-1", reply="better late"), after=2, replaces=1)
    assert [(t.n, t.reply, t.error) for t in sessions.turns(KEY, 0)] == [(1, "better late", False), (2, "hi", False)]
    assert sessions.seen(KEY, "message-1") == Seen(1, False)


def test_a_reply_is_never_replaced(sessions: Any) -> None:
    fill(sessions, 2)
    assert not sessions.store(KEY, answer("message-1", reply="other"), after=2, replaces=1)
    assert not sessions.store(KEY, answer("message-2", reply="other"), after=2, replaces=1)
    assert [turn.reply for turn in sessions.turns(KEY, 0)] == ["hi", "hi"]


def test_a_turn_expires_and_its_message_may_be_answered_anew(sessions: Any, clock: Any) -> None:
    fill(sessions, 2)
    clock.now += 2 * DAY_SECONDS - 1
    assert sessions.store(KEY, answer("message-3"), after=2)
    clock.now += 2
    assert [turn.n for turn in sessions.turns(KEY, 0)] == [3]
    assert [turn.n for turn in sessions.recent(KEY, 10).turns] == [3]
    assert sessions.recent(KEY, 10).last == 3
    assert sessions.seen(KEY, "message-1") is None
    assert sessions.store(KEY, answer("message-1"), after=3)
    assert [turn.id for turn in sessions.turns(KEY, 0)] == ["message-3", "message-1"]


def test_a_conversation_that_expired_as_a_whole_goes_on(sessions: Any, clock: Any) -> None:
    fill(sessions, 2)
    clock.now += 3 * DAY_SECONDS
    assert sessions.turns(KEY, 0) == []
    assert sessions.store(KEY, answer("message-9"), after=sessions.recent(KEY, 5).last)
    assert [turn.id for turn in sessions.turns(KEY, 0)] == ["message-9"]


def test_a_store_that_answers_is_ready(sessions: Any) -> None:
    assert sessions.ready() is None


def test_expired_turns_are_purged_from_the_file(tmp_path: Any, clock: Any) -> None:
    sessions = SqliteSessions(tmp_path / "s.db", days=2, clock=clock)
    fill(sessions, 2)
    clock.now += DAY_SECONDS
    sessions.store(KEY, answer("message-3"), after=2)
    clock.now += DAY_SECONDS
    assert sessions.purge() == 2
    assert sessions.purge() == 0
    assert [turn.n for turn in sessions.turns(KEY, 0)] == [3]
    sessions.close()


def test_a_table_item_carries_its_expiry_in_epoch_seconds(table: str, clock: Any) -> None:
    DynamoSessions(table, days=2, clock=clock).store(KEY, answer("message-1"), after=0)
    items = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert {item["sk"]["S"] for item in items} == {"turn#000000000001", "seen#message-1"}
    assert {int(item["expires_at"]["N"]) for item in items} == {int(clock.now) + 2 * DAY_SECONDS}


def test_a_missing_table_is_told_as_unavailable(cloud: str) -> None:
    with pytest.raises(SessionsUnavailableError, match="sessions: Query: ResourceNotFoundException"):
        DynamoSessions("no-such-table").ready()


def test_a_locked_file_is_told_as_unavailable_and_nothing_is_stored(tmp_path: Any) -> None:
    holder = SqliteSessions(tmp_path / "s.db")
    waiting = SqliteSessions(tmp_path / "s.db", busy_s=0.05)
    with holder._database.transaction(), pytest.raises(SessionsUnavailableError, match="locked"):
        waiting.store(KEY, answer("message-1"), after=0)
    assert waiting.seen(KEY, "message-1") is None
    assert waiting.store(KEY, answer("message-1"), after=0)
    holder.close()
    waiting.close()


def test_half_a_transaction_is_never_visible(tmp_path: Any) -> None:
    sessions = SqliteSessions(tmp_path / "s.db")
    sessions._database.connection().execute(
        "CREATE TRIGGER full BEFORE INSERT ON seen BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    with pytest.raises(SessionsUnavailableError, match="no room"):
        sessions.store(KEY, answer("message-1"), after=0)
    assert sessions.turns(KEY, 0) == []
    sessions.close()


def test_a_turn_of_before_users_were_kept_is_read_as_nobody_s(table: str, clock: Any) -> None:
    sessions = DynamoSessions(table, days=2, clock=clock)
    sessions.store(KEY, answer("message-1"), after=0)
    aws.client("dynamodb").update_item(
        TableName=table, Key={"pk": {"S": KEY}, "sk": {"S": "turn#000000000001"}}, UpdateExpression="REMOVE #user",
        ExpressionAttributeNames={"#user": "user"},
    )  # fmt: skip
    assert [turn.user for turn in sessions.turns(KEY, 0)] == [""]
    assert [line["user"] for line in sessions.export()] == [""]


def test_a_failed_part_of_a_stored_answer_leaves_none_of_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "s.db")
    sessions, outbox = SqliteSessions(database), SqliteOutbox(database)
    database.ensure("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no room'); END")
    outgoing = Outgoing("message-1", "web", "main", "default", {"to": "x"}, "hi")
    with pytest.raises(SessionsUnavailableError, match="no room"):
        sessions.store(KEY, answer("message-1"), after=0, outgoing=outgoing)
    assert (sessions.turns(KEY, 0), sessions.seen(KEY, "message-1"), outbox.load(KEY, "message-1")) == ([], None, None)
    database.close()


def test_a_summary_takes_the_place_of_the_one_it_was_made_of(sessions: Any) -> None:
    assert sessions.summary(KEY) is None
    assert not sessions.save_summary(KEY, "out of nothing", 9, 4)
    assert sessions.save_summary(KEY, "first 你好", 4, 0)
    assert sessions.summary(KEY) == Summary("first 你好", 4)
    assert not sessions.save_summary(KEY, "late", 5, 0)
    assert sessions.save_summary(KEY, "second", 9, 4)
    assert sessions.summary(KEY) == Summary("second", 9)
    assert sessions.summary("default#web#conversation2") is None


def test_of_summaries_made_at_once_one_is_kept(sessions: Any) -> None:
    begin = threading.Barrier(5)

    def save(n: int) -> bool:
        begin.wait(10)
        return sessions.save_summary(KEY, f"summary {n}", n, 0)

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(save, range(1, 6))) == 1


def test_a_summary_expires_like_a_turn(sessions: Any, clock: Any) -> None:
    sessions.save_summary(KEY, "first", 4, 0)
    clock.now += 2 * DAY_SECONDS + 1
    assert sessions.summary(KEY) is None
    assert sessions.save_summary(KEY, "anew", 2, 0)


def test_everything_that_expired_is_purged_from_the_file(tmp_path: Path, clock: Any) -> None:
    database = Database(tmp_path / "s.db")
    sessions = SqliteSessions(database, days=2, clock=clock)
    outgoing = Outgoing("message-1", "web", "main", "default", {"to": "x"}, "hi")
    sessions.store(KEY, answer("message-1"), after=0, outgoing=outgoing)
    sessions.save_summary(KEY, "said", 1, 0)
    for n in range(1, 620):
        sessions.store(KEY, answer(f"message-{n + 1}"), after=n)
    clock.now += 2 * DAY_SECONDS + 1
    assert sessions.purge() == 620
    for name in ("turns", "seen", "outbox", "summaries"):
        assert database.connection().execute(f"SELECT count(*) FROM {name}").fetchone()[0] == 0
    database.close()
