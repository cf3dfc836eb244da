"""S3: rules of encryption, notifications and lifecycles between the outputs' form and the cloud's."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sandbox.aws.services.wire import Values, stamp

# -- encryption


def encryption_sent(rules: list[Values]) -> list[Values]:
    """As PutBucketEncryption wants them."""
    sent: list[Values] = []
    for rule in rules:
        item: Values = {"BucketKeyEnabled": rule.get("bucketKeyEnabled") is True}
        if default := rule.get("applyServerSideEncryptionByDefault"):
            key = {"KMSMasterKeyID": default["kmsMasterKeyId"]} if default.get("kmsMasterKeyId") else {}
            item["ApplyServerSideEncryptionByDefault"] = {"SSEAlgorithm": default["sseAlgorithm"], **key}
        sent.append(item)
    return sent


def encryption_rules(held: list[Values], known: Any) -> list[Values]:
    """As outputs; what the cloud forgets of a rule is taken from the rule in the same place."""
    found: list[Values] = []
    for index, rule in enumerate(held):
        before = known[index] if isinstance(known, list) and index < len(known) else {}
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        item: Values = {
            "applyServerSideEncryptionByDefault": {
                "kmsMasterKeyId": default.get("KMSMasterKeyID", ""), "sseAlgorithm": default.get("SSEAlgorithm", "")
            },
            "bucketKeyEnabled": rule.get("BucketKeyEnabled") is True,
        }  # fmt: skip
        if "blockedEncryptionTypes" in before:
            item["blockedEncryptionTypes"] = before["blockedEncryptionTypes"]
        found.append(item)
    return found


# -- notifications

_KINDS = {
    "lambdaFunctions": ("LambdaFunctionConfigurations", "lambdaFunctionArn", "LambdaFunctionArn"),
    "queues": ("QueueConfigurations", "queueArn", "QueueArn"),
    "topics": ("TopicConfigurations", "topicArn", "TopicArn"),
}
_FILTERS = {"filterPrefix": "prefix", "filterSuffix": "suffix"}


def notifications_sent(inputs: Values) -> Values:
    """As PutBucketNotificationConfiguration wants them; one without an id gets one."""
    sent: Values = {}
    for ours, (theirs, target, their_target) in _KINDS.items():
        if inputs.get(ours):
            sent[theirs] = [_notification_sent(item, target, their_target) for item in inputs[ours]]
    return {**sent, "EventBridgeConfiguration": {}} if inputs.get("eventbridge") is True else sent


def _notification_sent(item: Values, target: str, their_target: str) -> Values:
    id = item.get("id") or f"tf-s3-{target.removesuffix('Arn').lower()}-{secrets.token_hex(13)}"
    sent: Values = {"Id": id, their_target: item[target], "Events": item["events"]}
    rules = [{"Name": theirs, "Value": item[ours]} for ours, theirs in _FILTERS.items() if item.get(ours)]
    return {**sent, "Filter": {"Key": {"FilterRules": rules}}} if rules else sent


def notifications(held: Values, state: Values) -> Values | None:
    """As outputs; None when the bucket notifies nobody although the state says that it does."""
    found: Values = {
        ours: [_notification(item, target, their_target) for item in held.get(theirs) or ()]
        for ours, (theirs, target, their_target) in _KINDS.items()
    }
    found["eventbridge"] = "EventBridgeConfiguration" in held
    meant = any(state.get(name) for name in found) or not state
    return found if any(found.values()) or not meant else None


def _notification(item: Values, target: str, their_target: str) -> Values:
    filters = item.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    rules = {rule["Name"].lower(): rule["Value"] for rule in filters}
    return {
        "events": item["Events"],
        "filterPrefix": rules.get("prefix", ""),
        "filterSuffix": rules.get("suffix", ""),
        "id": item["Id"],
        target: item[their_target],
    }


# -- lifecycles

_NAMES = {
    "abortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
    "and": "And",
    "date": "Date",
    "days": "Days",
    "daysAfterInitiation": "DaysAfterInitiation",
    "expiration": "Expiration",
    "expiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
    "filter": "Filter",
    "id": "ID",
    "key": "Key",
    "newerNoncurrentVersions": "NewerNoncurrentVersions",
    "noncurrentDays": "NoncurrentDays",
    "noncurrentVersionExpiration": "NoncurrentVersionExpiration",
    "noncurrentVersionTransitions": "NoncurrentVersionTransitions",
    "objectSizeGreaterThan": "ObjectSizeGreaterThan",
    "objectSizeLessThan": "ObjectSizeLessThan",
    "prefix": "Prefix",
    "status": "Status",
    "storageClass": "StorageClass",
    "tag": "Tag",
    "tags": "Tags",
    "transitions": "Transitions",
    "value": "Value",
}
_OURS = {theirs: ours for ours, theirs in _NAMES.items()}


def lifecycle_sent(rules: list[Values]) -> list[Values]:
    """As PutBucketLifecycleConfiguration wants them; a rule without a filter is for all objects."""
    return [{"Filter": {"Prefix": ""}, **_rule_sent(rule)} for rule in rules]


def _rule_sent(value: Any, name: str = "") -> Any:
    if name == "tags":
        return [{"Key": key, "Value": text} for key, text in value.items()]
    if name == "date":
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, dict):
        given = {key: item for key, item in value.items() if item is not None and key in _NAMES}
        given = {key: item for key, item in given.items() if not (item in ("", [], {}, 0, False) and key != "prefix")}
        if "prefix" in given and given["prefix"] == "" and name != "filter":
            del given["prefix"]
        return {_NAMES[key]: _rule_sent(item, key) for key, item in given.items()}
    return [_rule_sent(item, name) for item in value] if isinstance(value, list) else value


def lifecycle_rules(held: list[Values], known: list[Values]) -> list[Values]:
    """As outputs; a rule that is what was sent keeps the program's form."""
    sent = lifecycle_sent(known)
    found: list[Values] = []
    for rule in held:
        match = next((index for index, item in enumerate(sent) if _comparable(item) == _comparable(rule)), None)
        found.append(_rule(rule) if match is None else known[match])
    return found


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {key: _comparable(item) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return stamp(value)


def _rule(value: Any, name: str = "") -> Any:
    if name == "tags":
        return {item["Key"]: item["Value"] for item in value}
    if isinstance(value, dict):
        return {_OURS[key]: _rule(item, _OURS[key]) for key, item in value.items() if key in _OURS}
    return [_rule(item, name) for item in value] if isinstance(value, list) else stamp(value)
