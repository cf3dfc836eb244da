"""Resources as rules see them: what the program asked for, what the provider has made of it, and where it came from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant_policies.facts.values import ABSENT, UNKNOWN, dig

# Outputs by which other resources name one: a known value equal to one of these is as good as an edge.
NAMES = ("id", "arn", "name", "url", "bucket", "functionName", "keyId", "invokeArn", "executionArn")


@dataclass(frozen=True, eq=False)  # a resource is itself, however alike another is
class Resource:
    """One resource: its inputs as checked, its outputs as far as known, and which resources each property came from."""

    urn: str
    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    edges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parent: str | None = None
    provider: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def stack(self) -> str:
        """The name of the stack it is in."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]

    def read(self, *path: str | int) -> Any:
        """What the program asked for at a path. An unknown input that the outputs know counts as known."""
        value = dig(self.inputs, *path)
        if value is UNKNOWN:
            made = dig(self.outputs, *path)
            return UNKNOWN if made is ABSENT else made
        return value

    def made(self, *path: str | int) -> Any:
        """What the provider says, at a path: an output that is known, else the input."""
        value = dig(self.outputs, *path)
        return self.read(*path) if value is ABSENT or value is UNKNOWN else value

    def number(self, *path: str | int) -> Any:
        """A number; ABSENT; or UNKNOWN, also for what is no number: nothing can be compared with it."""
        value = self.read(*path)
        if value is ABSENT:
            return ABSENT
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return value if good else UNKNOWN

    def flag(self, *path: str | int) -> Any:
        """True or False; ABSENT; or UNKNOWN, also for what is neither."""
        value = self.read(*path)
        return value if value is ABSENT or isinstance(value, bool) else UNKNOWN

    def text(self, *path: str | int) -> Any:
        """A text; ABSENT, also for an empty one; or UNKNOWN, also for what is no text."""
        value = self.read(*path)
        if value is ABSENT or value == "":
            return ABSENT
        return value if isinstance(value, str) else UNKNOWN

    def lack(self, *path: str | int) -> str:
        """Why the property at a path decides nothing, for an UNKNOWN: it is not known yet, or of another kind."""
        value = self.read(*path)
        name = ".".join(str(step) for step in path)
        kind = type(value).__name__
        return f"{name} is not known yet" if value is UNKNOWN else f"{name} is of type {kind}, which it cannot be"

    @cached_property
    def names(self) -> frozenset[str]:
        """Every known text by which another resource may refer to this one."""
        values = (dig(self.outputs, name) for name in NAMES)
        return frozenset(value for value in values if isinstance(value, str) and value)

    @cached_property
    def has_all_names(self) -> bool:
        """True when it has been made, so that a text that is not among its names is not one of them."""
        values = [dig(self.outputs, name) for name in NAMES]
        return isinstance(values[0], str) and not any(value is UNKNOWN for value in values)
