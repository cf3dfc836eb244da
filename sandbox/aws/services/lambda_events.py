"""Lambda: event source mappings, the pollers between a queue or stream and a function."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.lambda_access import function_of
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, changed, given, retag, stamp

_FIXED = {"eventSourceArn": "EventSourceArn", "startingPosition": "StartingPosition"}
_PLAIN = {
    "batchSize": "BatchSize",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "functionResponseTypes": "FunctionResponseTypes",
    "kmsKeyArn": "KMSKeyArn",
    "maximumBatchingWindowInSeconds": "MaximumBatchingWindowInSeconds",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "parallelizationFactor": "ParallelizationFactor",
    "tumblingWindowInSeconds": "TumblingWindowInSeconds",
}
_COMPUTED = ("maximumRecordAgeInSeconds", "maximumRetryAttempts", "parallelizationFactor")


def _lambda(call: Call) -> Any:
    return call.client("lambda")


def _objects(values: Values) -> Values:
    sent: Values = {}
    if (values.get("scalingConfig") or {}).get("maximumConcurrency"):
        sent["ScalingConfig"] = {"MaximumConcurrency": values["scalingConfig"]["maximumConcurrency"]}
    if filters := (values.get("filterCriteria") or {}).get("filters"):
        sent["FilterCriteria"] = {"Filters": [{"Pattern": item.get("pattern", "")} for item in filters]}
    if failed := (values.get("destinationConfig") or {}).get("onFailure"):
        sent["DestinationConfig"] = {"OnFailure": {"Destination": failed["destinationArn"]}}
    if metrics := (values.get("metricsConfig") or {}).get("metrics"):
        sent["MetricsConfig"] = {"Metrics": metrics}
    return sent


def _make(call: Call, inputs: Values) -> str:
    tags = {key: str(value) for key, value in (inputs.get("tags") or {}).items()}
    made = _lambda(call).create_event_source_mapping(
        FunctionName=inputs["functionName"],
        Enabled=inputs.get("enabled") is not False,
        **given(inputs, _FIXED),
        **given(inputs, _PLAIN),
        **_objects(inputs),
        **({"Tags": tags} if tags else {}),
    )
    return str(made["UUID"])


def _look(call: Call, id: str, state: Values) -> Values:
    held = _lambda(call).get_event_source_mapping(UUID=id)
    scaling = (held.get("ScalingConfig") or {}).get("MaximumConcurrency")
    filters = (held.get("FilterCriteria") or {}).get("Filters")
    failed = ((held.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    own = held.get("EventSourceMappingArn") or ""
    processed = held.get("LastProcessingResult")
    return {
        **{ours: held.get(theirs) for ours, theirs in {**_FIXED, **_PLAIN}.items()},
        "arn": own,
        "destinationConfig": {"onFailure": {"destinationArn": failed}} if failed else None,
        "enabled": held["State"] in ("Enabled", "Enabling", "Creating", "Updating"),
        "filterCriteria": {"filters": [{"pattern": item["Pattern"]} for item in filters]} if filters else None,
        "functionArn": held["FunctionArn"],
        "functionName": _as_given(state.get("functionName"), held["FunctionArn"]),
        "functionResponseTypes": held.get("FunctionResponseTypes") or None,
        "lastModified": stamp(held["LastModified"]),
        # Moves with every message: what it said at the start would count as drift ever after.
        "lastProcessingResult": None if state else processed,
        "scalingConfig": {"maximumConcurrency": scaling} if scaling else None,
        "state": held["State"],
        "stateTransitionReason": held["StateTransitionReason"],
        "tags": _lambda(call).list_tags(Resource=own).get("Tags") or {},
        "uuid": held["UUID"],
    }


def _as_given(given_name: Any, function: str) -> str:
    """The function as the program names it, as long as that is the one; the provider itself answers with the ARN."""
    if isinstance(given_name, str) and not given_name.startswith("arn:"):
        qualifier = given_name.partition(":")[2]
        same = function.endswith(f":{given_name}") if qualifier else function_of(function) == given_name
        return given_name if same else function
    return function


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    function = _lambda(call)
    request: Values = {"Enabled": new.get("enabled") is not False}
    for name in changed(old, new, _PLAIN):
        if new.get(name) is not None:
            request[_PLAIN[name]] = new[name]
        elif name == "functionResponseTypes":
            request["FunctionResponseTypes"] = []
        elif name not in _COMPUTED and name != "batchSize":
            request[_PLAIN[name]] = "" if name == "kmsKeyArn" else 0
    if new["functionName"] != old.get("functionName"):
        request["FunctionName"] = new["functionName"]
    wanted = _objects(new)
    for ours, theirs in (("scalingConfig", "ScalingConfig"), ("filterCriteria", "FilterCriteria")):
        if changed(old, new, [ours]):
            request[theirs] = wanted.get(theirs, {})
    if changed(old, new, ["destinationConfig"]):
        request["DestinationConfig"] = wanted.get("DestinationConfig", {"OnFailure": {}})
    function.update_event_source_mapping(UUID=id, **request)
    own = str(old.get("arn") or function.get_event_source_mapping(UUID=id)["EventSourceMappingArn"])
    retag(
        function.list_tags(Resource=own).get("Tags") or {},
        new.get("tags"),
        lambda tags: function.tag_resource(Resource=own, Tags=tags),
        lambda names: function.untag_resource(Resource=own, TagKeys=names),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    _lambda(call).delete_event_source_mapping(UUID=id)


TYPES = [Served("aws:lambda/eventSourceMapping:EventSourceMapping", _make, _look, _remove, _change)]
