"""The conditions under which a change replaces are evaluated as the facts mean them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sandbox.aws
from sandbox.aws.plan.conditions import holds
from sandbox.provider.values import UNKNOWN

FACTS = json.loads((Path(sandbox.aws.__file__).parent / "data" / "facts.json").read_text())
PAIRS = {"pairs": [["Advanced", "Standard"]]}
OTHER = {"property": "other"}


@pytest.mark.parametrize(
    ("condition", "old", "new", "expected"),
    [
        ({"op": "new_not_empty"}, {"it": "a"}, {"it": "b"}, True),
        ({"op": "new_not_empty"}, {"it": "a"}, {}, False),
        ({"op": "old_not_empty"}, {"it": ""}, {"it": "b"}, False),
        ({"op": "old_not_empty"}, {"it": "a"}, {}, True),
        ({"op": "cleared"}, {"it": "a"}, {}, True),
        ({"op": "cleared"}, {}, {"it": "a"}, False),
        ({"op": "set_or_cleared"}, {}, {"it": {"a": 1}}, True),
        ({"op": "set_or_cleared"}, {"it": {"a": 2}}, {"it": {"a": 1}}, False),
        ({"op": "increase"}, {"it": 1}, {"it": 2}, True),
        ({"op": "decrease"}, {"it": 1}, {"it": 2}, False),
        ({"op": "true_to_false"}, {"it": True}, {"it": False}, True),
        ({"op": "true_to_false"}, {"it": False}, {"it": True}, False),
        ({"op": "from_to", **PAIRS}, {"it": "Advanced"}, {"it": "Standard"}, True),
        ({"op": "from_to", **PAIRS}, {"it": "Standard"}, {"it": "Advanced"}, False),
        ({"op": "not_from_to", **PAIRS}, {"it": "Standard"}, {"it": "Advanced"}, True),
        ({"op": "first_element_changes"}, {"it": ["a", "b"]}, {"it": ["a", "c"]}, False),
        ({"op": "count_increases"}, {"it": ["a"]}, {"it": ["a", "c"]}, True),
        ({"op": "property_set", **OTHER}, {}, {"other": "x"}, True),
        ({"op": "property_set", **OTHER}, {}, {"other": UNKNOWN}, True),
        ({"op": "property_empty", **OTHER}, {}, {"other": ""}, True),
        ({"op": "property_true", **OTHER}, {}, {"other": UNKNOWN}, False),
        ({"op": "property_was_true", **OTHER}, {"other": True}, {}, True),
        ({"op": "property_was_set", **OTHER}, {}, {"other": 1}, False),
        ({"op": "property_changes", **OTHER}, {"other": 1}, {"other": 2}, True),
        ({"op": "property_in", **OTHER, "values": ["a"]}, {"other": "b"}, {"other": "a"}, True),
        ({"op": "property_in", **OTHER, "values": ["a"], "old_and_new": True}, {"other": "b"}, {"other": "a"}, False),
        ({"op": "not", "of": {"op": "cleared"}}, {"it": "a"}, {}, False),
        ({"op": "all", "of": [{"op": "old_not_empty"}, {"op": "new_not_empty"}]}, {"it": "a"}, {}, False),
        ({"op": "any", "of": [{"op": "old_not_empty"}, {"op": "new_not_empty"}]}, {"it": "a"}, {}, True),
        ({"op": "needs_cloud"}, {"it": "a"}, {"it": "b"}, False),
    ],
)
def test_a_condition_holds_when_the_facts_say_so(
    condition: dict[str, Any], old: dict[str, Any], new: dict[str, Any], expected: bool
) -> None:
    assert holds(condition, "it", old, new) is expected


def _operators(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "op" in value:
            yield value["op"]
        for item in value.values():
            yield from _operators(item)
    elif isinstance(value, list):
        for item in value:
            yield from _operators(item)


def test_every_condition_in_the_facts_is_one_that_is_evaluated() -> None:
    module = Path(sandbox.aws.__file__).parent / "plan" / "conditions.py"
    text = module.read_text()
    assert {op for op in _operators(FACTS) if f'"{op}"' not in text} == set()
