"""The properties of a resource type: names, kinds and required marks from the Docker SDK, the rest from the facts."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

import pulumi
import pulumi_docker as sdk

from sandbox.docker.facts import FACTS

_SCALARS: dict[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True)
class Property:
    """One property.

    `kind` is string, boolean, integer, number, list, set, map, object or any; `element` belongs to list, set and map,
    `members` to object. `computed`: the daemon fills in what the program leaves out. `blank_keeps`: so it does, and an
    empty value means the same. `in_place`: a change does not replace the resource.
    """

    kind: str
    required: bool = False
    element: Property | None = None
    members: Mapping[str, Property] = field(default_factory=lambda: MappingProxyType({}))
    default: Any = None
    computed: bool = False
    blank_keeps: bool = False
    in_place: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    like: str = ""
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class ResourceType:
    """Inputs by Pulumi name, and the names of the outputs that are not inputs."""

    name: str
    inputs: Mapping[str, Property]
    outputs: tuple[str, ...]


@cache
def sdk_version() -> str:
    """Version of the installed Docker SDK for Pulumi, such as `5.2.0`; 0.0.0 when there is none."""
    try:
        return version("pulumi-docker")
    except PackageNotFoundError:
        return "0.0.0"


@cache
def type_of(token: str) -> ResourceType | None:
    """The resource type of a token such as `docker:index/container:Container`; None when the stand-in lacks it."""
    name = token.rpartition(":")[2]
    if name not in FACTS or token != f"docker:index/{name[0].lower()}{name[1:]}:{name}":
        return None
    inputs = _members(getattr(sdk, f"{name}Args"), FACTS[name], "")
    getters = [camel(key) for key, value in vars(getattr(sdk, name)).items() if isinstance(value, property)]
    return ResourceType(name, inputs, tuple(key for key in getters if key not in inputs))


def camel(name: str) -> str:
    """`memory_swap` as `memorySwap`, the way the SDK names things on the wire."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _members(arguments: type, facts: Mapping[str, Mapping[str, Any]], path: str) -> Mapping[str, Property]:
    """The properties of an SDK arguments class, which are the keyword parameters of its constructor."""
    hints = typing.get_type_hints(arguments.__init__, localns={"Output": pulumi.Output, "T": Any})
    found: dict[str, Property] = {}
    for name, parameter in inspect.signature(arguments.__init__).parameters.items():
        if name in hints:
            required = parameter.default is inspect.Parameter.empty
            here = f"{path}.{camel(name)}".lstrip(".")
            found[camel(name)] = _property(hints[name], facts, here, required=required)
    return MappingProxyType(found)


def _property(hint: Any, facts: Mapping[str, Mapping[str, Any]], path: str, required: bool = False) -> Property:
    said: dict[str, Any] = dict(facts.get(path, {}))
    is_set = said.pop("set", False)
    inner = _plain(hint)
    origin = typing.get_origin(inner) or inner
    if inner in _SCALARS:
        return Property(_SCALARS[inner], required, **said)
    if isinstance(origin, type) and issubclass(origin, Enum):
        said = {"allowed": tuple(str(member.value) for member in origin), **said}
        return Property("string", required, **said)
    if origin is Sequence:
        element = _property(typing.get_args(inner)[0], _below(facts, path), path)
        return Property("set" if is_set else "list", required, element, **said)
    if origin is Mapping:
        element = _property(typing.get_args(inner)[1], {}, path)
        return Property("map", required, element, **said)
    if isinstance(inner, type):
        return Property("object", required, members=_members(inner, facts, path), **said)
    return Property("any", required, **said)


def _below(facts: Mapping[str, Mapping[str, Any]], path: str) -> Mapping[str, Mapping[str, Any]]:
    """The facts without those of the list itself, which has the same path as its elements."""
    return {key: value for key, value in facts.items() if key != path}


def _plain(hint: Any) -> Any:
    """The type inside `pulumi.Input[Optional[...]]`."""
    if typing.get_origin(hint) is not typing.Union:
        return hint
    for option in typing.get_args(hint):
        if option is not type(None) and typing.get_origin(option) not in (Awaitable, pulumi.Output):
            return _plain(option)
    return Any
