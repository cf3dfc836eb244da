"""What is read from the Docker SDK, and the facts beside it."""

import importlib

import pytest
from pulumi import _types

from sandbox.docker.facts import FACTS
from sandbox.docker.properties import Property, camel, type_of


def members(prop: Property) -> dict[str, Property]:
    return dict(prop.members or (prop.element.members if prop.element else {}))


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_input_has_the_name_that_the_sdk_gives_it_on_the_wire(name: str) -> None:
    type_ = type_of(f"docker:index/{name[0].lower()}{name[1:]}:{name}")
    assert type_ is not None
    arguments = getattr(importlib.import_module("pulumi_docker"), f"{name}Args")
    assert set(type_.inputs) == set(_types.input_type_py_to_pulumi_names(arguments).values())


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_fact_is_about_a_property_that_the_sdk_has(name: str) -> None:
    type_ = type_of(f"docker:index/{name[0].lower()}{name[1:]}:{name}")
    assert type_ is not None
    for path in FACTS[name]:
        here = dict(type_.inputs)
        for part in path.split("."):
            assert part in here, f"{name}: {path}"
            here = members(here[part])


def test_kinds_and_marks_are_as_declared() -> None:
    type_ = type_of("docker:index/container:Container")
    assert type_ is not None
    kinds = {name: type_.inputs[name].kind for name in ("image", "memory", "readOnly", "command", "envs", "logOpts")}
    assert kinds == {
        "image": "string",
        "memory": "integer",
        "readOnly": "boolean",
        "command": "list",
        "envs": "set",
        "logOpts": "map",
    }
    assert [name for name, prop in type_.inputs.items() if prop.required] == ["image"]
    assert set(type_.outputs) == {"bridge", "containerLogs", "exitCode", "networkDatas"}
    assert type_of("docker:index/image:Image").inputs["build"].members["builderVersion"].allowed == (  # type: ignore[union-attr]
        "BuilderV1",
        "BuilderBuildKit",
    )


@pytest.mark.parametrize(
    ("name", "wire"), [("memory_swap", "memorySwap"), ("ipv4_address", "ipv4Address"), ("image", "image")]
)
def test_names_on_the_wire(name: str, wire: str) -> None:
    assert camel(name) == wire


@pytest.mark.parametrize("token", ["docker:index/service:Service", "docker:index/Container:Container", "aws:x/y:Y", ""])
def test_other_types_are_not_known(token: str) -> None:
    assert type_of(token) is None
