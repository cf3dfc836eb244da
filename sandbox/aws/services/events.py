"""EventBridge: rules and their targets."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, camel, given, mapped, pairs, pascal, retag, told

_RULE = {
    "description": "Description",
    "eventBusName": "EventBusName",
    "eventPattern": "EventPattern",
    "roleArn": "RoleArn",
    "scheduleExpression": "ScheduleExpression",
}
_TARGET = {"arn": "Arn", "input": "Input", "inputPath": "InputPath", "roleArn": "RoleArn"}
_OBJECTS = {
    "appsyncTarget": "AppSyncParameters",
    "batchTarget": "BatchParameters",
    "deadLetterConfig": "DeadLetterConfig",
    "ecsTarget": "EcsParameters",
    "httpTarget": "HttpParameters",
    "kinesisTarget": "KinesisParameters",
    "redshiftTarget": "RedshiftDataParameters",
    "retryPolicy": "RetryPolicy",
    "sagemakerPipelineTarget": "SageMakerPipelineParameters",
    "sqsTarget": "SqsParameters",
}
_SPECIAL = {"maximumEventAgeInSeconds": "MaximumEventAgeInSeconds", "graphqlOperation": "GraphQLOperation"}


def _events(call: Call) -> Any:
    return call.client("events")


def _bus(values: Values) -> str:
    return str(values.get("eventBusName") or "default")


# -- rules: the id is the name, after BUS/ when the bus is not the default one


def _put(call: Call, inputs: Values, tags: Values | None) -> None:
    state = inputs.get("state") or ("DISABLED" if inputs.get("isEnabled") is False else "ENABLED")
    sent = {name: value for name, value in given(inputs, _RULE).items() if value != ""}
    labels = {"Tags": pairs(tags)} if tags else {}
    _events(call).put_rule(Name=inputs["name"], State=state, **sent, **labels)


def _make(call: Call, inputs: Values) -> str:
    _put(call, inputs, inputs.get("tags"))
    bus = _bus(inputs)
    return str(inputs["name"]) if bus == "default" else f"{bus}/{inputs['name']}"


def _place(id: str) -> tuple[str, str]:
    bus, slash, name = id.rpartition("/")
    return (bus, name) if slash else ("default", id)


def _look(call: Call, id: str, state: Values) -> Values:
    bus, name = _place(id)
    held = _events(call).describe_rule(Name=name, EventBusName=bus)
    tags = _events(call).list_tags_for_resource(ResourceARN=held["Arn"])["Tags"]
    return {
        **told(held, _RULE),
        "arn": held["Arn"],
        "eventBusName": bus,
        "isEnabled": held["State"] == "ENABLED",
        "name": name,
        "state": held["State"],
        "tags": mapped(tags),
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    bus, name = _place(id)
    _put(call, {**new, "name": name, "eventBusName": bus}, None)
    resource = old["arn"]
    retag(
        mapped(_events(call).list_tags_for_resource(ResourceARN=resource)["Tags"]),
        new.get("tags"),
        lambda tags: _events(call).tag_resource(ResourceARN=resource, Tags=pairs(tags)),
        lambda names: _events(call).untag_resource(ResourceARN=resource, TagKeys=names),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    bus, name = _place(id)
    if state.get("forceDestroy") is True:
        targets = _events(call).list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
        if targets:
            ids = [target["Id"] for target in targets]
            _events(call).remove_targets(Rule=name, EventBusName=bus, Ids=ids, Force=True)
    _events(call).delete_rule(Name=name, EventBusName=bus, Force=state.get("forceDestroy") is True)


# -- targets: the id is RULE-TARGET, after BUS- when the bus is not the default one


def _make_target(call: Call, inputs: Values) -> str:
    target = inputs.get("targetId") or f"terraform-{secrets.token_hex(13)}"
    _put_target(call, inputs, target)
    bus = _bus(inputs)
    rule = inputs["rule"] if bus == "default" else f"{bus}-{inputs['rule']}"
    return f"{rule}-{target}"


def _put_target(call: Call, inputs: Values, target: str) -> None:
    sent: Values = {"Id": target, **given(inputs, _TARGET)}
    for ours, theirs in _OBJECTS.items():
        if inputs.get(ours):
            sent[theirs] = pascal(inputs[ours], _SPECIAL)
    if transformer := inputs.get("inputTransformer"):
        paths = {"InputPathsMap": transformer["inputPaths"]} if transformer.get("inputPaths") else {}
        sent["InputTransformer"] = {"InputTemplate": transformer["inputTemplate"], **paths}
    if commands := inputs.get("runCommandTargets"):
        items = [{"Key": item["key"], "Values": item["values"]} for item in commands]
        sent["RunCommandParameters"] = {"RunCommandTargets": items}
    answer = _events(call).put_targets(Rule=inputs["rule"], EventBusName=_bus(inputs), Targets=[sent])
    if answer.get("FailedEntryCount"):
        failed = answer["FailedEntries"][0]
        raise ValueError(f"PutTargets: {failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")


def _find_target(call: Call, id: str, state: Values) -> tuple[str, str, Values | None]:
    """(bus, rule, what the cloud holds); without a state the longest rule name that fits the id is taken."""
    bus, rule = _bus(state), state.get("rule")
    if not rule:
        rules = [item["Name"] for item in _events(call).list_rules(EventBusName=bus)["Rules"]]
        rule = max((name for name in rules if id.startswith(f"{name}-")), key=len, default="")
    if not rule:
        return bus, "", None
    wanted = state.get("targetId") or id.removeprefix(f"{rule}-")
    targets = _events(call).list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
    return bus, rule, next((target for target in targets if target["Id"] == wanted), None)


def _look_target(call: Call, id: str, state: Values) -> Values | None:
    bus, rule, held = _find_target(call, id, state)
    if held is None:
        return None
    transformer = held.get("InputTransformer")
    commands = (held.get("RunCommandParameters") or {}).get("RunCommandTargets")
    return {
        **told(held, _TARGET),
        **{ours: camel(held.get(theirs), _SPECIAL) for ours, theirs in _OBJECTS.items()},
        "eventBusName": bus,
        "inputTransformer": {
            "inputPaths": transformer.get("InputPathsMap"), "inputTemplate": transformer["InputTemplate"]
        }
        if transformer
        else None,
        "rule": rule,
        "runCommandTargets": camel(commands),
        "targetId": held["Id"],
    }  # fmt: skip


def _change_target(call: Call, id: str, old: Values, new: Values) -> None:
    _put_target(call, {**new, "rule": old["rule"], "eventBusName": old.get("eventBusName")}, old["targetId"])


def _remove_target(call: Call, id: str, state: Values) -> None:
    _events(call).remove_targets(Rule=state["rule"], EventBusName=_bus(state), Ids=[state["targetId"]])


TYPES = [
    Served("aws:cloudwatch/eventRule:EventRule", _make, _look, _remove, _change),
    Served("aws:cloudwatch/eventTarget:EventTarget", _make_target, _look_target, _remove_target, _change_target),
]
