"""What every outbox does; the same tests run on SQLite and on DynamoDB."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.database import Database
from assistant.outbox import Outgoing
from assistant.outbox.dynamodb import DynamoOutbox
from assistant.outbox.sqlite import SqliteOutbox
from assistant.sessions import DAY_SECONDS, Answer, SessionsUnavailableError
from assistant.sessions.dynamodb import DynamoSessions
from assistant.sessions.sqlite import SqliteSessions

KEY = "default#telegram#7"
ADDRESS = {"chat": "7", "thread": "ü 你好"}


class Store:
    """Sessions and outbox of one implementation; `reply` stores a turn whose reply is to be sent."""

    def __init__(self, sessions: Any, outbox: Any) -> None:
        self.sessions, self.outbox = sessions, outbox

    def reply(self, id: str, text: str = "hi", *, error: bool = False, replaces: int | None = None) -> bool:
        said = Answer(id, "hello", text, "2026-01-01T00:00:00.000Z", error)
        outgoing = Outgoing(id, "telegram", "main", "default", ADDRESS, text)
        last = self.sessions.recent(KEY, 1).last
        return self.sessions.store(KEY, said, after=last, replaces=replaces, outgoing=outgoing)

    def state(self, id: str) -> tuple[str, int, int]:
        found = self.outbox.load(KEY, id)
        return found.state, found.part, found.attempts


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Any) -> Iterator[Store]:
    if request.param == "dynamodb":
        table = request.getfixturevalue("table")
        yield Store(DynamoSessions(table, days=2, clock=clock), DynamoOutbox(table, days=2, clock=clock))
        return
    database = Database(tmp_path / "assistant.db")
    yield Store(SqliteSessions(database, days=2, clock=clock), SqliteOutbox(database, days=2, clock=clock))
    database.close()


def at_once(count: int, what: Callable[[], Any]) -> list[Any]:
    begin = threading.Barrier(count)

    def run(_: int) -> Any:
        begin.wait(10)
        return what()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_reply_is_pending_as_soon_as_its_turn_is_stored(store: Store) -> None:
    assert store.reply("message-1", 'Grüße "你好" 🎉\n')
    found = store.outbox.load(KEY, "message-1")
    assert found.outgoing == Outgoing("message-1", "telegram", "main", "default", ADDRESS, 'Grüße "你好" 🎉\n')
    assert (found.state, found.part, found.attempts) == ("pending", 0, 0)
    assert store.outbox.load(KEY, "message-2") is None
    assert store.outbox.load("other#telegram#7", "message-1") is None


def test_a_turn_without_an_address_leaves_no_record(store: Store) -> None:
    assert store.sessions.store(KEY, Answer("message-1", "hello", "hi", "2026-01-01T00:00:00.000Z"), after=0)
    assert store.outbox.load(KEY, "message-1") is None


def test_an_answer_that_is_not_stored_leaves_the_record_as_it_is(store: Store) -> None:
    store.reply("message-1", "first")
    assert not store.reply("message-1", "second")
    assert store.outbox.load(KEY, "message-1").outgoing.reply == "first"


def test_parts_are_sent_one_after_another_and_the_last_one_ends_it(store: Store) -> None:
    store.reply("message-1")
    assert store.outbox.begin(KEY, "message-1", 0, 0)
    assert store.state("message-1") == ("sending", 0, 1)
    store.outbox.sent(KEY, "message-1", 0, last=False)
    assert store.state("message-1") == ("pending", 1, 1)
    assert not store.outbox.begin(KEY, "message-1", 0, 1), "a part that was sent is not sent again"
    assert store.outbox.begin(KEY, "message-1", 1, 1)
    store.outbox.sent(KEY, "message-1", 1, last=True)
    assert store.state("message-1") == ("sent", 2, 2)
    assert not store.outbox.begin(KEY, "message-1", 2, 2)


def test_of_many_senders_one_gets_the_part(store: Store) -> None:
    store.reply("message-1")
    assert sum(at_once(8, lambda: store.outbox.begin(KEY, "message-1", 0, 0))) == 1
    assert store.state("message-1") == ("sending", 0, 1)


def test_a_sender_that_comes_late_does_not_get_what_another_one_had(store: Store) -> None:
    store.reply("message-1")
    assert store.outbox.begin(KEY, "message-1", 0, 0)
    store.outbox.release(KEY, "message-1", 0)
    assert store.state("message-1") == ("pending", 0, 1)
    assert not store.outbox.begin(KEY, "message-1", 0, 0)
    assert store.outbox.begin(KEY, "message-1", 0, 1)


def test_what_was_sent_or_released_already_is_not_changed_by_saying_it_again(store: Store) -> None:
    store.reply("message-1")
    store.outbox.begin(KEY, "message-1", 0, 0)
    for _ in range(2):
        store.outbox.sent(KEY, "message-1", 0, last=False)
        store.outbox.release(KEY, "message-1", 0)
        assert store.state("message-1") == ("pending", 1, 1)


@pytest.mark.parametrize("state", ["failed", "unclear"])
def test_a_reply_that_will_not_be_sent_stays_so_and_its_text_is_forgotten(store: Store, state: Any) -> None:
    store.reply("message-1", "secret")
    store.outbox.begin(KEY, "message-1", 0, 0)
    store.outbox.fail(KEY, "message-1", state, "got 403")
    found = store.outbox.load(KEY, "message-1")
    assert (found.state, found.outgoing.reply, dict(found.outgoing.address)) == (state, "", {})
    store.outbox.sent(KEY, "message-1", 0, last=True)
    store.outbox.release(KEY, "message-1", 0)
    store.outbox.fail(KEY, "message-1", "failed" if state == "unclear" else "unclear", "other")
    assert store.state("message-1")[0] == state


def test_a_reply_takes_the_place_of_an_apology_and_whoever_has_the_apology_changes_nothing(store: Store) -> None:
    store.reply("message-1", "sorry", error=True)
    loaded = store.outbox.load(KEY, "message-1")
    assert store.reply("message-1", "better late", replaces=1)
    assert not store.outbox.begin(KEY, "message-1", 0, loaded.attempts), "it would send the apology as the reply"
    state, part, attempts = store.state("message-1")
    assert (state, part) == ("pending", 0)
    assert store.outbox.begin(KEY, "message-1", 0, attempts)
    assert store.outbox.load(KEY, "message-1").outgoing.reply == "better late"


def test_an_apology_that_is_being_sent_while_the_reply_comes_is_not_taken_for_it(store: Store) -> None:
    store.reply("message-1", "sorry", error=True)
    store.outbox.begin(KEY, "message-1", 0, 0)
    store.reply("message-1", "better late", replaces=1)
    store.outbox.sent(KEY, "message-1", 0, last=True)
    found = store.outbox.load(KEY, "message-1")
    assert (found.state, found.part, found.outgoing.reply) == ("pending", 0, "better late")


def test_a_record_expires_with_its_conversation(store: Store, clock: Any) -> None:
    store.reply("message-1")
    clock.now += DAY_SECONDS
    store.outbox.begin(KEY, "message-1", 0, 0)
    store.outbox.sent(KEY, "message-1", 0, last=True)
    clock.now += 2 * DAY_SECONDS - 1
    assert store.state("message-1")[0] == "sent", "as long as the message is known, it is not sent again"
    clock.now += 2
    assert store.outbox.load(KEY, "message-1") is None


def test_a_restart_finds_what_is_not_sent_in_the_order_of_the_replies(tmp_path: Path, clock: Any) -> None:
    database = Database(tmp_path / "assistant.db")
    store = Store(SqliteSessions(database, clock=clock), SqliteOutbox(database, clock=clock))
    for number in range(6):
        store.reply(f"message-{number}")
    store.outbox.begin(KEY, "message-1", 0, 0)
    store.outbox.begin(KEY, "message-2", 0, 0)
    store.outbox.sent(KEY, "message-2", 0, last=True)
    store.outbox.fail(KEY, "message-3", "failed", "gone")
    database.close()
    outbox = SqliteOutbox(Database(tmp_path / "assistant.db"), clock=clock)
    assert outbox.waiting(100) == [(KEY, f"message-{number}") for number in (0, 1, 4, 5)]
    assert outbox.waiting(2) == [(KEY, "message-0"), (KEY, "message-1")]


def test_the_begin_of_a_part_whose_answer_got_lost_is_not_taken_for_another_sender_s(table: str) -> None:
    """The client repeats the request by itself; the repeated one finds the part taken, by the first one."""
    real = aws.client("dynamodb")

    class Twice:
        exceptions = real.exceptions

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def update_item(self, **request: Any) -> Any:
            real.update_item(**request)
            return real.update_item(**request)

    store = Store(DynamoSessions(table), DynamoOutbox(table, client=Twice()))
    store.reply("message-1")
    assert store.outbox.begin(KEY, "message-1", 0, 0)
    assert not store.outbox.begin(KEY, "message-1", 0, 0)


def test_an_outbox_that_cannot_be_reached_is_told_as_unavailable(cloud: str) -> None:
    with pytest.raises(SessionsUnavailableError, match="GetItem"):
        DynamoOutbox("no-such-table").load(KEY, "message-1")
