"""Structured logs: one JSON object per line on stderr. What people write and what models reply never goes in."""

import json
import sys
import time
import traceback

Value = str | int | float | bool | None


def event(name: str, *, level: str = "INFO", **fields: Value) -> None:
    """Writes one line. Fields are identifiers, counts and durations."""
    line = {"level": level, "time": round(time.time(), 3), "event": name, **fields}
    sys.stderr.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stderr.flush()


def failure(name: str, error: BaseException, **fields: Value) -> None:
    """Writes one line about an exception: its type and place. Its text may quote a message, so it stays out."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    told = str(error) if getattr(error, "safe_to_log", False) else ""
    event(name, level="ERROR", error=type(error).__name__, place=place, detail=told, **fields)
