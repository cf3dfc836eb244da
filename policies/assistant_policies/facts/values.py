"""Turns what the policy SDK hands over into plain values. Nothing else in this package touches SDK objects.

On an unknown value the SDK's proxies raise from nearly every access, and the error ends the policy for the whole stack:
so values are read once, one by one, and an unknown becomes the marker UNKNOWN.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

# The wire's spellings of "not known before the update" (pulumi_policy.proxy): one for each kind of value.
UNKNOWN_ON_THE_WIRE = frozenset({
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58", "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
})  # fmt: skip
DEPTH_MAX = 60  # deeper than any real property; a hostile document must not exhaust the stack


class _Marker:
    """A value that stands for the lack of one. It has no truth: a rule that asks `if value:` must decide first."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __bool__(self) -> bool:
        raise TypeError(f"{self._name} is neither true nor false")


UNKNOWN: Final = _Marker("UNKNOWN")
ABSENT: Final = _Marker("ABSENT")


def plain(value: Any, depth: int = 0) -> Any:
    """A copy in dicts, lists and scalars with UNKNOWN leaves; whole numbers as int; without keys like `__defaults`."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_ON_THE_WIRE else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if value is None or isinstance(value, bool | int) or value is UNKNOWN:
        return value
    if depth > DEPTH_MAX:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {str(key): _at(value, key, depth) for key in value if not str(key).startswith("__")}
    if isinstance(value, Sequence):
        return [_at(value, index, depth) for index in range(len(value))]
    return value  # assets and archives: nothing that a rule reads


def _at(holder: Any, key: Any, depth: int) -> Any:
    try:
        return plain(holder[key], depth + 1)
    except Exception:  # the SDK's UnknownValueError; whatever else cannot be read is not known either
        return UNKNOWN


def dig(value: Any, *path: str | int) -> Any:
    """The value at a path: ABSENT where there is nothing (null counts as nothing), UNKNOWN where it cannot be known.

    A step into what has no such steps, such as a name into a number, is UNKNOWN: the value is broken, not left out.
    """
    for step in path:
        if value is None or value is ABSENT:
            return ABSENT
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if 0 <= step < len(value) else None
        else:
            return UNKNOWN
    return ABSENT if value is None else value


def parsed(text: str) -> Any:
    """What a JSON text says. Raises ValueError for none, one nested too deeply, and one with a name twice."""
    try:
        read = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level, depth = [read], 0
    while level := [inner for value in level for inner in _parts(value)]:
        depth += 1
        if depth > DEPTH_MAX:
            raise ValueError("nested too deeply")
    return read


def document(value: Any) -> dict[str, Any]:
    """A JSON object, written as text or given as it is. Raises ValueError for anything else, UNKNOWN included."""
    read = parsed(value) if isinstance(value, str) else value
    if not isinstance(read, dict):
        raise ValueError("no JSON object")
    return read


def _parts(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are there once: readers differ in which of two they take."""
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a name twice in one object")
    return read


def texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every known text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif depth <= DEPTH_MAX and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item, depth + 1)


def has_unknown(value: Any, depth: int = 0) -> bool:
    """True when any part of the value is not known."""
    if value is UNKNOWN or depth > DEPTH_MAX:
        return True
    if isinstance(value, dict):
        return any(has_unknown(item, depth + 1) for item in value.values())
    return isinstance(value, list) and any(has_unknown(item, depth + 1) for item in value)
