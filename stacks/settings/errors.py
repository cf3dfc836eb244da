"""Mistakes in the settings: one line each, all in one error that Pulumi prints without a stack trace."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pulumi
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stacks.settings.nodes import Path, expected, fields, located, shown, variants

SHOWN_CHARACTERS = 60
NOTHING = "nothing"


@dataclass(frozen=True)
class Fault:
    """One mistake: where, what is there, what belongs there, and, if there is one, the way out."""

    path: Path
    got: str
    expected: str
    way_out: str = ""

    def __str__(self) -> str:
        way_out = f"; {self.way_out}" if self.way_out else ""
        return f"{shown(self.path)}: got {self.got}, expected {self.expected}{way_out}"


class SettingsError(pulumi.RunError):
    """Everything that is wrong in a stack's settings; its text has one line per mistake."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def told(value: Any) -> str:
    """A value in a message: on one line, cut when long, groups and lists by size, never a password in an address."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "true" if value else "false"
        case str():
            text = re.sub(r"://[^/@\s]*@", "://...@", value)
            return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}...")
        case dict():
            return f"a group with {len(value)} key{'' if len(value) == 1 else 's'}"
        case list():
            return f"a list with {len(value)} value{'' if len(value) == 1 else 's'}"
        case _:
            text = str(value)
            return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."


def faults_in(error: ValidationError) -> list[Fault]:
    """What pydantic found, in our words."""
    return [_fault(detail) for detail in error.errors(include_url=False)]


def _fault(detail: ErrorDetails) -> Fault:
    loc, value = detail["loc"], detail["input"]
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(loc)
        case "union_tag_not_found" | "union_tag_invalid":
            path, node = located(loc)
            word = str(node["discriminator"]["propertyName"])
            return Fault((*path, word), told(value.get(word)), f"one of {', '.join(variants(node))}")
        case "missing":
            path, node = located(loc)
            return Fault(path, NOTHING, expected(node))
        case _:
            path, node = located(loc)
            return Fault(path, "a value that is not shown" if node.get("writeOnly") else told(value), expected(node))


def _unknown_key(loc: tuple[str | int, ...]) -> Fault:
    path, _ = located(loc)
    _, group = located(loc[:-1])
    known = tuple(group["properties"])
    return Fault(path, "an unknown key", f"one of {', '.join(known)}", did_you_mean(path, known))


def did_you_mean(path: Path, known: Iterable[str]) -> str:
    """`did you mean timeout_s?` for a key that is nearly a known one or stands in another place; else nothing."""
    key = str(path[-1])
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).replace("-", "_").lower()
    if near := get_close_matches(plain, known, n=1, cutoff=0.7):
        return f"did you mean {near[0]}?"
    others = [(elsewhere, word) for elsewhere, _, word in fields() if elsewhere[-1] == key]
    for elsewhere, word in others:
        if elsewhere == path:
            return f"{word} has it, not this one"
    if others:
        return f"did you mean {shown(others[0][0])}?"
    return ""
