"""EventBridge Scheduler: schedules and their groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, camel, given, mapped, pairs, pascal, retag, stamp, told

_FIELDS = {
    "actionAfterCompletion": "ActionAfterCompletion",
    "description": "Description",
    "groupName": "GroupName",
    "kmsKeyArn": "KmsKeyArn",
    "name": "Name",
    "scheduleExpression": "ScheduleExpression",
    "scheduleExpressionTimezone": "ScheduleExpressionTimezone",
    "state": "State",
}
_TIMES = {"endDate": "EndDate", "startDate": "StartDate"}
_SPECIAL = {
    "capacityProviderStrategies": "CapacityProviderStrategy",
    "eventbridgeParameters": "EventBridgeParameters",
    "networkConfiguration": "NetworkConfiguration",
    "pipelineParameters": "PipelineParameterList",
    "placementStrategies": "PlacementStrategy",
    "sagemakerPipelineParameters": "SageMakerPipelineParameters",
}
# What a program that says nothing about retries gets.
_RETRIES = {"maximumEventAgeInSeconds": 86400, "maximumRetryAttempts": 185}


def _scheduler(call: Call) -> Any:
    return call.client("scheduler")


def _request(inputs: Values) -> Values:
    sent = {name: value for name, value in given(inputs, _FIELDS).items() if value != ""}
    for ours, theirs in _TIMES.items():
        if inputs.get(ours):
            sent[theirs] = datetime.fromisoformat(inputs[ours].replace("Z", "+00:00"))
    sent["FlexibleTimeWindow"] = pascal({name: value for name, value in inputs["flexibleTimeWindow"].items() if value})
    sent["Target"] = pascal(inputs["target"], _SPECIAL)
    return sent


def _make(call: Call, inputs: Values) -> str:
    _scheduler(call).create_schedule(**_request(inputs))
    return f"{inputs.get('groupName') or 'default'}/{inputs['name']}"


def _look(call: Call, id: str, state: Values) -> Values:
    group, _, name = id.partition("/")
    held = _scheduler(call).get_schedule(GroupName=group, Name=name)
    target = camel(held["Target"], _SPECIAL)
    target["retryPolicy"] = _retries(target.get("retryPolicy"), (state.get("target") or {}).get("retryPolicy"))
    if target["retryPolicy"] is None:
        del target["retryPolicy"]
    return {
        **told(held, _FIELDS),
        **{ours: stamp(held.get(theirs)) for ours, theirs in _TIMES.items()},
        "arn": held["Arn"],
        "flexibleTimeWindow": camel(held["FlexibleTimeWindow"]),
        "target": target,
    }


def _retries(held: Values | None, known: Values | None) -> Values | None:
    """None for the retries of a program that does not mention any."""
    full = {**_RETRIES, **(held or {})}
    return None if full == _RETRIES and not known else full


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    group, _, name = id.partition("/")
    _scheduler(call).update_schedule(**_request({**new, "groupName": group, "name": name}))


def _remove(call: Call, id: str, state: Values) -> None:
    group, _, name = id.partition("/")
    _scheduler(call).delete_schedule(GroupName=group, Name=name)


# -- groups


def _make_group(call: Call, inputs: Values) -> str:
    _scheduler(call).create_schedule_group(Name=inputs["name"], Tags=pairs(inputs.get("tags")))
    return str(inputs["name"])


def _look_group(call: Call, id: str, state: Values) -> Values:
    held = _scheduler(call).get_schedule_group(Name=id)
    tags = _scheduler(call).list_tags_for_resource(ResourceArn=held["Arn"]).get("Tags")
    return {
        "arn": held["Arn"],
        "creationDate": stamp(held["CreationDate"]),
        "lastModificationDate": stamp(held["LastModificationDate"]),
        "name": held["Name"],
        "state": held["State"],
        "tags": mapped(tags),
    }


def _change_group(call: Call, id: str, old: Values, new: Values) -> None:
    resource = old["arn"]
    retag(
        mapped(_scheduler(call).list_tags_for_resource(ResourceArn=resource).get("Tags")),
        new.get("tags"),
        lambda tags: _scheduler(call).tag_resource(ResourceArn=resource, Tags=pairs(tags)),
        lambda names: _scheduler(call).untag_resource(ResourceArn=resource, TagKeys=names),
    )


def _remove_group(call: Call, id: str, state: Values) -> None:
    _scheduler(call).delete_schedule_group(Name=id)


TYPES = [
    Served("aws:scheduler/schedule:Schedule", _make, _look, _remove, _change),
    Served("aws:scheduler/scheduleGroup:ScheduleGroup", _make_group, _look_group, _remove_group, _change_group),
]
