"""Judges rules over several properties: conflicts, exactly one of, at least one of, required with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.facts import Property, TypeFacts, nested
from sandbox.provider.protocol import Failure
from sandbox.provider.values import UNKNOWN


def broken_relations(facts: TypeFacts, given: dict[str, Any]) -> Iterator[Failure]:
    """Every relation that the plain values break; a group that several properties name is reported once."""
    reported: set[tuple[str, frozenset[str]]] = set()
    for path, prop in _walk(facts.properties, given, ""):
        for kind in ("conflicts", "exactly_one_of", "at_least_one_of", "required_with"):
            if kind in prop:
                yield from _once(reported, kind, path, prop[kind], given)
    for rule in facts.rules:
        for kind, names in rule.items():
            if kind in ("conflicts", "exactly_one_of", "at_least_one_of", "required_with"):
                yield from _once(reported, kind, names[0], names, given)


def _walk(properties: Mapping[str, Property], given: Any, path: str) -> Iterator[tuple[str, Property]]:
    """Properties with their dotted paths, through the single objects that are there."""
    for name, prop in properties.items():
        here = f"{path}.{name}".lstrip(".")
        yield here, prop
        members = nested(prop)
        inner = given.get(name) if isinstance(given, dict) else None
        if prop.get("type") == "object" and members is not None and isinstance(inner, dict):
            yield from _walk(members, inner, here)


def _once(
    reported: set[tuple[str, frozenset[str]]], kind: str, path: str, names: list[str], given: dict[str, Any]
) -> Iterator[Failure]:
    for text, group in _broken(kind, path, names, given):
        mark = (kind, frozenset(group))
        if mark not in reported:
            reported.add(mark)
            yield Failure(path, f"{path}: {text}")


def _broken(kind: str, path: str, names: list[str], given: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    everybody = list(dict.fromkeys([path, *names]))
    there = [name for name in everybody if _is_set(given, name) and _value(given, name) is not UNKNOWN]
    unsure = any(_value(given, name) is UNKNOWN for name in everybody)
    if kind == "conflicts":
        # One conflict at a time: the properties that this one excludes may well stand together.
        for other in names:
            if path in there and other in there and other != path:
                yield f"got a value beside {other}, expected only one of the two", [path, other]
    elif kind == "exactly_one_of":
        if len(there) > 1:
            yield f"got {' and '.join(there)}, expected exactly one of {', '.join(everybody)}", everybody
        elif not there and not unsure:
            yield f"got none of {', '.join(everybody)}, expected exactly one", everybody
    elif kind == "at_least_one_of":
        if not there and not unsure:
            yield f"got none of {', '.join(everybody)}, expected at least one", everybody
    elif _is_set(given, path):
        missing = [name for name in names if not _is_set(given, name)]
        if missing:
            yield f"got a value without {', '.join(missing)}, expected them together", everybody


def _value(given: Any, path: str) -> Any:
    for part in path.split("."):
        if given is UNKNOWN:
            return UNKNOWN
        given = given.get(part) if isinstance(given, dict) else None
    return given


def _is_set(given: dict[str, Any], path: str) -> bool:
    return _value(given, path) is not None
