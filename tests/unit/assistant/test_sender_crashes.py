"""The sender and what may end at any moment: the process, the store, the provider's connection."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import aws
from assistant.channels.contract import SendError
from assistant.database import Database
from assistant.outbox import Outgoing, dynamodb, sqlite
from assistant.sender import NotSentError
from tests.kit.sending import ID, KEY, Bench, Crash, Provider, Records, Time, UnavailableError

LATER = 4_000_000_000


@pytest.fixture
def bench() -> Bench:
    return Bench(Records(), Provider(), Time())


def resending(bench: Bench) -> None:
    bench.provider.rules = replace(bench.provider.rules, resend_unclear=True)


def crash_at(bench: Bench, step: str, when: str, occasion: int, error: type[BaseException]) -> None:
    seen = 0

    def fault(at: str, then: str) -> None:
        nonlocal seen
        if (at, then) == (step, when):
            seen += 1
            if seen == occasion:
                raise error

    bench.records.fault = fault
    bench.provider.during = lambda: fault("call", "before")


STEPS = [("load", "before"), ("begin", "before"), ("begin", "after"), ("call", "before"), ("sent", "before"),
         ("sent", "after")]  # fmt: skip


@pytest.mark.parametrize("occasion", [1, 2, 3])
@pytest.mark.parametrize(("step", "when"), STEPS)
def test_a_crash_at_any_step_sends_nothing_twice(bench: Bench, step: str, when: str, occasion: int) -> None:
    bench.records.put("one|two|three")
    crash_at(bench, step, when, occasion, Crash)
    bench.until_done()
    lost = ["one", "two", "three"][occasion - 1] if (step, when) == ("begin", "after") else None
    assert bench.provider.texts == [text for text in ("one", "two", "three") if text != lost]
    assert bench.records.state() in {"sent", "unclear"}


@pytest.mark.parametrize("occasion", [1, 2, 3])
@pytest.mark.parametrize(("step", "when"), STEPS)
def test_where_repeats_are_dropped_a_crash_at_any_step_loses_nothing_either(
    bench: Bench, step: str, when: str, occasion: int
) -> None:
    resending(bench)
    bench.records.put("one|two|three")
    crash_at(bench, step, when, occasion, Crash)
    bench.until_done()
    assert bench.provider.texts == ["one", "two", "three"]
    assert bench.records.state() == "sent"


@pytest.mark.parametrize(
    ("step", "when"), [("load", "before"), ("begin", "before"), ("begin", "after"), ("sent", "before")]
)
def test_a_store_that_does_not_answer_for_a_moment_loses_and_repeats_nothing(
    bench: Bench, step: str, when: str
) -> None:
    bench.records.put("one|two|three")
    crash_at(bench, step, when, 2 if step != "load" else 1, UnavailableError)
    bench.until_done()
    assert bench.provider.texts == ["one", "two", "three"]
    assert bench.records.state() == "sent"


def test_a_part_that_was_sent_and_could_not_be_recorded_is_remembered(bench: Bench) -> None:
    bench.records.put("one|two")
    sender, down = bench.sender(), True

    def fault(step: str, when: str) -> None:
        if down and step == "sent" and when == "before":
            raise UnavailableError

    bench.records.fault = fault
    with pytest.raises(UnavailableError):
        bench.deliver(sender)
    assert bench.records.state() == "sending"
    down = False
    bench.deliver(sender)
    assert bench.provider.texts == ["one", "two"]
    assert bench.records.state() == "sent"


def test_a_part_that_was_not_sent_and_could_not_be_released_is_remembered(bench: Bench) -> None:
    bench.records.put("one")
    sender = bench.sender()

    def fault(step: str, when: str) -> None:
        if step == "release" and when == "before":
            bench.records.fault = lambda step, when: None
            raise UnavailableError

    bench.records.fault = fault
    bench.provider.answers = [SendError("503", passing=True)]
    with pytest.raises(NotSentError):
        bench.deliver(sender)
    assert bench.records.state() == "sending"
    bench.deliver(sender)
    assert bench.provider.texts == ["one"]


@pytest.fixture(params=["sqlite", "dynamodb"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A bench on a real outbox with a reply of three parts."""
    outgoing = Outgoing(ID, "telegram", "main", "default", {"chat": "7"}, "one|two|three")
    if request.param == "dynamodb":
        table = request.getfixturevalue("table")
        made = {"Update": dynamodb.put(table, KEY, outgoing, LATER)}
        aws.client("dynamodb").transact_write_items(TransactItems=[made])
        yield Bench(dynamodb.DynamoOutbox(table), Provider(), Time())
        return
    database = Database(tmp_path / "outbox.db")
    records = sqlite.SqliteOutbox(database)
    database.write(lambda connection: sqlite.put(connection, KEY, outgoing, LATER))
    yield Bench(records, Provider(), Time())
    database.close()


def test_both_outboxes_keep_how_far_a_reply_got(real: Bench) -> None:
    real.provider.answers = [None, SendError("429", passing=True, wait_s=3), None]
    with pytest.raises(NotSentError, match="429"):
        real.deliver()
    assert real.records.load(KEY, ID).part == 1
    real.deliver()
    real.deliver()
    assert real.provider.texts == ["one", "two", "three"]
    assert real.records.load(KEY, ID).state == "sent"


def test_both_outboxes_tell_that_a_sender_is_gone(real: Bench) -> None:
    def crash() -> None:
        if real.provider.texts == ["one", "two"]:
            raise Crash

    real.provider.during = crash
    with pytest.raises(Crash):
        real.deliver()
    assert real.records.load(KEY, ID).state == "sending"
    real.deliver()
    assert real.provider.texts == ["one", "two", "three"]
    assert real.records.load(KEY, ID).state == "unclear"


def test_both_outboxes_keep_a_failure(real: Bench) -> None:
    real.provider.answers = [SendError("403")]
    real.deliver()
    real.deliver()
    assert (real.provider.texts, real.records.load(KEY, ID).state) == ([], "failed")
