"""What every cache does; the same tests run on memory, SQLite, DynamoDB and Valkey. Then the tiers together."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakeredis import TcpFakeServer

from assistant import aws, cache, metrics
from assistant.cache import key_of
from assistant.cache.dynamodb import DynamoCache
from assistant.cache.memory import ENTRY_BYTES, MemoryCache
from assistant.cache.sqlite import SqliteCache
from assistant.cache.tiered import LEARNT_SECONDS, REST_SECONDS, TieredCache
from assistant.cache.valkey import ValkeyCache
from assistant.config import CacheConfig, Config, ConfigError
from assistant.database import Database
from tests.kit.measuring import measured

KEY = key_of("acme", "0" * 64)
OTHER = key_of("other", "0" * 64)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "assistant.db")
    yield made
    made.close()


@pytest.fixture
def valkey_url(tmp_path: Path) -> Iterator[str]:
    """A reference to the URL of a server that speaks Valkey's protocol."""
    server = TcpFakeServer(("127.0.0.1", 0), server_type="valkey")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    file = tmp_path / "valkey-url"
    file.write_text(f"valkey://127.0.0.1:{server.server_address[1]}/0")
    yield f"file:{file}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(params=["memory", "sqlite", "dynamodb", "valkey"])
def kept(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each implementation, and how time passes for it."""
    clock = request.getfixturevalue("clock")
    if request.param == "memory":
        yield MemoryCache(clock=clock)
    elif request.param == "sqlite":
        yield SqliteCache(request.getfixturevalue("database"), clock=clock)
    elif request.param == "dynamodb":
        yield DynamoCache(request.getfixturevalue("table"), clock=clock)
    else:
        made = ValkeyCache(request.getfixturevalue("valkey_url"), timeout_s=5)
        yield made
        made.close()


@pytest.fixture
def counted() -> Iterator[Callable[..., float]]:
    metrics.use_prometheus()
    yield lambda tier, outcome: measured("assistant_cache_lookups_total", tier=tier, outcome=outcome)
    metrics.use_none()


def test_what_was_put_is_found_as_it_was(kept: Any) -> None:
    text = "Grüße 🙂\n\n```py\nx = '#'\n```"
    assert kept.get(KEY) is None
    kept.put(KEY, text, 60)
    assert kept.get(KEY) == text
    kept.put(KEY, "newer", 60)
    assert kept.get(KEY) == "newer"


def test_no_tenant_finds_what_another_was_told(kept: Any) -> None:
    kept.put(KEY, "of acme", 60)
    assert kept.get(OTHER) is None
    kept.put(OTHER, "of other", 60)
    assert (kept.get(KEY), kept.get(OTHER)) == ("of acme", "of other")


def test_what_has_expired_is_not_found(kept: Any, clock: Any, until: Any) -> None:
    if isinstance(kept, ValkeyCache):  # its server has a clock of its own
        kept.put(KEY, "brief", 0.05)
        until(lambda: kept.get(KEY) is None)
    else:
        kept.put(KEY, "brief", 60)
        clock.now += 59
        assert kept.get(KEY) == "brief"
        clock.now += 2
        assert kept.get(KEY) is None
    kept.put(KEY, "again", 60)
    assert kept.get(KEY) == "again"


def test_a_long_reply_is_kept(kept: Any) -> None:
    text = "ü" * 60_000
    kept.put(KEY, text, 60)
    assert kept.get(KEY) == text


def test_memory_is_bounded_by_entries_and_the_least_used_leave_first() -> None:
    memory = MemoryCache(entries=2)
    memory.put("a", "1", 60)
    memory.put("b", "2", 60)
    assert memory.get("a") == "1"
    memory.put("c", "3", 60)
    assert [memory.get(key) for key in "abc"] == ["1", None, "3"]


def test_memory_is_bounded_by_bytes() -> None:
    memory = MemoryCache(most_bytes=2 * (ENTRY_BYTES + 1001))
    memory.put("a", "x" * 1000, 60)
    memory.put("b", "x" * 1000, 60)
    assert memory.size == (2, 2 * (ENTRY_BYTES + 1001))
    memory.put("c", "ü" * 500, 60)
    assert [memory.get(key) is None for key in "abc"] == [True, False, False]
    memory.put("b", "x" * 100_000, 60)
    assert memory.get("b") is None
    assert memory.get("c") is not None
    memory.put("c", "x", 60)
    assert memory.size == (1, ENTRY_BYTES + 2)


def test_memory_stays_bounded_under_many_threads() -> None:
    memory = MemoryCache(entries=50)

    def work(start: int) -> None:
        for number in range(start, start + 500):
            memory.put(str(number), "x", 60)
            memory.get(str(number - 3))

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 250, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries, size = memory.size
    assert entries == 50
    assert size <= 50 * (ENTRY_BYTES + 5)


def test_the_file_forgets_what_has_expired(database: Database, clock: Any) -> None:
    made = SqliteCache(database, clock=clock)
    for number in range(12):
        made.put(key_of("acme", str(number)), "x", 60)
    clock.now += 61
    for number in range(2):
        made.put(key_of("acme", f"new {number}"), "x", 60)
    assert database.connection().execute("SELECT count(*) FROM cached").fetchone()[0] == 2


def test_a_table_s_item_is_in_its_tenant_s_partition_and_carries_its_expiry(table: str, clock: Any) -> None:
    clock.now = 1_000_000.5
    DynamoCache(table, clock=clock).put(KEY, "hi", 60)
    (item,) = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert item == {
        "pk": {"S": "acme#cache"}, "sk": {"S": "0" * 64}, "text": {"S": "hi"}, "expires_at": {"N": "1000061"},
    }  # fmt: skip


def test_a_valkey_that_is_not_there_is_told_within_its_timeout(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # takes connections and never answers
        (tmp_path / "url").write_text(f"valkey://127.0.0.1:{silent.getsockname()[1]}")
        made = ValkeyCache(f"file:{tmp_path / 'url'}")
        begun = time.monotonic()
        with pytest.raises(Exception, match="Timeout"):
            made.get(KEY)
        assert time.monotonic() - begun < 2
        made.close()


class Failing:
    """A cache that is away."""

    def __init__(self) -> None:
        self.asked = 0

    def get(self, key: str) -> str | None:
        self.asked += 1
        raise OSError("away: hello")

    def put(self, key: str, text: str, ttl_s: float) -> None:
        self.asked += 1
        raise OSError("away: hello")


def test_a_faster_tier_learns_from_a_slower_one_for_a_while(clock: Any, counted: Any) -> None:
    fast, slow = MemoryCache(clock=clock), MemoryCache(clock=clock)
    tiers = TieredCache([("fast", fast), ("slow", slow)])
    assert tiers.get(KEY) is None
    slow.put(KEY, "known", 3600)
    assert tiers.get(KEY) == "known"
    assert tiers.get(KEY) == "known"
    assert [counted("fast", "miss"), counted("fast", "hit")] == [2, 1]
    assert [counted("slow", "miss"), counted("slow", "hit")] == [1, 1]
    clock.now += LEARNT_SECONDS + 1
    assert fast.get(KEY) is None
    assert slow.get(KEY) == "known"


def test_every_tier_keeps_what_is_put(clock: Any) -> None:
    fast, slow = MemoryCache(clock=clock), MemoryCache(clock=clock)
    TieredCache([("fast", fast), ("slow", slow)]).put(KEY, "hi", 60)
    assert (fast.get(KEY), slow.get(KEY)) == ("hi", "hi")


def test_a_tier_that_fails_is_a_miss_and_rests(clock: Any, counted: Any, capsys: pytest.CaptureFixture[str]) -> None:
    away, here = Failing(), MemoryCache()
    tiers = TieredCache([("away", away), ("here", here)], clock=clock)
    here.put(KEY, "hi", 60)
    assert [tiers.get(KEY) for _ in range(3)] == ["hi", "hi", "hi"]
    tiers.put(KEY, "newer", 60)
    assert away.asked == 1
    assert counted("away", "error") == 1
    clock.now += REST_SECONDS
    assert tiers.get(KEY) == "newer"
    assert away.asked == 2
    assert "hello" not in capsys.readouterr().err


def test_the_switch_chooses_the_tiers(database: Database, valkey_url: str, cloud: str) -> None:
    def tiers(kind: str, **where: Any) -> list[tuple[str, type]]:
        made: Any = cache.build(Config(cache=CacheConfig(kind, url_ref=valkey_url)), **where)
        return [(name, type(tier)) for name, tier in made._tiers]

    assert cache.build(Config(), database=database) is None
    assert tiers("memory") == [("memory", MemoryCache)]
    assert tiers("table", database=database) == [("memory", MemoryCache), ("table", SqliteCache)]
    assert tiers("table", table="records") == [("memory", MemoryCache), ("table", DynamoCache)]
    assert tiers("valkey", table="records") == [("memory", MemoryCache), ("valkey", ValkeyCache)]


def test_a_table_that_is_not_named_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="ASSISTANT_RECORDS_TABLE: got nothing"):
        cache.build(Config(cache=CacheConfig("table")))


def test_valkey_without_its_client_is_a_mistake_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="the Python package valkey is not installed"):
        cache.build(Config(cache=CacheConfig("valkey", url_ref="file:/url")))
