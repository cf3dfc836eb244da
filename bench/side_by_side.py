"""Times two things in turn, A B A B ..., so that a machine whose speed drifts drifts for both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Seconds of each run of A and of B, in the order in which they ran."""

    a: tuple[float, ...]
    b: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median of A/B, pair by pair."""
        return statistics.median(x / y for x, y in zip(self.a, self.b, strict=True))

    @property
    def spread(self) -> tuple[float, float]:
        """Least and greatest A/B of a pair: how noisy the machine was."""
        ratios = [x / y for x, y in zip(self.a, self.b, strict=True)]
        return min(ratios), max(ratios)


def seconds(action: Callable[[], object]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def in_turn(a: Callable[[], object], b: Callable[[], object], runs: int, warm_up: int = 1) -> Pair:
    """Runs both `runs` times in turn, after `warm_up` pairs that do not count."""
    for _ in range(warm_up):
        a()
        b()
    pairs = [(seconds(a), seconds(b)) for _ in range(runs)]
    return Pair(tuple(x for x, _ in pairs), tuple(y for _, y in pairs))
