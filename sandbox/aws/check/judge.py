"""Walks a resource's inputs along the facts of its type and collects everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from sandbox.aws.check.constraints import KINDS, broken, wrong_kind
from sandbox.aws.check.relations import broken_relations
from sandbox.aws.check.rules import broken_rules
from sandbox.aws.check.service_models import added
from sandbox.aws.check.show import show
from sandbox.aws.facts import Property, TypeFacts, inputs_of, nested
from sandbox.provider.protocol import Failure
from sandbox.provider.values import UNKNOWN, Secret, has_secret, plain


def judge(facts: TypeFacts, given: dict[str, Any]) -> list[Failure]:
    """All mistakes in `given`, in the order of its properties. Unknown values are never mistakes."""
    failures = list(_properties(facts, facts.properties, given, ""))
    values = plain(given)
    failures += broken_relations(facts, values)
    # The rules rely on right kinds; what is wrong already is to them as if it were not known.
    wrong = {failure.property.partition(".")[0].partition("[")[0] for failure in failures}
    failures += broken_rules(facts.token, {**values, **dict.fromkeys(wrong, UNKNOWN)})
    return failures


def _properties(
    facts: TypeFacts, properties: Mapping[str, Property], given: dict[str, Any], path: str
) -> Iterator[Failure]:
    for name, value in given.items():
        here = f"{path}.{name}".lstrip(".")
        if name.startswith("__") or value is None:
            continue
        if name not in properties:
            if not facts.accepts(path, name):
                yield _unknown_name(properties, name, here)
        elif properties[name].get("output"):
            yield Failure(here, f"{here}: got {show(value, has_secret(value))}, expected nothing; the provider sets it")
        else:
            prop = properties[name] if path else added(facts.token, name, properties[name])
            yield from _value(facts, prop, value, here)
    for name, prop in properties.items():
        required = (prop.get("required") and not prop.get("sdk_optional")) or prop.get("sdk_required")
        if required and given.get(name) is None:
            here = f"{path}.{name}".lstrip(".")
            kind = "an asset or an archive" if prop.get("asset") else KINDS.get(prop.get("type", ""), "a value")
            yield Failure(here, f"{here}: got nothing, expected {kind}; it is required")


def _unknown_name(properties: Mapping[str, Property], name: str, here: str) -> Failure:
    near = get_close_matches(name, inputs_of(properties), n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else f", expected one of {', '.join(sorted(inputs_of(properties)))}"
    return Failure(here, f"{here}: no such property{hint}")


def _value(facts: TypeFacts, prop: Property, value: Any, here: str) -> Iterator[Failure]:
    hidden = has_secret(value) or bool(prop.get("sensitive"))
    inner = value.value if isinstance(value, Secret) else value
    if inner is UNKNOWN or inner is None:
        return
    kind = prop.get("type", "")
    if expected := wrong_kind(prop, kind, inner):
        yield Failure(here, f"{here}: got {show(inner, hidden)}, expected {expected}")
        return
    for expected in broken(prop, inner):
        yield Failure(here, f"{here}: got {show(inner, hidden)}, expected {expected}")
    members = nested(prop)
    if kind == "object" and members is not None:
        yield from _properties(facts, members, inner, here)
    elif kind in ("list", "set"):
        for index, item in enumerate(inner):
            yield from _element(facts, prop, item, f"{here}[{index}]")
    elif kind == "map":
        yield from _map(prop, inner, here)


def _element(facts: TypeFacts, prop: Property, item: Any, here: str) -> Iterator[Failure]:
    element: dict[str, Any] = {"type": prop.get("elem", ""), **prop.get("each", {})}
    members = nested(prop)
    if members is not None:
        element["nested"] = members
    yield from _value(facts, element, item, here)


def _map(prop: Property, held: dict[str, Any], here: str) -> Iterator[Failure]:
    for key, item in held.items():
        place = f"{here}.{key}"
        for expected in broken(prop.get("keys", {}), key):
            yield Failure(place, f"{place}: got the key {show(key)}, expected {expected}")
        hidden, inner = isinstance(item, Secret), plain(item)
        if inner is UNKNOWN or inner is None:
            continue
        if prop.get("elem") == "string" and isinstance(inner, dict | list):
            yield Failure(place, f"{place}: got {show(inner, hidden)}, expected a string")
            continue
        for expected in broken(prop.get("values", {}), inner):
            yield Failure(place, f"{place}: got {show(inner, hidden)}, expected {expected}")
