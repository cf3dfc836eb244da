"""Completes checked inputs as the real provider does: made-up names, defaults, `__defaults` marks, secret marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.facts import Property, TypeFacts, nested
from sandbox.aws.naming import made_name, shape_of
from sandbox.provider.protocol import CheckQuestion, Failure
from sandbox.provider.values import UNKNOWN, Secret, plain

DEFAULTS = "__defaults"
# The SDK leaves these to the provider, which sets them in the plan and not among the inputs.
_LEFT_TO_THE_PLAN = {("aws:ec2/vpc:Vpc", "instanceTenancy")}


def complete(facts: TypeFacts, question: CheckQuestion) -> tuple[dict[str, Any], list[Failure]]:
    """The inputs with everything added, and what stood in the way of adding it."""
    failures: list[Failure] = []
    given = {key: value for key, value in question.news.items() if value is not None and key != DEFAULTS}
    if facts.modern:
        inputs = given
        added: list[str] = []
    else:
        inputs, added = _defaulted(facts, facts.properties, given, top=True)
    shape = shape_of(facts)
    if shape and shape.property not in inputs and not _excluded(facts.properties[shape.property], given):
        kept = _kept_name(shape.property, question, facts.modern)
        try:
            inputs[shape.property] = kept or made_name(shape, question)
            added.append(shape.property)
        except ValueError as problem:
            failures.append(Failure(shape.property, f"{shape.property}: {problem}"))
    if not facts.modern:
        inputs[DEFAULTS] = sorted(added)
    return {name: _sealed(facts.properties.get(name, {}), value) for name, value in inputs.items()}, failures


def _kept_name(name: str, question: CheckQuestion, modern: bool) -> str | None:
    """The name made last time, so that an update does not rename the resource."""
    olds = plain(question.olds or {})
    kept = olds.get(name)
    was_made = modern or name in (olds.get(DEFAULTS) or [])
    return kept if was_made and isinstance(kept, str) and kept else None


def _excluded(prop: Property, given: dict[str, Any]) -> bool:
    """True when another input that is given takes this property's place."""
    return any(other in given for other in (*prop.get("conflicts", ()), *prop.get("exactly_one_of", ())))


def _defaulted(
    facts: TypeFacts, properties: Mapping[str, Property], given: dict[str, Any], top: bool
) -> tuple[dict[str, Any], list[str]]:
    inputs = {
        name: _inner(facts, properties[name], value) if name in properties else value for name, value in given.items()
    }
    added: list[str] = []
    for name, prop in properties.items():
        default = prop.get("default")
        # Defaults that are the kind's zero value change nothing, and the real provider does not write them down.
        if not default or name in inputs or prop.get("deprecated") or _excluded(prop, given):
            continue
        if top and (facts.token, name) in _LEFT_TO_THE_PLAN:
            continue
        inputs[name] = default
        added.append(name)
    return inputs, added


def _inner(facts: TypeFacts, prop: Property, value: Any) -> Any:
    members = nested(prop)
    if isinstance(value, Secret):
        return Secret(plain(_inner(facts, prop, value.value)))
    if members is None or value is UNKNOWN:
        return value
    if isinstance(value, list):
        return [_inner(facts, prop, item) for item in value]
    if isinstance(value, dict) and prop.get("type") != "map":
        given = {key: item for key, item in value.items() if item is not None and key != DEFAULTS}
        inputs, added = _defaulted(facts, members, given, top=False)
        return {**inputs, DEFAULTS: sorted(added)}
    return value


def _sealed(prop: Property, value: Any) -> Any:
    """Properties that the provider calls sensitive are secret whether the program says so or not."""
    if prop.get("sensitive") and not isinstance(value, Secret) and value is not UNKNOWN:
        return Secret(plain(value))
    return value
