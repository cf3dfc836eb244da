"""What every count of usage does; the same tests run on SQLite and on DynamoDB."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import aws, usage
from assistant.config import ConfigError
from assistant.database import Database
from assistant.usage import KEPT_SECONDS, Spent
from assistant.usage.dynamodb import DynamoUsage
from assistant.usage.sqlite import SqliteUsage

DAY = "2026-01-31"
ONE, TWO = "acme#web#conversation-1", "acme#web#conversation-2"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "assistant.db")
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "dynamodb"])
def counts(request: pytest.FixtureRequest, clock: Any) -> Any:
    if request.param == "dynamodb":
        return DynamoUsage(request.getfixturevalue("table"), clock=clock)
    return SqliteUsage(request.getfixturevalue("database"), clock=clock)


def test_nothing_was_spent_before_the_first_reply(counts: Any) -> None:
    assert counts.spent("acme", DAY) == Spent()
    assert counts.spent("acme", DAY, ONE) == Spent()


def test_what_replies_took_is_summed_for_tenant_and_conversation(counts: Any) -> None:
    counts.add("acme", ONE, DAY, 10, 3, 0.25)
    counts.add("acme", ONE, DAY, 20, 4, 0.5)
    counts.add("acme", TWO, DAY, 1, 1, 0.125)
    assert counts.spent("acme", DAY, ONE) == Spent(30, 7, 0.75)
    assert counts.spent("acme", DAY, TWO) == Spent(1, 1, 0.125)
    assert counts.spent("acme", DAY) == Spent(31, 8, 0.875)
    assert counts.spent("acme", DAY).tokens == 39


def test_tenants_and_days_are_counted_apart(counts: Any) -> None:
    counts.add("acme", ONE, DAY, 10, 3, 0.25)
    counts.add("acme", ONE, "2026-02-01", 1, 1, 0)
    assert counts.spent("other", DAY) == Spent()
    assert counts.spent("other", DAY, ONE) == Spent()
    assert counts.spent("acme", "2026-02-01") == Spent(1, 1, 0)
    assert counts.spent("acme", DAY) == Spent(10, 3, 0.25)


def test_a_fraction_of_a_cent_is_not_lost(counts: Any) -> None:
    for _ in range(10):
        counts.add("acme", ONE, DAY, 1, 1, 0.00000015)
    assert counts.spent("acme", DAY).usd == pytest.approx(0.0000015, rel=1e-6)


def test_what_is_added_at_the_same_time_all_counts(counts: Any) -> None:
    def work(conversation: str) -> None:
        for _ in range(10):
            counts.add("acme", conversation, DAY, 2, 1, 0.5)

    threads = [threading.Thread(target=work, args=(conversation,)) for conversation in (ONE, TWO, ONE, TWO)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.spent("acme", DAY) == Spent(80, 40, 20.0)
    assert counts.spent("acme", DAY, ONE) == Spent(40, 20, 10.0)


def test_the_file_forgets_days_that_are_long_past(database: Database, clock: Any) -> None:
    counts = SqliteUsage(database, clock=clock)
    counts.add("acme", ONE, DAY, 1, 1, 0)
    clock.now += KEPT_SECONDS - 1
    counts.add("acme", ONE, "2026-05-10", 1, 1, 0)
    assert counts.spent("acme", DAY) == Spent(1, 1, 0)
    clock.now += 2
    counts.add("acme", ONE, "2026-05-10", 1, 1, 0)
    assert counts.spent("acme", DAY) == Spent()


def test_a_table_s_items_are_in_their_tenant_s_partition_and_carry_their_expiry(table: str, clock: Any) -> None:
    counts = DynamoUsage(table, clock=clock)
    counts.add("acme", ONE, DAY, 1, 2, 0.5)
    items = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert {(item["pk"]["S"], item["sk"]["S"]) for item in items} == {
        ("acme#usage", f"{DAY}#"), ("acme#usage", f"{DAY}#{ONE}"),
    }  # fmt: skip
    assert {int(item["expires_at"]["N"]) for item in items} == {int(clock.now) + KEPT_SECONDS}


def test_usage_needs_a_place(database: Database, cloud: str) -> None:
    assert isinstance(usage.build(database=database), SqliteUsage)
    assert isinstance(usage.build(table="records"), DynamoUsage)
    with pytest.raises(ConfigError, match="ASSISTANT_RECORDS_TABLE: got nothing"):
        usage.build()
