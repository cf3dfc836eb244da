"""Resources and the edges between them, as rules see them."""

from collections.abc import Iterable, Mapping
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
    dependencies: tuple[str, ...] = ()
    parent: str | None = None
    protect: bool = False
    provider: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    def read(self, *path: str | int) -> Any:
        """What the program asked for at a path. An unknown input that the outputs know counts as known."""
        value = dig(self.inputs, *path)
        if value is UNKNOWN:
            made = dig(self.outputs, *path)
            return UNKNOWN if made is ABSENT else made
        return value

    def made(self, *path: str | int) -> Any:
        """What the provider says, at a path: an output, else the input."""
        value = dig(self.outputs, *path)
        return self.read(*path) if value is ABSENT else value

    @cached_property
    def names(self) -> frozenset[str]:
        """Every known text by which another resource may refer to this one."""
        values = (dig(self.outputs, name) for name in NAMES)
        return frozenset(value for value in values if isinstance(value, str) and value)


@dataclass(frozen=True)
class Links:
    """Resources at the other end of a reference: those that are there for certain, and those that may be."""

    certain: tuple[Resource, ...] = ()
    possible: tuple[Resource, ...] = ()


class Stack:
    """All resources of a run."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = {resource.urn: resource for resource in resources}

    def of(self, *types: str) -> list[Resource]:
        """Resources of the given types, in the order of registration."""
        return [resource for resource in self.resources.values() if resource.type in types]

    def targets(self, source: Resource, via: str, *types: str) -> Links:
        """What `source.<via>` refers to.

        One dependency of an expected type is certain, several are possible. A known value decides by itself: it names a
        resource of the stack, or something outside of it, and then there is no link. An unknown value without any
        dependency may be any resource of the type.
        """
        value = source.made(via)
        found = [self.resources[urn] for urn in source.edges.get(via, ()) if urn in self.resources]
        expected = [resource for resource in found if resource.type in types]
        if isinstance(value, str):
            named = tuple(resource for resource in self.of(*types) if value in resource.names)
            if named:
                return Links(certain=named)
        if len(expected) == 1:
            return Links(certain=tuple(expected))
        if expected:
            return Links(possible=tuple(expected))
        if value is UNKNOWN and not found:
            return Links(possible=tuple(self.of(*types)))
        if found and any(self._is_component(resource) for resource in found):
            return Links(possible=tuple(self._inside(found, types)))
        return Links()

    def pointing_at(self, target: Resource, type: str, via: str) -> Links:
        """Resources of `type` whose property `via` refers to `target`."""
        certain: list[Resource] = []
        possible: list[Resource] = []
        for source in self.of(type):
            links = self.targets(source, via, target.type)
            if target in links.certain:
                certain.append(source)
            elif target in links.possible:
                possible.append(source)
        return Links(tuple(certain), tuple(possible))

    @staticmethod
    def _is_component(resource: Resource) -> bool:
        return not resource.type.startswith(("aws:", "pulumi:"))

    def _inside(self, components: list[Resource], types: tuple[str, ...]) -> list[Resource]:
        roots = {component.urn for component in components}
        return [resource for resource in self.of(*types) if roots & set(self._above(resource))]

    def _above(self, resource: Resource) -> list[str]:
        chain: list[str] = []
        while resource.parent and resource.parent not in chain:
            chain.append(resource.parent)
            if resource.parent not in self.resources:
                break
            resource = self.resources[resource.parent]
        return chain
