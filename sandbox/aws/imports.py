"""Inputs of a resource as they would have to be for the program to describe what was really found."""

from __future__ import annotations

from typing import Any

from sandbox.aws.complete import DEFAULTS
from sandbox.aws.facts import TypeFacts, inputs_of
from sandbox.aws.plan.same import blank, same
from sandbox.provider.values import Secret, plain

Values = dict[str, Any]


def inputs_after_read(facts: TypeFacts, inputs: Values, before: Values, found: Values) -> Values:
    """The old inputs with what has drifted; for an import, all that is set. Secret marks stay.

    Inputs without outputs belong to a creation whose answer was lost: it was made from just these.
    """
    if not before:
        return inputs or _imported(facts, found)
    kept: Values = {}
    for name, value in inputs.items():
        prop, real = facts.properties.get(name), found.get(name)
        if prop is None or name.startswith("__") or same(prop, before.get(name), real):
            kept[name] = value
        else:
            kept[name] = Secret(plain(real)) if isinstance(value, Secret) else real
    for name in inputs_of(facts.properties):
        prop = facts.properties[name]
        set_elsewhere = name not in inputs and not prop.get("computed") and "default" not in prop
        if set_elsewhere and not blank(found.get(name)) and not same(prop, before.get(name), found[name]):
            kept[name] = found[name]
    return kept


def _imported(facts: TypeFacts, found: Values) -> Values:
    given = {
        name: Secret(found[name]) if facts.properties[name].get("sensitive") else found[name]
        for name in inputs_of(facts.properties)
        if not blank(found.get(name)) and name != "namePrefix"
    }
    return given if facts.modern else {**given, DEFAULTS: []}
