"""Resources of a test, and the three forms in which the pack can see them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from assistant_policies.facts.model import Resource
from assistant_policies.facts.stack import Stack
from assistant_policies.facts.values import UNKNOWN

STACK, PROJECT = "dev", "example"


def token(short: str) -> str:
    """`sqs/Queue` as Pulumi writes it; anything with a colon as it is."""
    if ":" in short:
        return short
    module, name = short.split("/")
    return f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"


@dataclass(frozen=True)
class R:
    """One resource: `edges` by logical names; `outputs` are what the provider adds to the inputs."""

    kind: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    edges: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    provider: Mapping[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return token(self.kind)

    @property
    def all_outputs(self) -> dict[str, Any]:
        return {**self.inputs, **self.outputs}

    def urn(self, stack: str = STACK) -> str:
        return f"urn:pulumi:{stack}::{PROJECT}::{self.type}::{self.name}"


def made(kind: str, name: str, inputs: Mapping[str, Any] | None = None, **more: Any) -> R:
    """A resource that exists, with an ARN, an id and a name."""
    arn = f"arn:aws:{token(kind).split(':')[1].split('/')[0]}:us-east-1:123456789012:{name}"
    outputs = {"id": name, "arn": arn, "name": name, **more.pop("outputs", {})}
    return R(kind, name, inputs or {}, outputs=outputs, **more)


def _urns(resources: Sequence[R]) -> dict[str, str]:
    return {resource.name: resource.urn() for resource in resources}


def facts(resources: Sequence[R]) -> Stack:
    """What the rules see."""
    urns = _urns(resources)
    return Stack(
        Resource(
            resource.urn(), resource.type, dict(resource.inputs), resource.all_outputs,
            {via: tuple(urns[name] for name in names) for via, names in resource.edges.items()},
            urns[resource.parent] if resource.parent else None, dict(resource.provider),
        )
        for resource in resources
    )  # fmt: skip


def wire(value: Any) -> Any:
    """A value as the engine sends it: the SDK's sentinel for what is not known, floats for numbers."""
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        return {key: wire(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [wire(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _options() -> PolicyResourceOptions:
    return PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [], None)


def _provider(resource: R) -> PolicyProviderResource:
    urn = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:providers:aws::default"
    return PolicyProviderResource("pulumi:providers:aws", proxied(resource.provider), urn, "default")


def proxied(value: Mapping[str, Any]) -> Any:
    """Properties in the SDK's proxy, which raises on what is not known."""
    return unknown_checking_proxy(wire(value))


def resource_args(resource: R) -> ResourceValidationArgs:
    """What a resource policy gets."""
    return ResourceValidationArgs(
        resource.type, proxied(resource.inputs), resource.urn(), resource.name, _options(), _provider(resource)
    )


def stack_args(resources: Sequence[R]) -> StackValidationArgs:
    """What a stack policy gets."""
    seen = {
        resource.name: PolicyResource(
            resource.type, proxied(resource.all_outputs), resource.urn(), resource.name, _options(),
            _provider(resource), None, [], {},
        )
        for resource in resources
    }  # fmt: skip
    for resource in resources:
        mine = seen[resource.name]
        mine.parent = seen[resource.parent] if resource.parent else None
        mine.property_dependencies = {via: [seen[name] for name in names] for via, names in resource.edges.items()}
    return StackValidationArgs(list(seen.values()))


def _struct(value: Mapping[str, Any]) -> struct_pb2.Struct:
    made_of = struct_pb2.Struct()
    made_of.update(wire(value))
    return made_of


def analyze_request(resource: R, stack: str = STACK) -> Any:
    """The request that the engine sends when a resource registers."""
    return analyzer_pb2.AnalyzeRequest(
        type=resource.type, properties=_struct(resource.inputs), urn=resource.urn(stack), name=resource.name,
        provider=analyzer_pb2.AnalyzerProviderResource(
            type="pulumi:providers:aws", properties=_struct(resource.provider), name="default"
        ),
    )  # fmt: skip


def analyze_stack_request(resources: Sequence[R], stack: str = STACK) -> Any:
    """The request that the engine sends at the end."""
    urns = {resource.name: resource.urn(stack) for resource in resources}
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                type=resource.type, properties=_struct(resource.all_outputs), urn=resource.urn(stack),
                name=resource.name, parent=urns[resource.parent] if resource.parent else "",
                provider=analyzer_pb2.AnalyzerProviderResource(
                    type="pulumi:providers:aws", properties=_struct(resource.provider), name="default"
                ),
                propertyDependencies={
                    via: analyzer_pb2.AnalyzerPropertyDependencies(urns=[urns[name] for name in names])
                    for via, names in resource.edges.items()
                },
            )
            for resource in resources
        ]
    )  # fmt: skip


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
