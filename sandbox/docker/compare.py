"""Compares what is there with what the program wants, and puts what was found into the program's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.docker.properties import Property
from sandbox.provider.protocol import Kind
from sandbox.provider.values import UNKNOWN

Values = Mapping[str, Any]
_REPLACING = {Kind.ADD: Kind.ADD_REPLACE, Kind.DELETE: Kind.DELETE_REPLACE, Kind.UPDATE: Kind.UPDATE_REPLACE}


def blank(value: Any) -> bool:
    """True for a value that means the same as none: nothing, "", 0, false and what is empty."""
    return value is not UNKNOWN and not value


def satisfied(prop: Property, wanted: Any, found: Any) -> bool:
    """True when what was found is what is wanted; what the daemon fills in may be left out."""
    if wanted is UNKNOWN or found is UNKNOWN:
        return wanted is found
    if wanted is None and prop.computed:
        return True
    if blank(wanted) and (prop.blank_keeps or (prop.computed and isinstance(wanted, str | list | dict))):
        return True
    if blank(wanted) or blank(found):
        return blank(wanted) and blank(found)
    assert wanted is not None
    assert found is not None
    if prop.kind == "object":
        return all(satisfied(inner, wanted.get(name), found.get(name)) for name, inner in prop.members.items())
    if prop.kind == "set" and prop.element:
        return len(wanted) == len(found) and None not in _matches(prop.element, wanted, found)
    if prop.kind == "list" and prop.element:
        return len(wanted) == len(found) and all(
            satisfied(prop.element, want, item) for want, item in zip(wanted, found, strict=True)
        )
    return wanted == found


def _matches(element: Property, wanted: list[Any], found: list[Any]) -> list[int | None]:
    """For each wanted element the place of one that was found, each used once."""
    free = dict(enumerate(found))
    places: list[int | None] = []
    for want in wanted:
        place = next((index for index, item in free.items() if satisfied(element, want, item)), None)
        places.append(place)
        if place is not None:
            del free[place]
    return places


def ordered(prop: Property, wanted: Any, found: Any) -> Any:
    """What was found, its sets in the order of what was wanted, so that nothing seems to have moved."""
    if prop.kind == "object" and isinstance(wanted, dict) and isinstance(found, dict):
        return {
            name: ordered(prop.members[name], wanted.get(name), item) if name in prop.members else item
            for name, item in found.items()
        }
    if prop.kind == "set" and prop.element and isinstance(wanted, list) and isinstance(found, list):
        pairs = zip(wanted, _matches(prop.element, wanted, found), strict=True)
        places = {place: want for want, place in pairs if place is not None}
        first = [ordered(prop.element, want, found[place]) for place, want in places.items()]
        return first + [item for index, item in enumerate(found) if index not in places]
    return found


def difference(properties: Mapping[str, Property], state: Values, news: Values) -> dict[str, Kind]:
    """What has to change for the state to become what the inputs want, by path."""
    changes: dict[str, Kind] = {}
    for name, prop in properties.items():
        for path, kind in _changes(prop, state.get(name), news.get(name), name):
            changes[path] = kind if prop.in_place else _REPLACING[kind]
    return changes


def _changes(prop: Property, found: Any, wanted: Any, path: str) -> Iterator[tuple[str, Kind]]:
    if satisfied(prop, wanted, found):
        return
    if wanted is UNKNOWN:
        yield path, Kind.ADD if blank(found) else Kind.UPDATE
    elif blank(found) or blank(wanted):
        # Nothing, zero and false mean the same to the daemon; a value that becomes one of them is taken away.
        yield path, Kind.ADD if blank(found) else Kind.DELETE if wanted is None else Kind.UPDATE
    elif prop.kind == "object":
        for name, inner in prop.members.items():
            yield from _changes(inner, found.get(name), wanted.get(name), f"{path}.{name}")
    elif prop.element and prop.kind != "map":
        yield from _elements(prop, found, wanted, path)
    elif prop.kind == "map":
        for key in dict.fromkeys([*wanted, *found]):
            if wanted.get(key) != found.get(key):
                kind = Kind.ADD if key not in found else Kind.DELETE if key not in wanted else Kind.UPDATE
                yield f"{path}.{key}" if str(key).isidentifier() else f'{path}["{key}"]', kind
    else:
        yield path, Kind.UPDATE


def _elements(prop: Property, found: list[Any], wanted: list[Any], path: str) -> Iterator[tuple[str, Kind]]:
    """Changes of a list by place; of a set, of the elements that have no counterpart."""
    assert prop.element is not None
    if prop.kind == "set":
        places = _matches(prop.element, wanted, found)
        came = [index for index, place in enumerate(places) if place is None]
        gone = [index for index in range(len(found)) if index not in places]
        for index in sorted({*came, *gone}):
            both = index in came and index in gone
            yield f"{path}[{index}]", Kind.UPDATE if both else Kind.ADD if index in came else Kind.DELETE
        return
    for index in range(max(len(found), len(wanted))):
        place = f"{path}[{index}]"
        if index >= len(found):
            yield place, Kind.ADD
        elif index >= len(wanted):
            yield place, Kind.DELETE
        else:
            yield from _changes(prop.element, found[index], wanted[index], place)
