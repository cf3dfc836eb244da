"""Structured logs: one JSON object per line on stderr. What people write and what models reply never goes in."""

import json
import os
import sys
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

Value = str | int | float | bool | None

_bound: ContextVar[dict[str, Value] | None] = ContextVar("bound", default=None)


@contextmanager
def bound(**fields: Value) -> Generator[None]:
    """Lines written inside the block carry these fields, such as the message's correlation id."""
    token = _bound.set({**(_bound.get() or {}), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def event(name: str, *, level: str = "INFO", **fields: Value) -> None:
    """Writes one line. Fields are identifiers, counts and durations."""
    line = {"level": level, "time": round(time.time(), 3), "event": name, **(_bound.get() or {}), **fields}
    sys.stderr.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stderr.flush()


def failure(name: str, error: BaseException, **fields: Value) -> None:
    """Writes one line about an exception: its type and place. Its text may quote a message, so it stays out."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    told = str(error) if getattr(error, "safe_to_log", False) else ""
    event(name, level="ERROR", error=type(error).__name__, place=place, detail=told, **fields)


def reason(error: BaseException) -> str:
    """What may be kept of an exception: its type, and its text where that quotes nobody."""
    told = f": {error}" if getattr(error, "safe_to_log", False) else ""
    return f"{type(error).__name__}{told}"[:500]


def shown(text: str) -> str:
    """A message's text for a log line: masked, unless ASSISTANT_LOG_TEXT=true says that it may be read there."""
    if os.environ.get("ASSISTANT_LOG_TEXT") == "true":
        return text
    return f"<{len(text)} characters>"
