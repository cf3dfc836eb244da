"""Plans a resource's outputs from its inputs: what is carried over, what keeps its old value, what is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.facts import Property, TypeFacts, is_block, nested
from sandbox.aws.plan.documents import canonical
from sandbox.aws.plan.effects import unknown_after
from sandbox.aws.plan.same import blank, same
from sandbox.provider.values import UNKNOWN, AssetRef, has_unknown, plain

Values = dict[str, Any]
# Defaults that the provider's own comparison takes for "not set" as long as nothing else was set before.
_SAME_AS_UNSET = {
    ("aws:apigatewayv2/integration:Integration", "passthroughBehavior"),
    ("aws:dynamodb/table:Table", "tableClass"),
}


@dataclass(frozen=True)
class Setting:
    """What a plan takes from the provider's configuration."""

    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])


def plan(facts: TypeFacts, inputs: Values, old: Values | None, setting: Setting) -> Values:
    """Plain outputs with UNKNOWN where only the update will tell; `old` are the outputs so far, None for a creation."""
    given, planned = plain(inputs), Values()
    for name, prop in facts.properties.items():
        value = _planned(facts, name, prop, given.get(name), old)
        if value is None and facts.modern and name not in (old or {}):
            continue  # types on the provider framework leave out what is not set
        planned[name] = value
    for name, value in given.items():
        if name not in planned and not name.startswith("__"):
            planned[name] = value  # inputs newer than the facts
    if "region" in facts.properties and given.get("region") is None:
        planned["region"] = (old or {}).get("region") or setting.region
    if "tagsAll" in facts.properties:
        planned["tagsAll"] = _all_tags(facts, given, old, setting)
    planned["id"] = UNKNOWN if old is None else old.get("id")
    if old is not None:
        changed = {name for name, prop in facts.properties.items() if not same(prop, old.get(name), planned.get(name))}
        planned |= dict.fromkeys(unknown_after(facts.token, changed, planned), UNKNOWN)
    return planned


def _planned(facts: TypeFacts, name: str, prop: Property, value: Any, old: Values | None) -> Any:
    before = (old or {}).get(name)
    if prop.get("output"):
        return UNKNOWN if old is None else before
    if value is None:
        return _left_out(prop, before, old)
    planned = _normal(prop, value, before, creating=old is None)
    unset = (facts.token, name) in _SAME_AS_UNSET and planned == prop.get("default")
    if unset and blank(before):
        return before
    # What counts as the same stays as it was written, so that a preview shows no change of form.
    return before if old is not None and not blank(before) and same(prop, before, planned) else planned


def _left_out(prop: Property, before: Any, old: Values | None) -> Any:
    if prop.get("computed"):
        return UNKNOWN if old is None else before
    if "default" in prop:
        return before if old is not None and blank(before) and blank(prop["default"]) else prop["default"]
    kept = prop.get("suppress") == "inline" and prop.get("type") != "object"
    if old is not None and (
        blank(before) or kept or prop.get("suppress") == "SuppressMissingOptionalConfigurationBlock"
    ):
        return before
    return [] if is_block(prop) else None


def _normal(prop: Property, value: Any, before: Any, creating: bool) -> Any:
    """An input in the form that the provider keeps: computed parts added, JSON in one spelling, numbers as numbers."""
    members = nested(prop)
    if value is UNKNOWN or isinstance(value, AssetRef):
        return value
    if isinstance(value, dict):
        if prop.get("type") == "map" or members is None:
            return {key: item for key, item in value.items() if not key.startswith("__")}
        return _object(members, value, before if isinstance(before, dict) else None, creating)
    if isinstance(value, list):
        return _items(prop, value, before, creating)
    if isinstance(value, str):
        return _text(prop, value)
    return value


def _items(prop: Property, value: list[Any], before: Any, creating: bool) -> Any:
    members = nested(prop)
    if prop.get("type") == "set" and members is None and has_unknown(value):
        return UNKNOWN  # which elements a set will have is not known when one of them is not
    if members is None:
        return value
    olds = before if isinstance(before, list) else []
    return [
        _object(members, item, _counterpart(prop, members, item, index, olds), creating)
        if isinstance(item, dict)
        else item
        for index, item in enumerate(value)
    ]


def _counterpart(
    prop: Property, members: Mapping[str, Property], item: Values, index: int, olds: list[Any]
) -> Values | None:
    """The old element that this one continues: of a list by its place, of a set by all that is given."""
    if prop.get("type") == "list":
        return olds[index] if index < len(olds) and isinstance(olds[index], dict) else None
    for old in olds:
        given = {key: part for key, part in item.items() if not key.startswith("__")}
        if isinstance(old, dict) and all(same(members.get(key, {}), old.get(key), part) for key, part in given.items()):
            return old
    return None


def _object(members: Mapping[str, Property], value: Values, before: Values | None, creating: bool) -> Values:
    planned: Values = {}
    for name, prop in members.items():
        old = (before or {}).get(name)
        if value.get(name) is not None:
            part = _normal(prop, value[name], old, creating)
            planned[name] = old if before and not blank(old) and same(prop, old, part) else part
        elif prop.get("computed") or prop.get("output"):
            planned[name] = UNKNOWN if before is None else old
        elif "default" in prop:
            planned[name] = prop["default"]
        elif before is not None and name in before and blank(old):
            planned[name] = old
        elif before is not None and name in before:
            planned[name] = [] if is_block(prop) else None
    planned |= {key: item for key, item in value.items() if key not in members and not key.startswith("__")}
    return planned


def _text(prop: Property, value: str) -> Any:
    kind = prop.get("type")
    if kind == "bool" and value in ("true", "false"):
        return value == "true"
    if kind in ("int", "float"):
        number = float(value)
        return int(number) if number.is_integer() else number
    return canonical(value) if prop.get("format") in ("json", "iam-policy-json") else value


def _all_tags(facts: TypeFacts, given: Values, old: Values | None, setting: Setting) -> Any:
    """The program's tags over the provider's default tags; not known in full while a tag is not."""
    tags = given.get("tags")
    if has_unknown(tags):
        return UNKNOWN
    merged = {**setting.default_tags, **(tags if isinstance(tags, dict) else {})}
    if not merged and old is None and not facts.modern:
        return UNKNOWN
    return merged
