"""Lambda: layer versions, each of them for ever what it was made as."""

from __future__ import annotations

from sandbox.aws.call import Call
from sandbox.aws.services.lambda_function import code_of
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, given


def _make(call: Call, inputs: Values) -> str:
    fields = {
        "compatibleArchitectures": "CompatibleArchitectures",
        "compatibleRuntimes": "CompatibleRuntimes",
        "description": "Description",
        "layerName": "LayerName",
        "licenseInfo": "LicenseInfo",
    }
    made = call.client("lambda").publish_layer_version(**given(inputs, fields), Content=code_of(inputs))
    return str(made["LayerVersionArn"])


def _look(call: Call, id: str, state: Values) -> Values:
    layer, _, version = id.rpartition(":")
    held = call.client("lambda").get_layer_version(LayerName=layer, VersionNumber=int(version))
    name = layer.rpartition(":")[2]
    given_name = state.get("layerName")
    return {
        "arn": held["LayerVersionArn"],
        "codeSha256": held["Content"]["CodeSha256"],
        "compatibleArchitectures": held.get("CompatibleArchitectures") or None,
        "compatibleRuntimes": held.get("CompatibleRuntimes") or None,
        "createdDate": held["CreatedDate"],
        "description": held.get("Description"),
        "layerArn": held["LayerArn"],
        "layerName": given_name if given_name in (name, layer) else name,
        "licenseInfo": held.get("LicenseInfo"),
        "sourceCodeSize": held["Content"]["CodeSize"],
        "version": str(held["Version"]),
    }


def _remove(call: Call, id: str, state: Values) -> None:
    layer, _, version = id.rpartition(":")
    if state.get("skipDestroy") is not True:  # by name: a deletion by ARN does nothing in the embedded cloud
        call.client("lambda").delete_layer_version(LayerName=layer.rpartition(":")[2], VersionNumber=int(version))


TYPES = [Served("aws:lambda/layerVersion:LayerVersion", _make, _look, _remove)]
