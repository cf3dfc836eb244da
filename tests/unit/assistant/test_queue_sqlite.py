"""The queue of one machine: fair, quick however much waits, and whole after a crash."""

import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assistant.database import Database
from assistant.messages import Message
from assistant.queue import QueueUnavailableError, tables
from assistant.queue.sqlite import SqliteQueue
from tests.kit.queues import texts


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


def test_groups_take_turns_so_that_a_flood_in_one_holds_no_other_up(tmp_path: Path, make_message: Any) -> None:
    queue = SqliteQueue(tmp_path / "q.db")
    for number in range(50):
        queue.send(make_message(f"flood {number}", "conversation-flood"))
    for name in "abc":
        queue.send(make_message(name, f"conversation-{name}"))
    got: list[str] = []
    for _ in range(6):
        (delivery,) = queue.receive(1, 0)
        got += texts([delivery])
        queue.done(delivery)
    assert got == ["flood 0", "a", "b", "c", "flood 1", "flood 2"]
    assert len(queue.receive(10, 0)) == 10
    queue.close()


def test_a_batch_is_shared_by_the_groups_that_wait(tmp_path: Path, make_message: Any) -> None:
    queue = SqliteQueue(tmp_path / "q.db")
    for number in range(20):
        queue.send(make_message(f"flood {number}", "conversation-flood"))
    queue.send(make_message("other", "conversation-other"))
    assert texts(queue.receive(10, 0)) == [*(f"flood {number}" for number in range(5)), "other"]
    queue.close()


def test_a_group_with_several_messages_out_is_held_until_the_last_of_them_ends(
    tmp_path: Path, make_message: Any, clock: Any
) -> None:
    queue = SqliteQueue(tmp_path / "q.db", clock=clock)
    for number in range(4):
        queue.send(make_message(f"m{number}"))
    first, second, third = queue.receive(3, 0)
    queue.done(first)
    queue.retry(second, 2)
    queue.retry(third, 7)
    for wait, expected in ((3, []), (5, ["m1", "m2", "m3"])):
        clock.now += wait
        assert texts(queue.receive(10, 0)) == expected
    queue.close()


def test_many_threads_answer_everything_once_and_in_order(tmp_path: Path, make_message: Any) -> None:
    database = Database(tmp_path / "q.db")
    queue = SqliteQueue(database)
    got: list[tuple[str, int]] = []
    out: Counter[str] = Counter()
    broken: list[str] = []

    def work() -> None:
        while len(got) < 400:
            for delivery in queue.receive(1, 0.2):
                out[delivery.group] += 1
                if out[delivery.group] > 1:
                    broken.append(delivery.group)
                name, number = Message.from_body(delivery.body).text.split()
                got.append((name, int(number)))
                out[delivery.group] -= 1
                queue.done(delivery)

    def send(part: int) -> None:
        for number in range(20):
            for group in range(part, 20, 2):
                queue.send(make_message(f"{group} {number}", f"conversation-{group}"))

    with ThreadPoolExecutor(10) as pool:
        tasks = [pool.submit(work) for _ in range(8)] + [pool.submit(send, part) for part in range(2)]
        for task in tasks:
            task.result(60)
    assert not broken
    assert len(got) == 400
    for group in range(20):
        assert [number for name, number in got if name == str(group)] == list(range(20))
    assert queue.depth() == 0
    database.close()


def test_every_waiting_receiver_gets_a_message_when_as_many_come(tmp_path: Path, make_message: Any) -> None:
    queue = SqliteQueue(tmp_path / "q.db")
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(queue.receive, 1, 30) for _ in range(4)]
        begun = time.monotonic()
        for number in range(4):
            queue.send(make_message(str(number), f"conversation-{number}"))
        got = [texts(each.result(10)) for each in waiting]
    assert sorted(got) == [["0"], ["1"], ["2"], ["3"]]
    assert time.monotonic() - begun < 4, "nobody slept until it looked by itself"
    queue.close()


@pytest.mark.parametrize("spread", ["one group", "a group each"])
def test_ten_thousand_waiting_messages_make_no_step_slower(tmp_path: Path, make_message: Any, spread: str) -> None:
    database = Database(tmp_path / "q.db")
    queue = SqliteQueue(database)

    def instructions() -> int:
        """Of SQLite's machine, in tens, for a message's way through the queue."""
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        for connection in (database._writer, database.connection()):
            connection.set_progress_handler(count, 10)
        queue.send(make_message("another"))
        (delivery,) = queue.receive(1, 0)
        queue.retry(delivery, 0)
        (delivery,) = queue.receive(1, 0)
        queue.done(delivery)
        for connection in (database._writer, database.connection()):
            connection.set_progress_handler(None, 0)
        return counted

    for number in range(3):
        queue.send(make_message(str(number), f"conversation-{number}"))
    few = max(instructions() for _ in range(3))
    with database.transaction() as connection:
        for number in range(10_000):
            queue.put(connection, "flood" if spread == "one group" else f"group {number}", "{}")
            connection.execute("INSERT INTO sent VALUES (?,?)", (f"sent {number}", time.time()))
    assert max(instructions() for _ in range(3)) <= 1.5 * few
    database.close()


def test_no_statement_of_the_queue_reads_a_whole_table(tmp_path: Path) -> None:
    database = Database(tmp_path / "q.db", tables.SCHEMA)
    for name in ("FORGET_SENT", "REMEMBER_SENT", "FIRST", "HAND_OUT", "BURY", "DUE", "FREE", "HELD"):
        statement = getattr(tables, name)
        values: Any = {"old": 0, "id": "", "now": 0, "seq": 0} if ":" in statement else [0] * statement.count("?")
        plan = [row["detail"] for row in database.connection().execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert not [step for step in plan if step.startswith("SCAN") and "(subquery" not in step], f"{name}: {plan}"
        assert not [step for step in plan if "TEMP B-TREE" in step], f"{name}: {plan}"
    (plan,) = database.connection().execute(f"EXPLAIN QUERY PLAN {tables.NEXT}").fetchall()
    assert plan["detail"] == "SCAN groups USING COVERING INDEX groups_order", "and it stops at the first entry"
    database.close()
