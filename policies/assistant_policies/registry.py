"""The rules: what each is called, is about, and when it stops an update. A rule is a function with this decorator."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from assistant_policies.facts.model import Resource
from assistant_policies.facts.stack import Stack
from assistant_policies.settings import Gate, Settings
from assistant_policies.verdict import Verdict

if TYPE_CHECKING:
    from types import ModuleType

ID_PATTERN = re.compile(r"ASSIST-(NET|EDGE|LINK|IAM|DATA|SEC|CMP|SRV|AI|OBS|REL|TEN|COST|GOV)-[0-9]{3}")
EVERY_TYPE = "*"


class Severity(StrEnum):
    """How bad a broken rule is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Scope(StrEnum):
    """When a rule can be decided."""

    RESOURCE = "resource"
    """On one resource's own inputs: judged before that resource is made."""
    DOCUMENT = "document"
    """On a JSON document: judged like RESOURCE when the document is known, else over the whole stack."""
    STACK = "stack"
    """On edges between resources: judged over the whole stack."""


@dataclass(frozen=True)
class Context:
    """What a rule gets besides its resource. In a RESOURCE rule the stack holds that resource alone."""

    stack: Stack
    settings: Settings


Check = Callable[[Resource, Context], Iterable[Verdict]]


@dataclass(frozen=True)
class Rule:
    """One rule. `title` states what holds when it passes; `fix` is the code that mends it."""

    id: str
    title: str
    types: tuple[str, ...]
    severity: Severity
    gate: Gate
    scope: Scope
    why: str
    fix: str
    refs: tuple[str, ...]
    check: Check

    @property
    def family(self) -> str:
        """The middle part of the id."""
        return self.id.split("-")[1]

    def concerns(self, resource: Resource) -> bool:
        """True when the resource is of the rule's types."""
        return resource.type in self.types or (EVERY_TYPE in self.types and resource.type.startswith("aws:"))


_RULES: dict[str, Rule] = {}


def rule(
    id: str, *, title: str, types: list[str], severity: Severity, gate: Gate, scope: Scope, why: str, fix: str,
    refs: list[str] | None = None,
) -> Callable[[Check], Check]:  # fmt: skip
    """Registers a rule. Raises ValueError for an id that has another form or is taken."""

    def register(check: Check) -> Check:
        if not ID_PATTERN.fullmatch(id):
            raise ValueError(f"rule id: got {id!r}, expected ASSIST-<FAMILY>-<NNN>")
        if id in _RULES:
            raise ValueError(f"rule id: got {id} twice, in {_RULES[id].check.__module__} and {check.__module__}")
        _RULES[id] = Rule(id, title, tuple(types), severity, gate, scope, why, fix, tuple(refs or ()), check)
        return check

    return register


def all_rules() -> list[Rule]:
    """Every rule of the package, by id."""
    from assistant_policies import rules

    _import_all(rules)
    return [_RULES[id] for id in sorted(_RULES)]


def _import_all(package: "ModuleType") -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
