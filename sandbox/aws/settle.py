"""Brings what the cloud answered into the form of the provider's outputs: complete, in one spelling, secrets marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.facts import Property, TypeFacts, is_block, nested
from sandbox.aws.plan.documents import canonical
from sandbox.aws.plan.same import blank, same
from sandbox.provider.values import UNKNOWN, AssetRef, Secret, plain, seal

_ZEROS: dict[str, Any] = {"string": "", "int": 0, "float": 0, "bool": False}


def settle(facts: TypeFacts, planned: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """Plain outputs: what was made over what was planned; what neither knows becomes the zero of its kind."""
    outputs: dict[str, Any] = {}
    for name in dict.fromkeys([*planned, *made]):
        if name.startswith("__"):
            continue
        prop = facts.properties.get(name, {})
        want = planned.get(name)
        value = made.get(name, want)
        value = _known(prop, want if value is None and want is not UNKNOWN else value)
        if value is None and not facts.modern and not prop.get("write_only") and not prop.get("asset"):
            value = _ZEROS.get(prop.get("type", ""))
        outputs[name] = _spelled(prop, want, value)
    return outputs


def _known(prop: Property, value: Any) -> Any:
    """The value with every unknown part replaced by the zero of its kind."""
    members = nested(prop) or {}
    if value is UNKNOWN:
        if prop.get("type") in ("list", "set"):
            return []
        return {} if prop.get("type") == "map" else _ZEROS.get(prop.get("type", ""))
    if isinstance(value, dict):
        return {
            name: _known(members.get(name, {"type": prop.get("elem")}), item)
            for name, item in value.items()
            if not name.startswith("__")
        }
    if isinstance(value, list):
        element: dict[str, Any] = {"type": prop.get("elem", ""), "nested": nested(prop)}
        return [_known(element, item) for item in value]
    return value


def _spelled(prop: Property, want: Any, value: Any) -> Any:
    """One spelling for one meaning, so that a later preview finds no change: as planned, else the canonical one."""
    if want is not None and want is not UNKNOWN and not blank(want) and same(prop, want, value):
        return plain(want) if _whole(want) else value
    if isinstance(value, str) and prop.get("format") in ("json", "iam-policy-json"):
        canonised = canonical(value)
        return want if isinstance(want, str) and canonical(want) == canonised else canonised
    return [] if value is None and is_block(prop) else value


def _whole(value: Any) -> bool:
    """True when a planned value can stand for the real one: a scalar, or a list of scalars in another order."""
    return not isinstance(value, dict | AssetRef) and not (
        isinstance(value, list) and any(isinstance(item, dict) for item in value)
    )


def sealed(facts: TypeFacts, outputs: dict[str, Any], marked: dict[str, Any]) -> dict[str, Any]:
    """The outputs with secret marks: those of `marked` at the same places, and the provider's own sensitive ones."""
    held = seal(outputs, marked)
    for name, prop in facts.properties.items():
        if prop.get("sensitive") and name in held and not isinstance(held[name], Secret) and held[name] is not UNKNOWN:
            held[name] = Secret(plain(held[name]))
    return held


def without_marks(value: Any) -> Any:
    """Plain values without the `__defaults` notes, as service handlers get them."""
    inner = plain(value)
    if isinstance(inner, dict):
        return {key: without_marks(item) for key, item in inner.items() if not key.startswith("__")}
    return [without_marks(item) for item in inner] if isinstance(inner, list) else inner
