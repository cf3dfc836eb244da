"""Translates between the engine's wire form of properties (protobuf Struct) and plain Python values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from sandbox.provider.assets import ARCHIVE_SIGNATURE, ASSET_SIGNATURE
from sandbox.provider.values import UNKNOWN, AssetRef, Secret

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_WIRES = {  # one for each kind: boolean, number, string, asset, archive, array, object
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    UNKNOWN_WIRE,
    "dafde9eb-0ab1-4ab6-9f93-2fe1bd1f5c2c",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}
_EXACT = 2**53  # whole numbers up to here survive the wire's doubles


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Plain values of a Struct: whole numbers as int, unknowns as UNKNOWN, secrets as Secret, assets as AssetRef."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The wire form of plain values; the inverse of `decode`. TypeError names a value that has no wire form."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        _encode(value, struct.fields[key])
    return struct


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_WIRES else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) <= _EXACT else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_object(decode(value.struct_value))
    return None


def _decode_object(fields: dict[str, Any]) -> Any:
    signature = fields.get(SIGNATURE_KEY)
    if signature is None:
        return fields
    if signature == SECRET_SIGNATURE:
        inner = fields.get("value")
        return inner if inner is UNKNOWN else Secret(inner)
    if signature == OUTPUT_SIGNATURE:
        if "value" not in fields or fields["value"] is UNKNOWN:
            return UNKNOWN
        return Secret(fields["value"]) if fields.get("secret") else fields["value"]
    if signature in (ASSET_SIGNATURE, ARCHIVE_SIGNATURE):
        return AssetRef(
            kind="asset" if signature == ASSET_SIGNATURE else "archive",
            path=fields.get("path") or None,
            text=fields.get("text"),
            uri=fields.get("uri") or None,
            assets=fields.get("assets"),
            hash=str(fields.get("hash") or ""),
        )
    if signature == RESOURCE_SIGNATURE:
        return fields.get("id") or fields.get("urn")
    raise TypeError(f"property value: got signature {signature}, expected secret, output, asset, archive or resource")


def _encode(value: Any, into: struct_pb2.Value) -> None:
    if value is None:
        into.null_value = struct_pb2.NULL_VALUE
    elif value is UNKNOWN:
        into.string_value = UNKNOWN_WIRE
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, Secret):
        _encode({SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}, into)
    elif isinstance(value, AssetRef):
        _encode(_asset_fields(value), into)
    elif isinstance(value, Mapping):
        into.struct_value.SetInParent()
        for key, item in value.items():
            _encode(item, into.struct_value.fields[str(key)])
    elif isinstance(value, list | tuple | set | frozenset):
        into.list_value.SetInParent()
        for item in value:
            _encode(item, into.list_value.values.add())
    else:
        raise TypeError(
            f"property value: got {type(value).__name__}, expected a JSON kind, Secret, UNKNOWN or AssetRef"
        )


def _asset_fields(asset: AssetRef) -> dict[str, Any]:
    fields: dict[str, Any] = {SIGNATURE_KEY: ASSET_SIGNATURE if asset.kind == "asset" else ARCHIVE_SIGNATURE}
    for name in ("path", "text", "uri", "assets", "hash"):
        held = getattr(asset, name)
        if held is not None and held != "":
            fields[name] = held
    return fields
