"""Durations as texts such as `1m30s`, the way Docker writes them."""

from __future__ import annotations

import re

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def nanoseconds(text: str) -> int:
    """`1.5s` as 1500000000. The text has passed the check of its property."""
    return sum(round(float(number) * _UNITS[unit]) for number, unit in _PART.findall(text))


def duration_text(value: int) -> str:
    """1500000000 as `1.5s`, 60000000000 as `1m0s`, 0 as `0s`."""
    if value < _UNITS["s"]:
        unit = "ms" if value >= _UNITS["ms"] else "µs" if value >= _UNITS["us"] else "ns"
        return f"{value / _UNITS[unit]:.10g}{unit}" if value else "0s"
    hours, rest = divmod(value, _UNITS["h"])
    minutes, rest = divmod(rest, _UNITS["m"])
    seconds = f"{rest / _UNITS['s']:.10g}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
