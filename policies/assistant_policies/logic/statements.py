"""Reads IAM policy documents: statements as they are meant, and who would be let in."""

import json
from collections.abc import Iterator
from typing import Any

from assistant_policies.facts.values import ABSENT, UNKNOWN, has_unknown

# Conditions that keep out everybody who is not of one account, organisation, network or resource, when their values are fixed.
NARROWING = frozenset({
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:principalorgid", "aws:principalaccount", "aws:principalarn",
    "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "kms:calleraccount", "kms:viaservice", "aws:principalorgpaths",
})  # fmt: skip
POSITIVE = ("stringequals", "stringlike", "arnequals", "arnlike", "foranyvalue:stringequals", "foranyvalue:stringlike")


def document(value: Any) -> Any:
    """The parsed document: a dict, UNKNOWN, or ABSENT when there is none. Raises ValueError for what is no document."""
    if value is UNKNOWN or value is ABSENT:
        return value
    read = json.loads(value) if isinstance(value, str) else value
    if not isinstance(read, dict):
        raise ValueError("not a policy document")
    return read


def listed(value: Any) -> list[Any]:
    """One or many, as a list."""
    if value is None or value is ABSENT:
        return []
    return list(value) if isinstance(value, list) else [value]


def statements(read: dict[str, Any], effect: str = "Allow") -> Iterator[dict[str, Any]]:
    """The statements with an effect."""
    for statement in listed(read.get("Statement")):
        if isinstance(statement, dict) and str(statement.get("Effect", "")).lower() == effect.lower():
            yield statement


def actions(statement: dict[str, Any]) -> list[str]:
    """Allowed actions, in lower case."""
    return [action.lower() for action in listed(statement.get("Action")) if isinstance(action, str)]


def covers_everything(statement: dict[str, Any]) -> bool:
    """True when the statement holds for every resource."""
    return any(resource == "*" for resource in listed(statement.get("Resource"))) or "NotResource" in statement


def anybody(statement: dict[str, Any]) -> bool:
    """True when the principal is everybody, however it is written. NotPrincipal with Allow lets in nearly everybody."""
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    if principal == "*":
        return True
    return isinstance(principal, dict) and any("*" in map(str, listed(who)) for who in principal.values())


def narrowed(statement: dict[str, Any]) -> bool | None:
    """True when a condition keeps strangers out; None when that depends on a value that is not known."""
    conditions = statement.get("Condition")
    if conditions is UNKNOWN:
        return None
    if not isinstance(conditions, dict):
        return False
    undecided = False
    for operator, pairs in conditions.items():
        if operator.lower() not in POSITIVE:  # ...IfExists holds for requests without the key, negations let others in
            continue
        if pairs is UNKNOWN:
            undecided = True
            continue
        for key, wanted in pairs.items() if isinstance(pairs, dict) else ():
            if key.lower() not in NARROWING:
                continue
            if has_unknown(wanted):
                undecided = True
            elif all(isinstance(text, str) and text.strip("*") and not _any_account(text) for text in listed(wanted)):
                return True
    return None if undecided else False


def _any_account(text: str) -> bool:
    """True for an ARN pattern that leaves the account open, such as arn:aws:s3:::* or arn:aws:sns:*:*:*."""
    if not text.startswith("arn:"):
        return "*" in text or "?" in text
    parts = text.split(":", 5)
    return len(parts) < 6 or (not parts[4].isdigit() and parts[4] != "" and "*" in parts[4]) or parts[5] in {"", "*"}
