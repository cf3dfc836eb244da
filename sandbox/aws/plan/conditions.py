"""Evaluates the conditions under which the provider replaces a resource for a changed property."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.plan.same import blank
from sandbox.provider.values import UNKNOWN

Condition = Mapping[str, Any]


def holds(condition: Condition, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """True when a change of property `name` replaces. Conditions that only live data can decide do not hold."""
    op = condition["op"]
    if op in ("all", "any"):
        return (all if op == "all" else any)(holds(part, name, old, new) for part in condition["of"])
    if op == "not":
        return not holds(condition["of"], name, old, new)
    if op.startswith("property_"):
        return _of_another(condition, old, new)
    return _of_this(condition, old.get(name), new.get(name))


def _of_this(condition: Condition, before: Any, after: Any) -> bool:
    op = condition["op"]
    if op in ("from_to", "not_from_to"):
        pair = [_word(before), _word(after)]
        among = any(pair[0] == _word(one) and pair[1] == _word(other) for one, other in condition["pairs"])
        return among == (op == "from_to")
    tests = {
        "cleared": not blank(before) and blank(after),
        "set_or_cleared": blank(before) != blank(after),
        "new_not_empty": not blank(after),
        "old_not_empty": not blank(before),
        "increase": _number(after) > _number(before),
        "decrease": _number(after) < _number(before),
        "true_to_false": before is True and after is not True,
        "first_element_changes": _first(before) != _first(after),
        "count_increases": _size(after) > _size(before),
    }
    return tests.get(op, False)


def _of_another(condition: Condition, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    op, name = condition["op"], condition["property"]
    before, after = old.get(name), new.get(name)
    tests = {
        "property_true": after is True,
        "property_false": after is not True and after is not UNKNOWN,
        "property_set": not blank(after),
        "property_empty": blank(after),
        "property_changes": before != after,
        "property_was_true": before is True,
        "property_was_set": not blank(before),
    }
    if op == "property_in":
        values = condition["values"]
        return after in values and (before in values or not condition.get("old_and_new"))
    return tests.get(op, False)


def _word(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0
