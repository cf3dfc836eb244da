"""Plans: what a preview knows of a resource, what changes, and which inputs describe what was really found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.docker.check import DEFAULTS, without_marks
from sandbox.docker.compare import blank, difference, ordered, satisfied
from sandbox.docker.properties import ResourceType
from sandbox.docker.resources.image import outputs_of
from sandbox.provider.protocol import Kind
from sandbox.provider.values import UNKNOWN, Secret, has_unknown, plain

Values = dict[str, Any]
_LOGIN = ("username", "password")


def foreseen(type_: ResourceType, inputs: Values, state: Values | None) -> Values:
    """Outputs before anything is done: what the program says, what was known before, and the rest unknown."""
    wanted = without_marks(inputs)
    if type_.name == "Image":
        known = {} if has_unknown(wanted) else {k: v for k, v in outputs_of(wanted).items() if v is not None}
        return {"imageName": wanted.get("imageName"), **dict.fromkeys(type_.outputs, UNKNOWN), **known}
    if state is not None:
        kept = {name: state.get(name) for name in type_.outputs}
        held = {n: state.get(n) for n, p in type_.inputs.items() if p.computed or p.blank_keeps}
        return {**held, **kept, **wanted}
    to_come = {name: UNKNOWN for name, prop in type_.inputs.items() if prop.computed}
    return {**to_come, **dict.fromkeys(type_.outputs, UNKNOWN), **wanted}


def changes_of(type_: ResourceType, old_inputs: Values, state: Values, news: Values) -> Mapping[str, Kind]:
    """What differs, by path. An image is rebuilt when its inputs change; everything else is compared with the state."""
    wanted = without_marks(news)
    if type_.name != "Image":
        return difference(type_.inputs, without_marks(state), wanted)
    before, after = _without_login(without_marks(old_inputs)), _without_login(wanted)
    found: dict[str, Kind] = {}
    for name in dict.fromkeys([*after, *before]):
        if before.get(name) != after.get(name):
            found[name] = Kind.ADD if name not in before else Kind.DELETE if name not in after else Kind.UPDATE
    return found


def _without_login(inputs: Values) -> Values:
    """Credentials change often, and mean nothing for the image."""
    registry = inputs.get("registry")
    if not isinstance(registry, dict):
        return inputs
    return {**inputs, "registry": {key: value for key, value in registry.items() if key not in _LOGIN}}


def keeps_its_name(news: Values, state: Values) -> bool:
    """True when the new resource would have the name of the old one: it can then only come after it."""
    name = plain(news.get("name"))
    return "name" not in (news.get(DEFAULTS) or []) and name is not None and name == plain(state.get("name"))


def in_order(type_: ResourceType, wanted: Values, found: Values) -> Values:
    """What was found, with sets in the program's order."""
    inputs = type_.inputs
    return {k: ordered(inputs[k], wanted.get(k), v) if k in inputs else v for k, v in found.items() if v is not None}


def inputs_after_read(type_: ResourceType, inputs: Values, state: Values, found: Values) -> Values:
    """The old inputs with what has drifted; for an import, everything that is set."""
    if not state:
        held = {name: found[name] for name in type_.inputs if not blank(found.get(name))}
        return {**held, DEFAULTS: []}
    before, kept = without_marks(state), dict(inputs)
    for name, prop in type_.inputs.items():
        real = found.get(name)
        if type_.name == "Image" or satisfied(prop, before.get(name), real):
            continue
        if name in inputs:
            kept[name] = Secret(real) if isinstance(inputs[name], Secret) else real
        elif not prop.computed and not blank(real):
            kept[name] = real
    return {name: value for name, value in kept.items() if value is not None}
