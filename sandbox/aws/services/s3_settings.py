"""S3: what belongs to a bucket and is a resource of its own. All of them have the bucket's name as their id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.s3_rules import (
    encryption_rules,
    encryption_sent,
    lifecycle_rules,
    lifecycle_sent,
    notifications,
    notifications_sent,
)
from sandbox.aws.services.served import Served
from sandbox.aws.services.transport import as_given, sendable
from sandbox.aws.services.wire import Values

_BLOCKS = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}


def _setting(
    token: str,
    write: Callable[[Any, str, Values], Any],
    read: Callable[[Any, str, Values], Values | None],
    remove: Callable[[Any, str, Values], Any],
) -> Served:
    """A setting of a bucket: one call writes it, also over an older one."""

    def make(call: Call, inputs: Values) -> str:
        write(call.client("s3"), inputs["bucket"], inputs)
        return str(inputs["bucket"])

    def look(call: Call, id: str, state: Values) -> Values | None:
        bucket = id.partition(",")[0]  # an import may name the owner after a comma
        call.client("s3").head_bucket(Bucket=bucket)
        found = read(call.client("s3"), bucket, state)
        return None if found is None else {"bucket": bucket, **found}

    def change(call: Call, id: str, old: Values, new: Values) -> None:
        write(call.client("s3"), id, new)

    def gone(call: Call, id: str, state: Values) -> None:
        if state.get("skipDestroy") is not True:
            remove(call.client("s3"), id, state)

    return Served(f"aws:s3/{token[0].lower()}{token[1:]}:{token}", make, look, gone, change)


# -- public access block


def _write_block(s3: Any, bucket: str, inputs: Values) -> None:
    wanted = {theirs: inputs.get(ours) is True for ours, theirs in _BLOCKS.items()}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=wanted)


def _read_block(s3: Any, bucket: str, state: Values) -> Values:
    held = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    return {ours: held.get(theirs) is True for ours, theirs in _BLOCKS.items()}


# -- versioning


def _write_versioning(s3: Any, bucket: str, inputs: Values) -> None:
    wanted = inputs["versioningConfiguration"]
    if wanted["status"] == "Disabled":
        return  # a new bucket is; one that was versioned once can only be suspended
    mfa = {"MFADelete": wanted["mfaDelete"]} if wanted.get("mfaDelete") else {}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": wanted["status"], **mfa})


def _read_versioning(s3: Any, bucket: str, state: Values) -> Values:
    held = s3.get_bucket_versioning(Bucket=bucket)
    status = {"mfaDelete": held.get("MFADelete", ""), "status": held.get("Status", "Disabled")}
    return {"versioningConfiguration": status}


def _end_versioning(s3: Any, bucket: str, state: Values) -> None:
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled":
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


# -- policy


def _write_policy(s3: Any, bucket: str, inputs: Values) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=sendable(inputs["policy"]))


def _read_policy(s3: Any, bucket: str, state: Values) -> Values:
    return {"policy": as_given(s3.get_bucket_policy(Bucket=bucket)["Policy"], state.get("policy"))}


# -- encryption


def _write_encryption(s3: Any, bucket: str, inputs: Values) -> None:
    rules = {"Rules": encryption_sent(inputs["rules"])}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)


def _read_encryption(s3: Any, bucket: str, state: Values) -> Values:
    held = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    return {"rules": encryption_rules(held, state.get("rules"))}


# -- ownership


def _write_ownership(s3: Any, bucket: str, inputs: Values) -> None:
    wanted = {"Rules": [{"ObjectOwnership": inputs["rule"]["objectOwnership"]}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=wanted)


def _read_ownership(s3: Any, bucket: str, state: Values) -> Values:
    held = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    return {"rule": {"objectOwnership": held[0]["ObjectOwnership"]}}


# -- notifications


def _write_notifications(s3: Any, bucket: str, inputs: Values) -> None:
    wanted = notifications_sent(inputs)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)


def _read_notifications(s3: Any, bucket: str, state: Values) -> Values | None:
    return notifications(s3.get_bucket_notification_configuration(Bucket=bucket), state)


def _end_notifications(s3: Any, bucket: str, state: Values) -> None:
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})


# -- lifecycle


def _write_lifecycle(s3: Any, bucket: str, inputs: Values) -> None:
    size = inputs.get("transitionDefaultMinimumObjectSize")
    more = {"TransitionDefaultMinimumObjectSize": size} if size else {}
    rules = {"Rules": lifecycle_sent(inputs.get("rules") or [])}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules, **more)


def _read_lifecycle(s3: Any, bucket: str, state: Values) -> Values:
    held = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    size = held.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
    return {
        "rules": lifecycle_rules(held["Rules"], state.get("rules") or []),
        "transitionDefaultMinimumObjectSize": size,
    }


TYPES = [
    _setting(
        "BucketPublicAccessBlock",
        _write_block,
        _read_block,
        lambda s3, bucket, state: s3.delete_public_access_block(Bucket=bucket),
    ),
    _setting("BucketVersioning", _write_versioning, _read_versioning, _end_versioning),
    _setting(
        "BucketPolicy", _write_policy, _read_policy, lambda s3, bucket, state: s3.delete_bucket_policy(Bucket=bucket)
    ),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        _write_encryption,
        _read_encryption,
        lambda s3, bucket, state: s3.delete_bucket_encryption(Bucket=bucket),
    ),
    _setting(
        "BucketOwnershipControls",
        _write_ownership,
        _read_ownership,
        lambda s3, bucket, state: s3.delete_bucket_ownership_controls(Bucket=bucket),
    ),
    _setting("BucketNotification", _write_notifications, _read_notifications, _end_notifications),
    _setting(
        "BucketLifecycleConfiguration",
        _write_lifecycle,
        _read_lifecycle,
        lambda s3, bucket, state: s3.delete_bucket_lifecycle(Bucket=bucket),
    ),
]
