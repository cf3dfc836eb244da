"""SQS: queues, and the policies that other resources set on them."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.transport import as_given, sendable
from sandbox.aws.services.wire import Values, changed, retag

_TEXTS = {
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
}
_NUMBERS = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_FLAGS = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "fifoQueue": "FifoQueue",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
}
_ATTRIBUTES = {**_TEXTS, **_NUMBERS, **_FLAGS}
# AWS reports these on every queue; the embedded cloud only when they were set.
_UNSAID = {"KmsDataKeyReusePeriodSeconds": "300"}
_UNSAID_FIFO = {"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}


def _sqs(call: Call) -> Any:
    return call.client("sqs")


def _sent(name: str, value: Any) -> str:
    """An attribute's value as SQS takes it."""
    if name == "policy":
        return sendable(str(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attributes(call: Call, url: str) -> dict[str, str]:
    return _sqs(call).get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def _make(call: Call, inputs: Values) -> str:
    wanted = {theirs: _sent(ours, inputs[ours]) for ours, theirs in _ATTRIBUTES.items() if inputs.get(ours) is not None}
    if wanted.get("FifoQueue") == "false":
        del wanted["FifoQueue"]  # SQS refuses it on a standard queue
    tags = {key: str(value) for key, value in (inputs.get("tags") or {}).items()}
    return str(_sqs(call).create_queue(QueueName=inputs["name"], Attributes=wanted, tags=tags)["QueueUrl"])


def _look(call: Call, id: str, state: Values) -> Values:
    said = _attributes(call, id)
    fifo = said.get("FifoQueue") == "true"
    found = {**_UNSAID, **(_UNSAID_FIFO if fifo else {}), **said}
    found.setdefault("SqsManagedSseEnabled", "false" if said.get("KmsMasterKeyId") else "true")
    return {
        **{ours: found.get(theirs, "") for ours, theirs in _TEXTS.items()},
        **{ours: int(found[theirs]) for ours, theirs in _NUMBERS.items()},
        **{ours: found.get(theirs) == "true" for ours, theirs in _FLAGS.items()},
        "arn": said["QueueArn"],
        "name": said["QueueArn"].rpartition(":")[2],
        "policy": as_given(said.get("Policy"), state.get("policy")),
        "tags": _sqs(call).list_queue_tags(QueueUrl=id).get("Tags") or {},
        "url": id,
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    # Left out of the program: a policy set by another resource stays, a plain attribute goes back to nothing.
    kept = {"deduplicationScope", "fifoThroughputLimit", "fifoQueue", "kmsDataKeyReusePeriodSeconds", "policy"}
    kept |= {"redriveAllowPolicy", "redrivePolicy", "sqsManagedSseEnabled"}
    names = [name for name in changed(old, new, _ATTRIBUTES) if not (name in kept and new.get(name) is None)]
    if names:
        blanks = {**dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_NUMBERS, 0), **dict.fromkeys(_FLAGS, False)}
        wanted = {_ATTRIBUTES[name]: _sent(name, new.get(name, blanks[name])) for name in names}
        _sqs(call).set_queue_attributes(QueueUrl=id, Attributes=wanted)
    retag(
        _sqs(call).list_queue_tags(QueueUrl=id).get("Tags") or {},
        new.get("tags"),
        lambda tags: _sqs(call).tag_queue(QueueUrl=id, Tags=tags),
        lambda gone: _sqs(call).untag_queue(QueueUrl=id, TagKeys=gone),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    _sqs(call).delete_queue(QueueUrl=id)


def _attribute_of_a_queue(token: str, name: str) -> Served:
    """A resource that is one attribute of a queue; its id is the queue's URL."""
    attribute = _ATTRIBUTES[name]

    def make(call: Call, inputs: Values) -> str:
        _sqs(call).set_queue_attributes(QueueUrl=inputs["queueUrl"], Attributes={attribute: _sent(name, inputs[name])})
        return str(inputs["queueUrl"])

    def look(call: Call, id: str, state: Values) -> Values | None:
        held = _attributes(call, id).get(attribute)
        return {"queueUrl": id, name: as_given(held, state.get(name))} if held else None

    def change(call: Call, id: str, old: Values, new: Values) -> None:
        make(call, {**new, "queueUrl": id})

    def remove(call: Call, id: str, state: Values) -> None:
        _sqs(call).set_queue_attributes(QueueUrl=id, Attributes={attribute: ""})

    return Served(token, make, look, remove, change)


TYPES = [
    Served("aws:sqs/queue:Queue", _make, _look, _remove, _change),
    _attribute_of_a_queue("aws:sqs/queuePolicy:QueuePolicy", "policy"),
    _attribute_of_a_queue("aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy"),
    _attribute_of_a_queue("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "redriveAllowPolicy"),
]
