"""Judges a resource's inputs and completes them: every mistake at once, then defaults and a made-up name."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from sandbox.docker.facts import NAMED
from sandbox.docker.properties import Property, ResourceType
from sandbox.provider.protocol import CheckQuestion, Failure, Naming
from sandbox.provider.values import UNKNOWN, Secret, has_secret, has_unknown, plain

DEFAULTS = "__defaults"
DIGITS = 7
LONGEST_NAME = 255
_KINDS = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "list": "a list",
    "set": "a list",
    "map": "an object",
    "object": "an object",
    "any": "a value",
}
_FITS: dict[str, type | tuple[type, ...]] = {
    "string": (str, int, float, bool),  # numbers and truth values become their text, as in the official provider
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "list": list,
    "set": list,
    "map": dict,
    "object": dict,
}
_TRUTHS = {"true": True, "false": False}


def judge(type_: ResourceType, given: Mapping[str, Any]) -> list[Failure]:
    """All mistakes in the inputs, in their order. Unknown values are never mistakes."""
    return list(_members(type_.inputs, given, "", hidden=False))


def _members(
    properties: Mapping[str, Property], given: Mapping[str, Any], path: str, *, hidden: bool
) -> Iterator[Failure]:
    for name, value in given.items():
        here = f"{path}.{name}".lstrip(".")
        if name.startswith("__") or value is None:
            continue
        if name in properties:
            yield from _value(properties[name], value, here, hidden=hidden)
        else:
            near = get_close_matches(name, properties, n=1)
            hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(sorted(properties))}"
            yield Failure(here, f"{here}: no such property; {hint}")
    for name, prop in properties.items():
        if prop.required and given.get(name) is None:
            here = f"{path}.{name}".lstrip(".")
            yield Failure(here, f"{here}: got nothing, expected {_KINDS[prop.kind]}; it is required")


def _value(prop: Property, value: Any, here: str, *, hidden: bool) -> Iterator[Failure]:
    hidden = hidden or isinstance(value, Secret)
    given = value.value if isinstance(value, Secret) else value
    if given is UNKNOWN or given is None:
        return
    inner: Any = _converted(prop, given)
    expected = _broken(prop, inner) if _fits(prop, inner) else _KINDS[prop.kind]
    if expected:
        shown = "a secret value" if hidden or has_secret(inner) else _show(inner)
        yield Failure(here, f"{here}: got {shown}, expected {expected}")
    elif prop.kind == "object":
        yield from _members(prop.members, inner, here, hidden=hidden)
    elif prop.element is not None:
        places = inner.items() if isinstance(inner, dict) else enumerate(inner)
        for place, item in places:
            yield from _value(prop.element, item, f"{here}[{json.dumps(place)}]", hidden=hidden)


def _fits(prop: Property, value: Any) -> bool:
    if prop.kind in ("integer", "number") and isinstance(value, bool):
        return False  # Python counts truth values among the numbers
    return isinstance(value, _FITS.get(prop.kind, object))


def _broken(prop: Property, value: Any) -> str | None:
    if prop.allowed and value not in prop.allowed:
        return f"one of {', '.join(prop.allowed)}"
    if prop.pattern and not re.fullmatch(prop.pattern, str(value)):
        return f"something like {prop.like}"
    if prop.least is not None and value < prop.least:
        return f"a number of at least {prop.least}"
    if prop.most is not None and value > prop.most:
        return f"a number of at most {prop.most}"
    return None


def _show(value: Any) -> str:
    if has_unknown(value):
        return "a value with unknown parts"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _converted(prop: Property, value: Any) -> Any:
    """Text where a number or truth value is wanted counts when it reads as one."""
    if isinstance(value, str) and prop.kind == "boolean":
        return _TRUTHS.get(value, value)
    if isinstance(value, str) and prop.kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value


def complete(type_: ResourceType, question: CheckQuestion) -> tuple[dict[str, Any], list[Failure]]:
    """Inputs that passed `judge` in their right kinds, with defaults and, where the program gives none, a name."""
    inputs = _completed(type_.inputs, question.news)
    if type_.name not in NAMED or inputs.get("name") is not None:
        return inputs, []
    before = question.olds or {}
    if "name" in before.get(DEFAULTS, []):
        made = before["name"]
    else:
        try:
            made = _made_name(question)
        except ValueError as problem:
            return inputs, [Failure("name", f"name: {problem}")]
    return {**inputs, "name": made, DEFAULTS: sorted([*inputs[DEFAULTS], "name"])}, []


def _completed(properties: Mapping[str, Property], given: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: _in_kind(properties[name], value) for name, value in given.items() if name in properties}
    kept = {name: value for name, value in kept.items() if value is not None}
    added = {n: p.default for n, p in properties.items() if p.default is not None and n not in kept}
    return {**kept, **added, DEFAULTS: sorted(added)}


def _in_kind(prop: Property, value: Any) -> Any:
    if isinstance(value, Secret):
        return Secret(_in_kind(prop, value.value))
    if value is UNKNOWN or value is None:
        return value
    if prop.kind == "object" and isinstance(value, dict):
        return _completed(prop.members, value)
    if prop.element is not None:
        element = prop.element
        if isinstance(value, dict):
            return {key: _in_kind(element, item) for key, item in value.items()}
        return [_in_kind(element, item) for item in value]
    if prop.kind == "string" and not isinstance(value, str):
        return json.dumps(value)
    return _converted(prop, value)


def _made_name(question: CheckQuestion) -> str:
    """The program's name and seven hexadecimal digits, the same for the same seed."""
    if question.naming is Naming.DISABLE:
        raise ValueError("got nothing, expected a name; automatic naming is switched off for this project")
    if question.naming is not None and question.proposed_name:
        return question.proposed_name
    prefix = f"{question.resource.name}-"
    if len(prefix) + DIGITS > LONGEST_NAME:
        raise ValueError(
            f"got {len(prefix) + DIGITS} characters, expected at most {LONGEST_NAME}; shorten the resource's name"
        )
    if question.seed:
        return prefix + hashlib.sha512(question.seed + prefix.encode()).hexdigest()[:DIGITS]
    return prefix + secrets.token_hex(4)[:DIGITS]


def without_marks(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain inputs without what the provider keeps for itself."""
    return {name: _bare(plain(value)) for name, value in values.items() if not name.startswith("__")}


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _bare(item) for name, item in value.items() if not name.startswith("__")}
    return [_bare(item) for item in value] if isinstance(value, list) else value
