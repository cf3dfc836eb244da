"""What a person said and was told is forgotten on request, on SQLite and on DynamoDB."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.database import Database
from assistant.outbox import Outgoing
from assistant.sessions import Seen
from assistant.sessions.dynamodb import DynamoSessions
from assistant.sessions.sqlite import SqliteSessions
from tests.kit.stores import answer, stores


@pytest.fixture
def make_sessions(tmp_path: Path, clock: Any, cloud: str) -> Iterator[Callable[[str], Any]]:
    """Makes an empty store of either kind, with turns that live for two days."""
    with stores(tmp_path, clock) as make:
        yield make


def test_a_person_is_erased_with_everything_that_was_said_to_them_alone(sessions: Any) -> None:
    key = "acme#telegram#7"
    for n, user in enumerate(("7", "7")):
        sessions.store(key, answer(f"message-{n}", user=user), after=n)
    sessions.save_summary(key, "they said", 1, 0)
    sessions.store("acme#telegram#8", answer("message-1", user="8"), after=0)
    sessions.store("other#telegram#7", answer("message-1", user="7"), after=0)
    sessions.store("acme#telegram.second#7", answer("message-1", user="7"), after=0)
    assert sessions.erase("acme", "telegram", "7") == 2
    assert sessions.erase("acme", "telegram", "7") == 0
    assert (sessions.turns(key, 0), sessions.recent(key, 5).last, sessions.summary(key)) == ([], 0, None)
    assert sessions.seen(key, "message-1") is None
    assert sorted(line["conversation"] for line in sessions.export()) == ["7", "7", "8"], "others are not touched"
    assert sessions.erase("acme", "telegram.second", "7") == 1
    assert sessions.erase("acme", "telegram", "") == 0


def test_in_a_group_only_the_person_s_turns_are_emptied_and_the_numbers_stay(sessions: Any) -> None:
    key = "acme#telegram#-100"
    for n, user in enumerate(("7", "8", "7", "8"), 1):
        sessions.store(key, answer(f"message-{n}", text=f"by {user}", user=user, error=n == 3), after=n - 1)
    sessions.save_summary(key, "7 said", 2, 0)
    assert sessions.erase("acme", "telegram", "7") == 2
    assert [(turn.n, turn.text) for turn in sessions.turns(key, 0)] == [(2, "by 8"), (4, "by 8")]
    recent = sessions.recent(key, 10)
    assert ([turn.n for turn in recent.turns], recent.last) == ([2, 4], 4)
    assert sessions.summary(key) is None
    assert sessions.seen(key, "message-1") is None
    assert sessions.seen(key, "message-2") == Seen(2, False)
    assert sessions.store(key, answer("message-5", user="8"), after=4)
    lines = list(sessions.export())
    assert [(line["n"], line["id"], line["text"], line["reply"], line["user"]) for line in lines[:2]] == [
        (1, "", "", "", ""), (2, "message-2", "by 8", "hi", "8"),
    ]  # fmt: skip
    assert sessions.erase("acme", "telegram", "7") == 0


def test_what_was_erased_does_not_come_back_with_an_earlier_export(sessions: Any) -> None:
    key = "acme#telegram#-100"
    for n, user in enumerate(("7", "8"), 1):
        sessions.store(key, answer(f"message-{n}", user=user), after=n - 1)
    lines = list(sessions.export())
    sessions.erase("acme", "telegram", "7")
    assert sessions.import_(lines) == 0
    assert [turn.id for turn in sessions.turns(key, 0)] == ["message-2"]


def test_an_erased_place_moves_with_its_conversation(sessions: Any, make_sessions: Any) -> None:
    source, key = make_sessions("sqlite"), "acme#telegram#-100"
    for n, user in enumerate(("7", "8", "7"), 1):
        source.store(key, answer(f"message-{n}", user=user), after=n - 1)
    source.erase("acme", "telegram", "7")
    assert sessions.import_(source.export()) == 3
    assert list(sessions.export()) == list(source.export())
    assert sessions.recent(key, 1).last == 3


def test_an_imported_person_can_be_erased(sessions: Any, make_sessions: Any) -> None:
    source = make_sessions("sqlite")
    source.store("acme#telegram#7", answer("message-1", user="7"), after=0)
    sessions.import_(source.export())
    assert sessions.erase("acme", "telegram", "7") == 1
    assert list(sessions.export()) == []


def test_a_long_conversation_is_erased_as_a_whole(sessions: Any) -> None:
    key = "acme#telegram#7"
    for n in range(60):
        sessions.store(key, answer(f"message-{n}", user="7"), after=n)
    assert sessions.erase("acme", "telegram", "7") == 60
    assert list(sessions.export()) == []


def test_the_record_of_what_was_to_be_sent_is_erased_too(table: str) -> None:
    sessions = DynamoSessions(table)
    key = "acme#telegram#7"
    outgoing = Outgoing("message-1", "telegram", "main", "acme", {"chat": "7"}, "hi")
    sessions.store(key, answer("message-1", user="7"), after=0, outgoing=outgoing)
    assert sessions.erase("acme", "telegram", "7") == 1
    assert aws.client("dynamodb").scan(TableName=table)["Items"] == []


def test_what_was_erased_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    database = Database(tmp_path / "assistant.db")
    sessions = SqliteSessions(database)
    key, secret = "acme#telegram#7", "a secret of theirs"
    for n in range(50):
        outgoing = Outgoing(f"message-{n}", "telegram", "main", "acme", {"chat": "7"}, secret)
        sessions.store(key, answer(f"message-{n}", text=secret, user="7"), after=n, outgoing=outgoing)
    sessions.save_summary(key, secret, 5, 0)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() in kept
    assert sessions.erase("acme", "telegram", "7") == 50
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    database.close()
