"""SNS: topics, their policies, subscriptions."""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.forgotten import is_default_policy
from sandbox.aws.services.served import Served
from sandbox.aws.services.transport import as_given, sendable
from sandbox.aws.services.wire import Values, changed, mapped, pairs, retag

_PROTOCOLS = {"application": "Application", "firehose": "Firehose", "http": "HTTP", "lambda": "Lambda", "sqs": "SQS"}
_FEEDBACK = {
    f"{ours}{outcome}Feedback{what}": f"{theirs}{outcome}Feedback{what}"
    for ours, theirs in _PROTOCOLS.items()
    for outcome, what in (("Failure", "RoleArn"), ("Success", "RoleArn"), ("Success", "SampleRate"))
}
_TEXTS = {
    "archivePolicy": "ArchivePolicy",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoThroughputScope": "FifoThroughputScope",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "tracingConfig": "TracingConfig",
    **{ours: theirs for ours, theirs in _FEEDBACK.items() if ours.endswith("RoleArn")},
}
_NUMBERS = {
    "signatureVersion": "SignatureVersion",
    **{ours: theirs for ours, theirs in _FEEDBACK.items() if ours.endswith("SampleRate")},
}
_FLAGS = {"contentBasedDeduplication": "ContentBasedDeduplication", "fifoTopic": "FifoTopic"}
_ATTRIBUTES = {**_TEXTS, **_NUMBERS, **_FLAGS}

_SUBSCRIPTION_TEXTS = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
    "replayPolicy": "ReplayPolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_RAW = {"rawMessageDelivery": "RawMessageDelivery"}


def _sns(call: Call) -> Any:
    return call.client("sns")


def _sent(name: str, value: Any) -> str:
    if name == "policy":
        return sendable(str(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- topics


def _make(call: Call, inputs: Values) -> str:
    at_birth = ("fifoTopic", "contentBasedDeduplication") if inputs.get("fifoTopic") is True else ()
    wanted = {_ATTRIBUTES[name]: _sent(name, inputs[name]) for name in at_birth if inputs.get(name) is not None}
    made = _sns(call).create_topic(Name=inputs["name"], Attributes=wanted, Tags=pairs(inputs.get("tags")))
    return str(made["TopicArn"])


def _finish(call: Call, id: str, inputs: Values) -> None:
    _set(call, id, inputs, [name for name in _ATTRIBUTES if name not in _FLAGS and inputs.get(name) is not None])


def _set(call: Call, topic: str, values: Values, names: list[str]) -> None:
    for name in names:
        blank = "" if name in _TEXTS else ("false" if name in _FLAGS else "0")
        value = values.get(name)
        sent = blank if value is None else _sent(name, value)
        _sns(call).set_topic_attributes(TopicArn=topic, AttributeName=_ATTRIBUTES[name], AttributeValue=sent)


def _look(call: Call, id: str, state: Values) -> Values:
    held = _sns(call).get_topic_attributes(TopicArn=id)["Attributes"]
    return {
        **{ours: held.get(theirs) for ours, theirs in _TEXTS.items()},
        **{ours: int(held.get(theirs) or 0) for ours, theirs in _NUMBERS.items()},
        **{ours: held.get(theirs) == "true" for ours, theirs in _FLAGS.items()},
        "arn": held["TopicArn"],
        "name": held["TopicArn"].rpartition(":")[2],
        "owner": held["Owner"],
        "policy": as_given(held.get("Policy"), state.get("policy")),
        "tags": mapped(_sns(call).list_tags_for_resource(ResourceArn=id)["Tags"]),
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    unmanaged = {name for name in ("policy", "signatureVersion", "tracingConfig") if new.get(name) is None}
    _set(call, id, new, [name for name in changed(old, new, _ATTRIBUTES) if name not in unmanaged])
    retag(
        mapped(_sns(call).list_tags_for_resource(ResourceArn=id)["Tags"]),
        new.get("tags"),
        lambda tags: _sns(call).tag_resource(ResourceArn=id, Tags=pairs(tags)),
        lambda names: _sns(call).untag_resource(ResourceArn=id, TagKeys=names),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    _sns(call).delete_topic(TopicArn=id)


# -- topic policies


def _make_policy(call: Call, inputs: Values) -> str:
    _set(call, inputs["arn"], inputs, ["policy"])
    return str(inputs["arn"])


def _look_policy(call: Call, id: str, state: Values) -> Values | None:
    held = _sns(call).get_topic_attributes(TopicArn=id)["Attributes"]
    if is_default_policy(held.get("Policy")):
        return None
    return {"arn": id, "owner": held["Owner"], "policy": as_given(held["Policy"], state.get("policy"))}


def _change_policy(call: Call, id: str, old: Values, new: Values) -> None:
    _set(call, id, new, ["policy"])


def _remove_policy(call: Call, id: str, state: Values) -> None:
    """Back to a policy that lets the topic's own account use it, as AWS gives a new topic."""
    owner = state.get("owner") or call.account
    allowed = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"]
    allowed += ["Subscribe", "ListSubscriptionsByTopic", "Publish"]
    document = {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{name}" for name in allowed],
                "Resource": id,
                "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
            }
        ],
    }
    _set(call, id, {"policy": json.dumps(document)}, ["policy"])


# -- subscriptions


def _subscribe(call: Call, inputs: Values) -> str:
    fields = {**_SUBSCRIPTION_TEXTS, **_RAW}
    wanted = {theirs: _sent(ours, inputs[ours]) for ours, theirs in fields.items() if inputs.get(ours)}
    made = _sns(call).subscribe(
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        Attributes=wanted,
        ReturnSubscriptionArn=True,
    )
    return str(made["SubscriptionArn"])


def _look_subscription(call: Call, id: str, state: Values) -> Values:
    held = _sns(call).get_subscription_attributes(SubscriptionArn=id)["Attributes"]
    return {
        **{ours: held.get(theirs) for ours, theirs in _SUBSCRIPTION_TEXTS.items()},
        "arn": held["SubscriptionArn"],
        "confirmationWasAuthenticated": held.get("ConfirmationWasAuthenticated") == "true",
        "endpoint": held["Endpoint"],
        "ownerId": held["Owner"],
        "pendingConfirmation": held.get("PendingConfirmation") == "true",
        "protocol": held["Protocol"],
        "rawMessageDelivery": held.get("RawMessageDelivery") == "true",
        "topic": held["TopicArn"],
    }


def _change_subscription(call: Call, id: str, old: Values, new: Values) -> None:
    fields = {**_SUBSCRIPTION_TEXTS, **_RAW}
    for name in changed(old, new, fields):
        if name == "filterPolicyScope" and new.get(name) is None:
            continue
        value = new.get(name)
        sent = ("false" if name in _RAW else "") if value is None else _sent(name, value)
        _sns(call).set_subscription_attributes(SubscriptionArn=id, AttributeName=fields[name], AttributeValue=sent)


def _unsubscribe(call: Call, id: str, state: Values) -> None:
    _sns(call).unsubscribe(SubscriptionArn=id)


TYPES = [
    Served("aws:sns/topic:Topic", _make, _look, _remove, _change, _finish),
    Served("aws:sns/topicPolicy:TopicPolicy", _make_policy, _look_policy, _remove_policy, _change_policy),
    Served(
        "aws:sns/topicSubscription:TopicSubscription",
        _subscribe,
        _look_subscription,
        _unsubscribe,
        _change_subscription,
    ),
]
