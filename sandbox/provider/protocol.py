"""What a stand-in offers, in plain Python: the provider operations, their questions and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol


class ProviderError(Exception):
    """An operation that cannot be done; the text, one line, is what the engine shows."""


class InitFailedError(ProviderError):
    """A resource that exists but did not get ready: the engine keeps it in the state and tries again next time."""

    def __init__(self, id: str, outputs: dict[str, Any], reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.id, self.outputs, self.reasons = id, outputs, reasons


class Kind(Enum):
    """What becomes of one property in a difference; the values are the protocol's."""

    ADD = 0
    ADD_REPLACE = 1
    DELETE = 2
    DELETE_REPLACE = 3
    UPDATE = 4
    UPDATE_REPLACE = 5

    @property
    def replaces(self) -> bool:
        """True when this change needs another resource in place of the old one."""
        return self in (Kind.ADD_REPLACE, Kind.DELETE_REPLACE, Kind.UPDATE_REPLACE)


class Naming(Enum):
    """How far the engine's own naming rule binds; the values are the protocol's."""

    PROPOSE = 0
    ENFORCE = 1
    DISABLE = 2


@dataclass(frozen=True)
class Resource:
    """Which resource an operation is about. `name` is its name in the program, `timeout` in seconds, 0 = default."""

    urn: str
    type: str
    name: str
    timeout: float = 0


@dataclass(frozen=True)
class Stored:
    """What the state holds of a resource; either side may be empty."""

    id: str
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class CheckQuestion:
    """Inputs to judge. `olds` are the inputs of last time, None for a new resource; `seed` makes names repeatable."""

    resource: Resource
    news: dict[str, Any]
    olds: dict[str, Any] | None = None
    seed: bytes = b""
    naming: Naming | None = None
    proposed_name: str = ""


@dataclass(frozen=True)
class Failure:
    """One wrong input: property path (may be empty for the resource as a whole) and what is wrong with it."""

    property: str
    reason: str


@dataclass(frozen=True)
class CheckAnswer:
    """Completed inputs, or everything that is wrong with them."""

    inputs: dict[str, Any]
    failures: list[Failure] = field(default_factory=list[Failure])


@dataclass(frozen=True)
class DiffAnswer:
    """Changes by property path; none = nothing to do."""

    changes: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    delete_before_replace: bool = False


class Provider(Protocol):
    """One provider instance. Properties are plain values as `sandbox.provider.values` describes them."""

    @property
    def version(self) -> str:
        """Semantic version whose pre-release part says that this is a stand-in."""
        ...

    def check_config(self, news: dict[str, Any]) -> CheckAnswer:
        """Judges the provider's configuration."""
        ...

    def diff_config(self, olds: dict[str, Any], news: dict[str, Any]) -> DiffAnswer:
        """Says what a changed configuration means for the resources that use it."""
        ...

    def configure(self, inputs: dict[str, Any]) -> None:
        """Takes the configuration; called once before any operation on resources."""
        ...

    def schema(self) -> str:
        """The package schema as JSON; "{}" when there is none."""
        ...

    def check(self, question: CheckQuestion) -> CheckAnswer:
        """Judges and completes a resource's inputs."""
        ...

    def diff(self, resource: Resource, old: Stored, news: dict[str, Any], ignore: list[str]) -> DiffAnswer:
        """Compares the state with checked inputs; paths in `ignore` do not count."""
        ...

    def create(self, resource: Resource, inputs: dict[str, Any], preview: bool) -> tuple[str, dict[str, Any]]:
        """Makes a resource: (id, outputs). In a preview nothing is made and the id is ""."""
        ...

    def read(self, resource: Resource, old: Stored) -> Stored | None:
        """What is really there; None when it is gone. An import has an id and neither inputs nor outputs."""
        ...

    def update(self, resource: Resource, old: Stored, news: dict[str, Any], preview: bool) -> dict[str, Any]:
        """Changes a resource in place; returns its outputs."""
        ...

    def delete(self, resource: Resource, old: Stored) -> None:
        """Removes a resource; one that is gone already is fine."""
        ...

    def invoke(self, token: str, args: dict[str, Any], preview: bool) -> tuple[dict[str, Any], list[Failure]]:
        """Answers a data source."""
        ...

    def cancel(self) -> None:
        """Gives up what is going on, as far as it can be given up."""
        ...
