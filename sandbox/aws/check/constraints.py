"""Judges one value against the facts about its property: kind, allowed values, bounds, patterns, formats."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sandbox.aws.check.formats import FORMATS
from sandbox.aws.check.show import between, one_of
from sandbox.aws.facts import Property
from sandbox.provider.values import AssetRef, has_unknown

KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "a string",
    "list": "a list",
    "set": "a list",
    "map": "a map",
    "object": "an object",
}


def wrong_kind(prop: Property, kind: str, value: Any) -> str | None:
    """What was expected when `value` is of another kind; None when it fits. Strings that read as numbers fit."""
    if prop.get("asset"):
        return None if isinstance(value, AssetRef) else "an asset or an archive"
    if isinstance(value, AssetRef):
        return KINDS.get(kind)
    fits = {
        "bool": isinstance(value, bool) or value in ("true", "false"),
        "int": _is_number(value, whole=True),
        "float": _is_number(value, whole=False),
        "string": isinstance(value, str),
        "list": isinstance(value, list),
        "set": isinstance(value, list),
        "map": isinstance(value, dict),
        "object": isinstance(value, dict),
    }
    return None if fits.get(kind, True) else KINDS[kind]


def _is_number(value: Any, whole: bool) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        return bool(re.fullmatch(r"-?\d+" if whole else r"-?\d+(\.\d+)?", value))
    return isinstance(value, int) or (isinstance(value, float) and (not whole or value.is_integer()))


def broken(facts: Property, value: Any) -> Iterator[str]:
    """What was expected, once for each constraint that a scalar (or a collection as a whole) breaks."""
    if isinstance(value, list):
        yield from _count(facts, value)
        return
    if facts.get("no_zero") and value in ("", 0, False):
        yield "a value other than zero or empty"
        return
    if "enum" in facts and not _among(value, facts["enum"], facts.get("ignore_case", False)):
        yield one_of(facts["enum"])
    if "not_enum" in facts and value in facts["not_enum"]:
        yield f"anything but {one_of(facts['not_enum'])}"
    if isinstance(value, str):
        yield from _text(facts, value)
    if "any_of" in facts and all(any(True for _ in broken(choice, value)) for choice in facts["any_of"]):
        yield " or ".join(dict.fromkeys(next(broken(choice, value)) for choice in facts["any_of"]))
    number = _number(value)
    if number is not None:
        yield from _bounds(facts, number)


def _among(value: Any, allowed: list[Any], ignore_case: bool) -> bool:
    if ignore_case and isinstance(value, str):
        return value.lower() in [str(item).lower() for item in allowed]
    return value in allowed or str(value) in [str(item) for item in allowed if not isinstance(item, bool)]


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return None


def _bounds(facts: Property, number: float) -> Iterator[str]:
    low, high = facts.get("range") or (None, None)
    if (low is not None and number < low) or (high is not None and number > high):
        yield between(low, high, "a number")
    if "exclusive_min" in facts and number <= facts["exclusive_min"]:
        yield f"a number above {facts['exclusive_min']}"
    if "multiple_of" in facts and number % facts["multiple_of"]:
        yield f"a multiple of {facts['multiple_of']}"


def _text(facts: Property, text: str) -> Iterator[str]:
    low, high = facts.get("length") or (None, None)
    if (low is not None and len(text) < low) or (high is not None and len(text) > high):
        yield between(low, high, "a string with a number of characters")
    for pattern in _several(facts.get("pattern")):
        if (compiled := _compiled(pattern)) and not compiled.search(text):
            yield f"a string that matches {pattern}"
    for pattern in _several(facts.get("not_pattern")):
        if (compiled := _compiled(pattern)) and compiled.search(text):
            yield f"a string that does not match {pattern}"
    known = FORMATS.get(facts.get("format", ""))
    if known and text and not known[0](text):  # the provider lets an empty string stand for "not set"
        yield known[1]
    elif "prefix_length" in facts and text:
        low, high = facts["prefix_length"]
        if not low <= ipaddress.ip_network(text, strict=False).prefixlen <= high:
            yield f"a network with {low} to {high} significant bits"


def _several(patterns: str | list[str] | None) -> list[str]:
    return [] if patterns is None else [patterns] if isinstance(patterns, str) else patterns


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for a pattern that Python's syntax does not have (Unicode classes): it is then not judged."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _count(facts: Property, items: list[Any]) -> Iterator[str]:
    low, high = facts.get("min_items"), facts.get("max_items")
    if low is not None and len(items) < low and not has_unknown(items):
        yield f"at least {low} elements"
    if high is not None and len(items) > high:
        yield f"at most {high} elements"
