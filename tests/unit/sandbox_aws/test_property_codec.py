"""Properties keep their meaning on the way through the wire: unknowns, secrets, assets, whole numbers."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2

from sandbox.provider.codec import OUTPUT_SIGNATURE, RESOURCE_SIGNATURE, SIGNATURE_KEY, UNKNOWN_WIRE, decode, encode
from sandbox.provider.values import UNKNOWN, AssetRef, Secret, has_secret, has_unknown, plain, seal

VALUES: dict[str, Any] = {
    "text": "a",
    "empty": "",
    "yes": True,
    "whole": 90,
    "part": 0.5,
    "nothing": None,
    "list": [1, UNKNOWN, {"a": Secret("s")}],
    "none": [],
    "object": {},
    "unknown": UNKNOWN,
    "secret": Secret({"a": [1, "b"]}),
    "asset": AssetRef("asset", text="hello", hash="00"),
    "archive": AssetRef("archive", assets={"a.txt": AssetRef("asset", path="/a")}, hash="11"),
}


def _wire(value: Any) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update({"value": value})
    return struct


def test_every_kind_of_value_survives_the_wire() -> None:
    back = decode(encode(VALUES))
    assert back == VALUES
    assert {name: type(value) for name, value in back.items()} == {name: type(value) for name, value in VALUES.items()}


def test_an_unknown_is_the_engines_own_mark() -> None:
    assert encode({"a": UNKNOWN}).fields["a"].string_value == UNKNOWN_WIRE == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_an_unknown_cannot_be_taken_for_true_or_false() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"value": "a"}, "a"),
        ({"value": "a", "secret": True}, Secret("a")),
        ({}, UNKNOWN),
        ({"secret": True}, UNKNOWN),
        ({"value": 3, "dependencies": ["urn:pulumi:x"]}, 3),
    ],
)
def test_an_output_value_is_its_value(fields: dict[str, Any], expected: Any) -> None:
    assert decode(_wire({SIGNATURE_KEY: OUTPUT_SIGNATURE, **fields})) == {"value": expected}


def test_a_reference_to_a_resource_is_its_id() -> None:
    assert decode(_wire({SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": "urn:x", "id": "i-1"})) == {"value": "i-1"}


def test_a_value_without_a_wire_form_is_named() -> None:
    with pytest.raises(TypeError, match="got object, expected a JSON kind"):
        encode({"a": object()})


def test_a_signature_that_nobody_knows_is_refused() -> None:
    with pytest.raises(TypeError, match="got signature 42"):
        decode(_wire({SIGNATURE_KEY: "42"}))


def test_parts_are_found_at_every_depth() -> None:
    assert has_unknown({"a": [{"b": Secret(UNKNOWN)}]})
    assert not has_unknown({"a": ["b"]})
    assert has_secret([{"b": Secret(1)}])
    assert plain({"a": [Secret({"b": Secret(1)})]}) == {"a": [{"b": 1}]}


@pytest.mark.parametrize(
    ("outputs", "inputs", "sealed"),
    [
        ({"a": "x", "b": "y"}, {"a": Secret("x")}, {"a": Secret("x"), "b": "y"}),
        ({"a": {"k": "x", "l": 1}}, {"a": {"k": Secret("x"), "l": 1}}, {"a": {"k": Secret("x"), "l": 1}}),
        ({"a": ["x", "y"]}, {"a": ["x", Secret("y")]}, {"a": ["x", Secret("y")]}),
        ({"a": ["y", "z", "x"]}, {"a": ["x", Secret("y")]}, {"a": Secret(["y", "z", "x"])}),
        ({"a": {"other": "x"}}, {"a": {"k": Secret("x")}}, {"a": Secret({"other": "x"})}),
        ({"a": "{}"}, {"a": {"k": Secret("x")}}, {"a": Secret("{}")}),
    ],
)
def test_a_secret_stays_secret_even_when_its_place_has_moved(
    outputs: dict[str, Any], inputs: dict[str, Any], sealed: dict[str, Any]
) -> None:
    assert seal(outputs, inputs) == sealed
