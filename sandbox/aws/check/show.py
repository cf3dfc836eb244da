"""How a value is shown in a message: short, on one line, and never when it may be a secret."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sandbox.provider.values import UNKNOWN, AssetRef, Secret

_WIDEST = 60
_MOST = 12


def show(value: Any, hidden: bool = False) -> str:
    """`50000`, `"plain"`, `an object of 3 properties`, `a secret value`."""
    if hidden or isinstance(value, Secret):
        return "a secret value"
    if value is None:
        return "nothing"
    if value is UNKNOWN:
        return "an unknown value"
    if isinstance(value, AssetRef):
        return f"an {value.kind}"
    if isinstance(value, dict):
        return f"an object of {len(value)} properties"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDEST else f'{text[: _WIDEST - 2]}…" ({len(str(value))} characters)'


def one_of(values: Iterable[Any]) -> str:
    """`one of 0, 1, 3, …`; long lists are cut, with their number."""
    held = [str(value) if value != "" else '""' for value in values]
    if len(held) == 1:
        return held[0]
    rest = f" … ({len(held)} values)" if len(held) > _MOST else ""
    return f"one of {', '.join(held[:_MOST])}{rest}"


def between(low: float | None, high: float | None, unit: str) -> str:
    """`a number from 0 to 900`, `a number of at least 1`."""
    if low is not None and high is not None:
        return f"{unit} from {low} to {high}"
    return f"{unit} of at least {low}" if low is not None else f"{unit} of at most {high}"
