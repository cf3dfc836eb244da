"""Access tokens of providers: kept until shortly before they expire, fetched once however many need them."""

import threading

import pytest

from assistant.channels.contract import SendError
from assistant.channels.tokens import TokenCache


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("life", "kept"), [(7200, 6900), (600, 540), (3000, 2700)])
def test_a_token_is_kept_until_shortly_before_it_expires(life: float, kept: float) -> None:
    clock, fetched = Clock(), list[int]()
    cache = TokenCache(clock=clock)

    def fetch() -> tuple[str, float]:
        fetched.append(1)
        return f"token-{len(fetched)}", life

    assert cache.get("a", fetch) == "token-1"
    clock.now += kept - 1
    assert cache.get("a", fetch) == "token-1"
    clock.now += 1
    assert cache.get("a", fetch) == "token-2"
    assert cache.get("b", lambda: ("other", 1)) == "other"


def test_a_refused_token_is_fetched_again() -> None:
    cache = TokenCache(clock=Clock())
    assert cache.get("a", lambda: ("old", 7200)) == "old"
    cache.drop("a")
    cache.drop("unknown")
    assert cache.get("a", lambda: ("new", 7200)) == "new"


def test_a_failed_fetch_is_not_kept() -> None:
    cache = TokenCache(clock=Clock())

    def fail() -> tuple[str, float]:
        raise SendError("no")

    with pytest.raises(SendError):
        cache.get("a", fail)
    assert cache.get("a", lambda: ("new", 7200)) == "new"


def test_threads_that_need_the_same_token_wait_for_one_fetch_and_others_do_not() -> None:
    cache, begun, go = TokenCache(), threading.Event(), threading.Event()
    fetched: list[int] = []
    got: list[str] = []

    def fetch() -> tuple[str, float]:
        fetched.append(1)
        begun.set()
        assert go.wait(5)
        return "token", 7200

    threads = [threading.Thread(target=lambda: got.append(cache.get("a", fetch))) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert begun.wait(5)
    assert cache.get("b", lambda: ("other", 7200)) == "other"
    go.set()
    for thread in threads:
        thread.join(5)
    assert (len(fetched), got) == (1, ["token"] * 5)
