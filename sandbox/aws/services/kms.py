"""KMS: keys and their aliases."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.plan.documents import same_policy
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, arn, changed, given, mapped, pairs, retag

LONGEST_WINDOW_DAYS = 30  # what AWS takes when the program gives no window
_GOING = ("PendingDeletion", "PendingReplicaDeletion")


def _kms(call: Call) -> Any:
    return call.client("kms")


def _make(call: Call, inputs: Values) -> str:
    fields = {
        "bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
        "customerMasterKeySpec": "KeySpec",
        "customKeyStoreId": "CustomKeyStoreId",
        "description": "Description",
        "keyUsage": "KeyUsage",
        "multiRegion": "MultiRegion",
        "policy": "Policy",
        "xksKeyId": "XksKeyId",
    }
    made = _kms(call).create_key(**given(inputs, fields), Tags=pairs(inputs.get("tags"), "TagKey", "TagValue"))
    return str(made["KeyMetadata"]["KeyId"])


def _finish(call: Call, id: str, inputs: Values) -> None:
    if inputs.get("enableKeyRotation") is True:
        _rotate(call, id, inputs)
    if inputs.get("isEnabled") is False:
        _kms(call).disable_key(KeyId=id)


def _rotate(call: Call, id: str, values: Values) -> None:
    days = values.get("rotationPeriodInDays")
    _kms(call).enable_key_rotation(KeyId=id, **({"RotationPeriodInDays": days} if days else {}))


def _look(call: Call, id: str, state: Values) -> Values | None:
    kms = _kms(call)
    key = kms.describe_key(KeyId=id)["KeyMetadata"]
    if key["KeyState"] in _GOING:
        return None
    rotation: Values = {}
    if key["KeySpec"] == "SYMMETRIC_DEFAULT" and key.get("Origin", "AWS_KMS") == "AWS_KMS":
        rotation = kms.get_key_rotation_status(KeyId=id)
    rotates = rotation.get("KeyRotationEnabled") is True
    return {
        "arn": key["Arn"],
        "customKeyStoreId": key.get("CustomKeyStoreId"),
        "customerMasterKeySpec": key["KeySpec"],
        "description": key.get("Description"),
        "enableKeyRotation": rotates,
        "isEnabled": key["Enabled"],
        "keyId": key["KeyId"],
        "keyUsage": key["KeyUsage"],
        "multiRegion": key.get("MultiRegion") is True,
        "policy": kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"],
        "rotationPeriodInDays": rotation.get("RotationPeriodInDays", 0) if rotates else 0,
        "tags": _tags(call, id),
    }


def _tags(call: Call, id: str) -> dict[str, str]:
    return mapped(_kms(call).list_resource_tags(KeyId=id).get("Tags"), "TagKey", "TagValue")


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    kms = _kms(call)
    wanted_on, was_on = new.get("isEnabled") is not False, old.get("isEnabled") is not False
    if wanted_on and not was_on:  # a key that is off takes no other change
        kms.enable_key(KeyId=id)
    moved = new.get("rotationPeriodInDays") and changed(old, new, ["rotationPeriodInDays"])
    if changed(old, new, ["enableKeyRotation"]) or moved:
        if new.get("enableKeyRotation") is True:
            _rotate(call, id, new)
        else:
            kms.disable_key_rotation(KeyId=id)
    if changed(old, new, ["description"]):
        kms.update_key_description(KeyId=id, Description=new.get("description") or "")
    if new.get("policy") and not same_policy(str(old.get("policy")), new["policy"]):
        kms.put_key_policy(KeyId=id, PolicyName="default", Policy=new["policy"])
    retag(
        _tags(call, id),
        new.get("tags"),
        lambda tags: kms.tag_resource(KeyId=id, Tags=pairs(tags, "TagKey", "TagValue")),
        lambda names: kms.untag_resource(KeyId=id, TagKeys=names),
    )
    if was_on and not wanted_on:
        kms.disable_key(KeyId=id)


def _remove(call: Call, id: str, state: Values) -> None:
    """A key is never gone at once: its deletion is scheduled, and from then on it counts as gone."""
    if _kms(call).describe_key(KeyId=id)["KeyMetadata"]["KeyState"] in _GOING:
        return
    days = state.get("deletionWindowInDays") or LONGEST_WINDOW_DAYS
    _kms(call).schedule_key_deletion(KeyId=id, PendingWindowInDays=days)


# -- aliases


def _make_alias(call: Call, inputs: Values) -> str:
    _kms(call).create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
    return str(inputs["name"])


def _look_alias(call: Call, id: str, state: Values) -> Values | None:
    pages = _kms(call).get_paginator("list_aliases").paginate()
    found = next((alias for page in pages for alias in page["Aliases"] if alias["AliasName"] == id), None)
    if found is None:
        return None
    target, given_id = found["TargetKeyId"], str(state.get("targetKeyId") or "")
    same = given_id.rpartition("/")[2] == target
    return {
        "arn": found["AliasArn"],
        "name": id,
        "targetKeyArn": arn(call, "kms", f"key/{target}"),
        "targetKeyId": given_id if same else target,
    }


def _change_alias(call: Call, id: str, old: Values, new: Values) -> None:
    _kms(call).update_alias(AliasName=id, TargetKeyId=new["targetKeyId"])


def _remove_alias(call: Call, id: str, state: Values) -> None:
    _kms(call).delete_alias(AliasName=id)


TYPES = [
    Served("aws:kms/key:Key", _make, _look, _remove, _change, _finish),
    Served("aws:kms/alias:Alias", _make_alias, _look_alias, _remove_alias, _change_alias),
]
