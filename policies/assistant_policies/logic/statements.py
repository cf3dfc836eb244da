"""Reads IAM policy documents, statement by statement; what a statement says may be not known, or broken."""

import re
from dataclasses import dataclass
from typing import Any

from assistant_policies.facts.values import ABSENT, UNKNOWN, document
from assistant_policies.logic.kleene import Truth, every, opposite, some
from assistant_policies.logic.wildcards import like

ALL = re.compile(r"[*?:]*\*[*?:]*")
ALL_RESOURCES = re.compile(r"\*+|arn:[*a-z-]+(:\*+){1,4}")


@dataclass(frozen=True)
class Statement:
    """One statement; `said` is empty, and nothing about it is known, when it is not an object."""

    said: dict[str, Any]

    def has_effect(self, effect: str) -> Truth:
        """Whether it is an Allow or a Deny; None for anything else, which AWS refuses."""
        said = self.said.get("Effect")
        known = isinstance(said, str) and said.lower() in {"allow", "deny"}
        return str(said).lower() == effect.lower() if known else None

    def condition(self) -> Any:
        """Its conditions; an empty object when it has none."""
        return self.said.get("Condition", {}) if self.said else UNKNOWN

    def excepts_actions(self) -> bool:
        """True when it holds for every action but a few."""
        return "NotAction" in self.said

    def actions(self) -> list[str] | None:
        """Its actions in lower case; None when any is not known, or when it says NotAction."""
        given = listed(self.said.get("Action", UNKNOWN))
        if self.excepts_actions() or not all(isinstance(one, str) for one in given):
            return None
        return [one.lower() for one in given]

    def covers_action(self, action: str) -> Truth:
        """Whether an action, in lower case, is among its actions."""
        if self.excepts_actions():
            excepted = some(_matches(action, one) for one in listed(self.said["NotAction"]))
            return opposite(excepted)
        return some(_matches(action, one) for one in listed(self.said.get("Action", UNKNOWN)))

    def every_action(self) -> Truth:
        """Whether it holds for all actions of all services, or for all but a few."""
        if self.excepts_actions():
            return True
        given = listed(self.said.get("Action", UNKNOWN))
        return some(bool(ALL.fullmatch(one)) if isinstance(one, str) else None for one in given)

    def every_resource(self) -> Truth:
        """Whether it holds for every resource, or for all but a few."""
        if "NotResource" in self.said:
            return True
        given = listed(self.said.get("Resource", UNKNOWN))
        return some(bool(ALL_RESOURCES.fullmatch(one)) if isinstance(one, str) else None for one in given)

    def for_anybody(self, *, but_a_few: bool) -> Truth:
        """Whether its principal is everybody; with NotPrincipal, the answer is what `but_a_few` says."""
        if "NotPrincipal" in self.said:
            return but_a_few
        principal = self.said.get("Principal", UNKNOWN)
        if isinstance(principal, str):
            return True if principal == "*" else None  # AWS takes no other text here
        if not isinstance(principal, dict) or not principal:
            return None
        return some(_everybody(one) for who in principal.values() for one in listed(who))


def listed(value: Any) -> list[Any]:
    """One or many, as a list; an empty list or null, which say nothing, as one that is not known."""
    if isinstance(value, list) and value:
        return list(value)
    return [UNKNOWN] if value is None or value is ABSENT or value == [] else [value]


def statements(value: Any) -> list[Statement]:
    """The statements of a policy document. Raises ValueError for what is no document with statements."""
    said = document(value).get("Statement", UNKNOWN)
    if isinstance(said, dict):
        said = [said]
    if not isinstance(said, list):
        raise ValueError("no Statement")
    return [Statement(one if isinstance(one, dict) else {}) for one in said]


def allows(statement: Statement, *more: Truth) -> Truth:
    """Whether it is an Allow of which all the rest holds, too."""
    return every((statement.has_effect("Allow"), *more))


def _matches(action: str, pattern: Any) -> Truth:
    return like(action, pattern.lower()) if isinstance(pattern, str) else None


def _everybody(one: Any) -> Truth:
    if not isinstance(one, str) or not one:
        return None
    if not one.strip("*"):
        return True
    return None if "*" in one or "?" in one else False  # a wildcard inside a principal is refused by AWS, or means many
