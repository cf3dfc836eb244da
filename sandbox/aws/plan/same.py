"""Decides whether an old and a new value of a property count as the same for the provider."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.aws.facts import Property, nested
from sandbox.aws.plan.documents import same_json, same_policy
from sandbox.provider.values import UNKNOWN, AssetRef

_ARN_HEAD = re.compile(r"^arn:[\w-]+:[\w-]+:[\w-]*:\d*:")


def blank(value: Any) -> bool:
    """True for what the provider cannot tell from "not set": nothing, the zero of a kind, an empty collection."""
    return value is None or (
        value is not UNKNOWN and not isinstance(value, AssetRef) and value in ("", 0, False, [], {})
    )


def same(prop: Property, old: Any, new: Any) -> bool:
    """True when going from `old` to `new` is no change of this property as a whole."""
    if new is UNKNOWN or old is UNKNOWN:
        return False
    if blank(old) and blank(new):
        return True
    if isinstance(old, AssetRef) and isinstance(new, AssetRef):
        return old.hash == new.hash if old.hash and new.hash else old == new
    if isinstance(old, str) and isinstance(new, str):
        return old == new or _same_text(prop, old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _same_items(prop, old, new)
    if isinstance(old, dict) and isinstance(new, dict):
        return _same_members(prop, old, new)
    return _scalar(old) == _scalar(new)


def _scalar(value: Any) -> Any:
    """Numbers and truth values that arrive as strings count as what they say."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else value


def _same_text(prop: Property, old: str, new: str) -> bool:
    if prop.get("ignore_case") and old.lower() == new.lower():
        return True
    test = _SUPPRESSED.get(prop.get("suppress", ""))
    return test is not None and bool(old) and bool(new) and test(old, new)


def _same_items(prop: Property, old: list[Any], new: list[Any]) -> bool:
    if len(old) != len(new):
        return False
    element: dict[str, Any] = {"type": prop.get("elem", ""), "nested": nested(prop)}
    if prop.get("type") != "set":
        return all(same(element, one, other) for one, other in zip(old, new, strict=True))
    rest = list(old)
    for item in new:
        found = next((one for one in rest if same(element, one, item)), None)
        if found is None:
            return False
        rest.remove(found)
    return True


def _same_members(prop: Property, old: dict[str, Any], new: dict[str, Any]) -> bool:
    if prop.get("type") == "map":
        return {key: _scalar(value) for key, value in old.items()} == {
            key: _scalar(value) for key, value in new.items()
        }
    members = nested(prop) or {}
    names = [name for name in {**old, **new} if not name.startswith("__")]
    return all(same(members.get(name, {}), old.get(name), new.get(name)) for name in names)


def _function_name(text: str) -> str:
    return _ARN_HEAD.sub("", text).removeprefix("function:")


def _key_id(text: str) -> str:
    return _ARN_HEAD.sub("", text).removeprefix("key/")


def _same_time(old: str, new: str) -> bool:
    try:
        return datetime.fromisoformat(old.replace("Z", "+00:00")) == datetime.fromisoformat(new.replace("Z", "+00:00"))
    except ValueError:
        return False


def _same_number(old: str, new: str) -> bool:
    try:
        return float(old) == float(new)
    except ValueError:
        return False


_SUPPRESSED: dict[str, Callable[[str, str], bool]] = {
    "SuppressEquivalentIAMPolicyDocuments": same_policy,
    "SuppressEquivalentPolicyDiffs": same_policy,
    "SuppressEquivalentJSONDocuments": same_json,
    "SuppressEquivalentJSONDocumentsWithEmpty": same_json,
    "SuppressEquivalentJSONOrYAMLDiffs": same_json,
    "SuppressEquivalentTopicSubscriptionDeliveryPolicy": same_json,
    "SuppressEquivalentStringCaseInsensitive": lambda old, new: old.lower() == new.lower(),
    "SuppressEquivalentTime": _same_time,
    "suppressEquivalentBudgetLimitAmount": _same_number,
    "suppressEquivalentFunctionNameOrARN": lambda old, new: _function_name(old) == _function_name(new),
    "suppressEquivalentKeyARNOrID": lambda old, new: _key_id(old) == _key_id(new),
}
"""By the name of the provider's own function, which the facts carry."""
