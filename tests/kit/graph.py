"""A recorded program as a graph of resources, with what tests ask of it."""

import json
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import rpc


def _plain(value: Any) -> Any:
    """Without the noise of the wire: whole floats are whole numbers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    """An archive by its path, and what a preview does not know yet, for comparing."""
    if isinstance(value, pulumi.FileArchive):
        return f"archive {value.path}"
    assert isinstance(value, Unknown), f"no comparison for {type(value).__name__}"
    return "unknown"


@dataclass(frozen=True)
class Node:
    """One registered resource."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    dependencies: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    provider: str
    providers: dict[str, str]
    protect: bool
    secrets: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, urn: str, request: Any) -> "Node":
        """From a registration request."""
        edges = {name: frozenset(found.urns) for name, found in request.propertyDependencies.items()}
        return cls(
            urn, request.type, request.name, request.parent, request.custom,
            _plain(rpc.deserialize_properties(request.object, keep_unknowns=True)), frozenset(request.dependencies),
            {name: urns for name, urns in edges.items() if urns}, request.provider, dict(request.providers),
            request.protect,
        )  # fmt: skip

    def document(self, name: str = "policy") -> dict[str, Any]:
        """An input that is a JSON document."""
        return json.loads(self.inputs[name])

    def statements(self, name: str = "policy") -> dict[str, dict[str, Any]]:
        """The statements of a policy by Sid."""
        found = self.document(name)["Statement"]
        by_sid = {statement.get("Sid", ""): statement for statement in found}
        assert len(by_sid) == len(found), f"{self.name}: two statements share a Sid"
        return by_sid


@dataclass(frozen=True)
class Graph:
    """Everything that a program registered."""

    nodes: dict[str, Node]
    outputs: dict[str, list[dict[str, Any]]]
    invokes: list[Any] = field(default_factory=list)

    def of_type(self, *types: str) -> list[Node]:
        """The resources whose type ends in one of the names, such as `sqs/queue:Queue`."""
        return [node for node in self.nodes.values() if node.type.endswith(types)]

    def one(self, name: str) -> Node:
        """The resource with that name."""
        found = [node for node in self.nodes.values() if node.name == name]
        assert len(found) == 1, (
            f"{len(found)} resources are named {name}: {sorted(n.name for n in self.nodes.values())}"
        )
        return found[0]

    def names(self) -> list[str]:
        """Every resource's name, sorted."""
        return sorted(node.name for node in self.nodes.values())

    def points(self, source: str, property_name: str, target: str) -> bool:
        """Whether a property of one resource refers to another resource."""
        return self.one(target).urn in self.one(source).property_dependencies.get(property_name, frozenset())

    def output(self, name: str) -> dict[str, Any]:
        """The outputs that a component registered."""
        registered = self.outputs[self.one(name).urn]
        assert len(registered) == 1, f"{name} registered its outputs {len(registered)} times"
        return _plain(registered[0])

    def shape(self) -> dict[str, Any]:
        """The graph without order, for comparing two programs."""

        def told(node: Node) -> tuple[Any, ...]:
            edges = {name: sorted(urns) for name, urns in sorted(node.property_dependencies.items())}
            inputs = json.dumps(node.inputs, sort_keys=True, default=_shown)
            return node.type, node.name, node.parent, inputs, node.protect, edges

        return {urn: told(node) for urn, node in self.nodes.items()}
