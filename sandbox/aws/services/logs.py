"""CloudWatch Logs: log groups and metric filters."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, arn, changed, given, retag

_TRANSFORMATION = {"name": "metricName", "namespace": "metricNamespace", "value": "metricValue", "unit": "unit"}


def _logs(call: Call) -> Any:
    return call.client("logs")


def find_group(call: Call, name: str) -> Values | None:
    """A log group by its exact name."""
    found = _logs(call).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((group for group in found if group["logGroupName"] == name), None)


def _make(call: Call, inputs: Values) -> str:
    fields = {"name": "logGroupName", "kmsKeyId": "kmsKeyId", "logGroupClass": "logGroupClass"}
    tags = {key: str(value) for key, value in (inputs.get("tags") or {}).items()}
    _logs(call).create_log_group(**given(inputs, fields), **({"tags": tags} if tags else {}))
    return str(inputs["name"])


def _finish(call: Call, id: str, inputs: Values) -> None:
    if inputs.get("retentionInDays"):
        _logs(call).put_retention_policy(logGroupName=id, retentionInDays=inputs["retentionInDays"])


def _look(call: Call, id: str, state: Values) -> Values | None:
    group = find_group(call, id)
    if group is None:
        return None
    resource = arn(call, "logs", f"log-group:{id}")
    return {
        "arn": resource,
        "kmsKeyId": group.get("kmsKeyId"),
        "logGroupClass": group.get("logGroupClass", "STANDARD"),
        "name": id,
        "retentionInDays": group.get("retentionInDays", 0),
        "tags": _logs(call).list_tags_for_resource(resourceArn=resource).get("tags") or {},
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    logs, resource = _logs(call), arn(call, "logs", f"log-group:{id}")
    if changed(old, new, ["retentionInDays"]):
        if new.get("retentionInDays"):
            logs.put_retention_policy(logGroupName=id, retentionInDays=new["retentionInDays"])
        else:
            logs.delete_retention_policy(logGroupName=id)
    if changed(old, new, ["kmsKeyId"]):
        if new.get("kmsKeyId"):
            logs.associate_kms_key(logGroupName=id, kmsKeyId=new["kmsKeyId"])
        else:
            logs.disassociate_kms_key(logGroupName=id)
    retag(
        logs.list_tags_for_resource(resourceArn=resource).get("tags") or {},
        new.get("tags"),
        lambda tags: logs.tag_resource(resourceArn=resource, tags=tags),
        lambda names: logs.untag_resource(resourceArn=resource, tagKeys=names),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    if state.get("skipDestroy") is not True:
        _logs(call).delete_log_group(logGroupName=id)


# -- metric filters


def _make_filter(call: Call, inputs: Values) -> str:
    wanted = inputs["metricTransformation"]
    sent = given(wanted, _TRANSFORMATION)
    if wanted.get("dimensions"):
        sent["dimensions"] = wanted["dimensions"]
    if wanted.get("defaultValue") not in (None, ""):
        sent["defaultValue"] = float(wanted["defaultValue"])
    _logs(call).put_metric_filter(
        logGroupName=inputs["logGroupName"],
        filterName=inputs["name"],
        filterPattern=inputs["pattern"],
        metricTransformations=[sent],
    )
    return str(inputs["name"])


def _look_filter(call: Call, id: str, state: Values) -> Values | None:
    group, _, name = id.rpartition(":")  # an import says GROUP:NAME
    group = state.get("logGroupName") or group
    if not group:
        return None
    filters = _logs(call).describe_metric_filters(logGroupName=group, filterNamePrefix=name)["metricFilters"]
    found = next((item for item in filters if item["filterName"] == name), None)
    if found is None:
        return None
    held = found["metricTransformations"][0]
    transformation = {ours: held.get(theirs) for ours, theirs in _TRANSFORMATION.items()}
    default = held.get("defaultValue")
    return {
        "logGroupName": group,
        "metricTransformation": {
            **transformation,
            "defaultValue": "" if default is None else f"{default:g}",
            "dimensions": held.get("dimensions"),
            "unit": held.get("unit") or "None",
        },
        "name": name,
        "pattern": found["filterPattern"],
    }


def _change_filter(call: Call, id: str, old: Values, new: Values) -> None:
    _make_filter(call, {**new, "name": old["name"]})


def _remove_filter(call: Call, id: str, state: Values) -> None:
    _logs(call).delete_metric_filter(logGroupName=state["logGroupName"], filterName=state["name"])


TYPES = [
    Served("aws:cloudwatch/logGroup:LogGroup", _make, _look, _remove, _change, _finish),
    Served(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter", _make_filter, _look_filter, _remove_filter, _change_filter
    ),
]
