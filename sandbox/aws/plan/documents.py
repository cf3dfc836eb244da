"""JSON documents and IAM policies as the provider compares and writes them."""

from __future__ import annotations

import json
from typing import Any

# Members of a statement that may be one string or a list of strings in any order.
_SETS = ("Action", "NotAction", "Resource", "NotResource")


def canonical(text: str) -> str:
    """The same JSON with sorted keys and without spaces; text that is not JSON stays as it is."""
    try:
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except ValueError:
        return text


def same_json(one: str, other: str) -> bool:
    """True when both mean the same JSON value."""
    return canonical(one) == canonical(other)


def same_policy(one: str, other: str) -> bool:
    """True when both IAM documents grant the same: the order of lists and one string for a list of one do not count."""
    try:
        return _policy(json.loads(one)) == _policy(json.loads(other))
    except ValueError:
        return one == other


def _policy(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    statements = document.get("Statement", [])
    held = statements if isinstance(statements, list) else [statements]
    return {**document, "Statement": sorted((_statement(item) for item in held), key=_text)}


def _statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    known = {key: value for key, value in statement.items() if value not in ("", None)}
    for name in _SETS:
        if name in known:
            known[name] = _sorted(known[name], lower=name.endswith("Action"))
    for name in ("Principal", "NotPrincipal"):
        if name in known:
            given = known[name]
            # "*" and {"AWS": "*"} mean the same in a resource policy.
            principals = {"AWS": "*"} if given == "*" else given
            known[name] = {kind: _sorted(names) for kind, names in principals.items()}
    if isinstance(known.get("Condition"), dict):
        known["Condition"] = {
            operator: {key.lower(): _sorted(values) for key, values in tests.items()}
            for operator, tests in known["Condition"].items()
        }
    return known


def _sorted(value: Any, lower: bool = False) -> list[str]:
    items = [str(item).lower() if isinstance(item, bool) else str(item) for item in _listed(value)]
    return sorted(item.lower() if lower else item for item in items)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
