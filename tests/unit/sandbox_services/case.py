"""A resource under test: the inputs it is made with, and a change that happens in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.sandbox_services.world import World

Values = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`inputs` may need the world; `change` is what an update gives, None as a value leaves an input out."""

    token: str
    inputs: Callable[[World], Values]
    change: Values = field(default_factory=dict)
    name: str = "it"

    def __str__(self) -> str:
        return f"{self.token.split(':')[1]}-{self.name}"
