"""Between the outputs' names and the cloud's: fields by table, nested objects by rule, tags, times."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

PARTITION = "aws"
"""The embedded cloud knows the regions of the other partitions, but writes all ARNs in this one."""

Values = dict[str, Any]
Fields = Mapping[str, str]
"""Our name -> the cloud's name."""


def given(values: Values, fields: Fields) -> Values:
    """Request parameters: of the fields that have a value."""
    return {theirs: values[ours] for ours, theirs in fields.items() if values.get(ours) is not None}


def told(answer: Values, fields: Fields) -> Values:
    """Outputs: every field, None for what the answer lacks."""
    return {ours: answer.get(theirs) for ours, theirs in fields.items()}


def changed(old: Values, new: Values, names: Iterable[str]) -> list[str]:
    """Those of the names that differ, nothing and blank counting as the same."""
    return [name for name in names if (old.get(name) or None) != (new.get(name) or None)]


def pascal(value: Any, special: Mapping[str, str] | None = None) -> Any:
    """A nested value with the cloud's names (first letter large); `special` names the exceptions."""
    names = special or {}
    if isinstance(value, dict):
        return {
            names.get(key, key[:1].upper() + key[1:]): pascal(item, names)
            for key, item in value.items()
            if item is not None and item != ""
        }
    return [pascal(item, names) for item in value] if isinstance(value, list) else value


def camel(value: Any, special: Mapping[str, str] | None = None) -> Any:
    """The way back: `special` again maps our names to the cloud's."""
    names = {theirs: ours for ours, theirs in (special or {}).items()}
    return _camel(value, names)


def _camel(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key[:1].lower() + key[1:]): _camel(item, names) for key, item in value.items()}
    return [_camel(item, names) for item in value] if isinstance(value, list) else value


def pairs(tags: Mapping[str, Any] | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as the list of pairs most services want."""
    return [{key: name, value: str(text)} for name, text in (tags or {}).items()]


def mapped(tags: Iterable[Mapping[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags from the list of pairs; the cloud's own (`aws:...`) left out."""
    return {item[key]: item[value] for item in tags or () if not item[key].startswith("aws:")}


def retag(
    there: Mapping[str, str],
    wanted: Mapping[str, Any] | None,
    put: Callable[[dict[str, str]], Any],
    drop: Callable[[list[str]], Any],
) -> None:
    """Brings tags from what is there to what is wanted, with as few calls as can be."""
    want = {name: str(text) for name, text in (wanted or {}).items()}
    if surplus := [name for name in there if name not in want]:
        drop(surplus)
    if news := {name: text for name, text in want.items() if there.get(name) != text}:
        put(news)


def stamp(time: Any) -> str | None:
    """A time as the provider writes it, in UTC to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(time, datetime) else time


def document(value: Any) -> str | None:
    """A JSON document as text; boto3 hands out some of them decoded. The core brings it into the one spelling."""
    return value if isinstance(value, str) or value is None else json.dumps(value)


def arn(call: Any, service: str, resource: str) -> str:
    """An ARN in the call's place."""
    return f"arn:{PARTITION}:{service}:{call.region}:{call.account}:{resource}"
