"""Compares a resource's outputs with its plan: every changed path, and whether it can change in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.complete import DEFAULTS
from sandbox.aws.facts import Property, TypeFacts, nested
from sandbox.aws.naming import shape_of
from sandbox.aws.plan.conditions import holds
from sandbox.aws.plan.same import blank, same
from sandbox.provider.protocol import Kind
from sandbox.provider.values import UNKNOWN, plain

_IN_PLACE_WITHOUT_UPDATE = {"tags", "tagsAll"}
_REPLACING = {Kind.ADD: Kind.ADD_REPLACE, Kind.DELETE: Kind.DELETE_REPLACE, Kind.UPDATE: Kind.UPDATE_REPLACE}


def difference(facts: TypeFacts, old: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Kind]:
    """Path -> what happens to it. Empty when no input has changed: outputs alone never make a change."""
    found: dict[str, Kind] = {}
    changes = False
    for name, prop in facts.properties.items():
        before, after = old.get(name), planned.get(name)
        if same(prop, before, after):
            continue
        if prop.get("output") and name != "tagsAll":
            found[name] = Kind.UPDATE
            continue
        changes = True
        replaces = _replaces(facts, name, prop, old, planned)
        for path, kind, inner in _changes(prop, before, after, name, framework=facts.modern):
            found[path] = _REPLACING[kind] if replaces or inner else kind
    return found if changes else {}


def that_count(facts: TypeFacts, changes: Mapping[str, Kind], ignore: list[str]) -> dict[str, Kind]:
    """The changes without those that the program ignores, and without what would only have followed from them."""
    kept = {path: kind for path, kind in changes.items() if not any(_is_within(path, name) for name in ignore)}
    follows = {name for name, prop in facts.properties.items() if prop.get("output")}
    return {} if all(path.partition(".")[0].partition("[")[0] in follows for path in kept) else kept


def _is_within(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def keeps_its_name(facts: TypeFacts, old: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """True when the new resource would have the name of the old one: it can then only come after it."""
    shape = shape_of(facts)
    if shape is None or shape.property in (news.get(DEFAULTS) or []):
        return False
    given = plain(news.get(shape.property))
    return given is not None and given == old.get(shape.property)


def _replaces(facts: TypeFacts, name: str, prop: Property, old: Mapping[str, Any], planned: Mapping[str, Any]) -> bool:
    """True when any change of this property replaces. For blocks that is a change of the number of elements."""
    if facts.immutable and name not in _IN_PLACE_WITHOUT_UPDATE:
        return True
    before, after = old.get(name), planned.get(name)
    if "replace_if" in prop:
        return holds(prop["replace_if"]["when"], name, old, planned)
    if not prop.get("replace"):
        return False
    if prop.get("replace_only_if_configured") and blank(after):
        return False
    if "change_ignored_if" in prop and holds(prop["change_ignored_if"], name, old, planned):
        return False
    if facts.modern or nested(prop) is None or after is UNKNOWN:
        return True
    return _count(before) != _count(after)


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0 if blank(value) else 1


def _changes(prop: Property, old: Any, new: Any, path: str, framework: bool) -> Iterator[tuple[str, Kind, bool]]:
    """(path, kind, whether a nested property demands replacement) of each smallest part that differs."""
    if new is UNKNOWN:
        yield path, Kind.ADD if _absent(old) else Kind.UPDATE, False
    elif _absent(old):
        yield path, Kind.ADD, False
    elif _absent(new):
        yield path, Kind.DELETE, False
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _members(prop, old, new, path, framework)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _elements(prop, old, new, path, framework)
    else:
        yield path, Kind.UPDATE, False


def _absent(value: Any) -> bool:
    return value is None or value in ([], {})


def _members(
    prop: Property, old: dict[str, Any], new: dict[str, Any], path: str, framework: bool
) -> Iterator[tuple[str, Kind, bool]]:
    members = nested(prop) or {}
    for name in dict.fromkeys([*new, *old]):
        inner = members.get(name, {"type": prop.get("elem", "")})
        if name.startswith("__") or same(inner, old.get(name), new.get(name)):
            continue
        place = f"{path}.{name}" if name.isidentifier() else f'{path}["{name}"]'
        for found, kind, deeper in _changes(inner, old.get(name), new.get(name), place, framework):
            yield found, kind, deeper or bool(inner.get("replace"))


def _elements(
    prop: Property, old: list[Any], new: list[Any], path: str, framework: bool
) -> Iterator[tuple[str, Kind, bool]]:
    element: dict[str, Any] = {"type": prop.get("elem", ""), "nested": nested(prop)}
    if prop.get("type") == "set":
        gone = [index for index, item in enumerate(old) if not any(same(element, item, other) for other in new)]
        came = [index for index, item in enumerate(new) if not any(same(element, other, item) for other in old)]
        for index in dict.fromkeys([*gone, *came]):
            kind = Kind.UPDATE if index in gone and index in came else Kind.DELETE if index in gone else Kind.ADD
            yield f"{path}[{index}]", kind, False
        return
    for index in range(max(len(old), len(new))):
        place = f"{path}[{index}]"
        if index >= len(new):
            yield place, Kind.DELETE, False
        elif index >= len(old):
            yield place, Kind.ADD, False
        elif not same(element, old[index], new[index]):
            yield from _changes(element, old[index], new[index], place, framework)
