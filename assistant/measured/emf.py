"""Metrics of a function: lines on stdout, from which CloudWatch makes metrics by itself (embedded metric format)."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from assistant.metrics import COUNTER, GAUGE, METRICS, NAMESPACE

MOST_METRICS = 100  # of one line, and as many values of one metric: what the format takes

Series = tuple[str, tuple[str, ...]]


class EmbeddedMetrics:
    """The `Backend` protocol. One line for each set of labels, when flushed: a line for each value would cost more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Series, list[float]] = {}

    def record(self, name: str, value: float, labels: tuple[str, ...]) -> None:
        """See `Backend`."""
        kind = METRICS[name].kind
        with self._lock:
            values = self._values.setdefault((name, labels), [])
            if kind == COUNTER and values:
                values[0] += value
            elif kind == GAUGE:
                values[:] = [value]
            else:
                values.append(value)

    def flush(self) -> None:
        """See `Backend`."""
        with self._lock:
            values, self._values = self._values, {}
        lines = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in _lines(values))
        if lines:
            sys.stdout.write(lines)
            sys.stdout.flush()

    def exposition(self) -> tuple[bytes, str]:
        """Nothing: CloudWatch reads the lines."""
        return b"", "text/plain; charset=utf-8"


def _lines(values: dict[Series, list[float]]) -> Iterator[dict[str, Any]]:
    at = int(time.time() * 1000)

    def split(series: Series) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return METRICS[series[0]].labels, series[1]

    for (labels, told), grouped in groupby(sorted(values, key=split), key=split):
        left = {name: values[name, given] for name, given in grouped}
        while left:  # mostly once: few metrics share their labels, and an invocation observes little
            taken = {name: left[name][:MOST_METRICS] for name in list(left)[:MOST_METRICS]}
            left = {name: kept[len(taken.get(name, ())) :] for name, kept in left.items()}
            left = {name: kept for name, kept in left.items() if kept}
            yield _line(at, labels, told, taken)


def _line(at: int, labels: tuple[str, ...], told: tuple[str, ...], taken: dict[str, list[float]]) -> dict[str, Any]:
    told_of = [{"Name": name, "Unit": METRICS[name].unit} for name in taken]
    about = {"Namespace": NAMESPACE, "Dimensions": [list(labels)], "Metrics": told_of}
    measured = {name: values[0] if len(values) == 1 else values for name, values in taken.items()}
    # CloudWatch refuses an empty dimension value, and one of more than 1,024 characters.
    dimensions = {label: value[:1024] or "none" for label, value in zip(labels, told, strict=True)}
    return {"_aws": {"Timestamp": at, "CloudWatchMetrics": [about]}, **dimensions, **measured}
