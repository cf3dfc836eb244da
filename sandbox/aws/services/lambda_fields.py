"""A function's configuration between the outputs' names and Lambda's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.wire import PARTITION

Values = dict[str, Any]

_PLAIN = {
    "description": "Description",
    "handler": "Handler",
    "kmsKeyArn": "KMSKeyArn",
    "layers": "Layers",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
}
_OBJECTS = {
    "deadLetterConfig": ("DeadLetterConfig", {"targetArn": "TargetArn"}),
    "environment": ("Environment", {"variables": "Variables"}),
    "ephemeralStorage": ("EphemeralStorage", {"size": "Size"}),
    "imageConfig": (
        "ImageConfig", {"commands": "Command", "entryPoints": "EntryPoint", "workingDirectory": "WorkingDirectory"}
    ),
    "loggingConfig": (
        "LoggingConfig",
        {
            "applicationLogLevel": "ApplicationLogLevel", "logFormat": "LogFormat", "logGroup": "LogGroup",
            "systemLogLevel": "SystemLogLevel",
        },
    ),
    "snapStart": ("SnapStart", {"applyOn": "ApplyOn"}),
    "tracingConfig": ("TracingConfig", {"mode": "Mode"}),
    "vpcConfig": (
        "VpcConfig",
        {
            "ipv6AllowedForDualStack": "Ipv6AllowedForDualStack", "securityGroupIds": "SecurityGroupIds",
            "subnetIds": "SubnetIds",
        },
    ),
}  # fmt: skip
_SYSTEMS = {"arn": "Arn", "localMountPath": "LocalMountPath"}
CONFIGURATION = (*_PLAIN, *_OBJECTS, "fileSystemConfig")
"""What UpdateFunctionConfiguration changes; the rest goes through calls of its own."""

_BLANKS: Values = {
    "deadLetterConfig": {"TargetArn": ""},
    "description": "",
    "environment": {"Variables": {}},
    "fileSystemConfig": [],
    "imageConfig": {},
    "kmsKeyArn": "",
    "layers": [],
    "snapStart": {"ApplyOn": "None"},
    "vpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}


def configured(values: Values, blanks: Iterable[str] = ()) -> Values:
    """Request parameters; those of `blanks` that have no value are sent as "nothing", so that what was set goes."""
    sent: Values = {theirs: values[ours] for ours, theirs in _PLAIN.items() if values.get(ours) is not None}
    for ours, (theirs, members) in _OBJECTS.items():
        if values.get(ours) is not None:
            sent[theirs] = _object(values[ours], members)
    if values.get("fileSystemConfig"):
        sent["FileSystemConfigs"] = [_object(values["fileSystemConfig"], _SYSTEMS)]
    common = {"loggingConfig": {"LogFormat": "Text", "LogGroup": _log_group(str(values.get("name")))}}
    nothing = {**_BLANKS, **common}
    for name in blanks:
        if values.get(name) is None and name in nothing:
            sent[_theirs(name)] = nothing[name]
    return sent


def _log_group(function: str) -> str:
    """Where a function logs unless told otherwise."""
    return f"/aws/lambda/{function}"


def _theirs(name: str) -> str:
    if name == "fileSystemConfig":
        return "FileSystemConfigs"
    return _OBJECTS[name][0] if name in _OBJECTS else _PLAIN[name]


def _object(value: Values, members: dict[str, str]) -> Values:
    return {theirs: value[ours] for ours, theirs in members.items() if value.get(ours) not in (None, "")}


def described(held: Values, state: Values) -> Values:
    """A function's configuration as outputs; an object that says nothing is left out, as the provider does."""
    found: Values = {ours: held.get(theirs) for ours, theirs in _PLAIN.items()}
    found["layers"] = [layer["Arn"] for layer in held.get("Layers") or ()] or None
    found["architectures"] = held.get("Architectures") or ["x86_64"]
    for ours, (theirs, members) in _OBJECTS.items():
        found[ours] = _told(held.get(theirs), members)
    systems = held.get("FileSystemConfigs") or []
    found["fileSystemConfig"] = _told(systems[0], _SYSTEMS) if systems else None
    found["loggingConfig"] = _logging(found["loggingConfig"], held["FunctionName"], state)
    if (found["snapStart"] or {}).get("applyOn") == "None":
        found["snapStart"] = None
    elif found["snapStart"]:
        found["snapStart"]["optimizationStatus"] = held["SnapStart"].get("OptimizationStatus", "")
    network = found["vpcConfig"] or {}
    if network.get("subnetIds") or network.get("securityGroupIds"):
        known = state.get("vpcConfig") or {}
        defaults = {"ipv6AllowedForDualStack": False, "vpcId": known.get("vpcId") or ""}
        found["vpcConfig"] = {**defaults, **network}
    else:
        found["vpcConfig"] = None
    # An empty environment and none at all are one thing to Lambda; the program's way of saying it stays.
    if not (found["environment"] or {}).get("variables"):
        found["environment"] = {} if state.get("environment") in ({}, {"variables": {}}) else None
    return found


def _told(value: Any, members: dict[str, str]) -> Values | None:
    found = {ours: (value or {}).get(theirs) for ours, theirs in members.items()}
    return {name: item for name, item in found.items() if item is not None} if any(found.values()) else None


def _logging(found: Values | None, function: str, state: Values) -> Values | None:
    """None for the way every function logs when its program says nothing."""
    common = {"logFormat": "Text", "logGroup": _log_group(function)}
    if not found or (found == common and not state.get("loggingConfig")):
        return None
    return {"applicationLogLevel": "", "systemLogLevel": "", **found}


def invoke_arn(call: Call, function: str, streaming: bool = False) -> str:
    """The ARN by which API Gateway invokes a function, an alias or a version."""
    path, verb = ("2021-11-15", "response-streaming-invocations") if streaming else ("2015-03-31", "invocations")
    return f"arn:{PARTITION}:apigateway:{call.region}:lambda:path/{path}/functions/{function}/{verb}"
