"""Outputs that a change makes unknown although nobody set them: what the provider decides in code, per type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.provider.values import UNKNOWN

_NOT_PUBLISHED = {  # a change of these publishes no version of a function
    "reservedConcurrentExecutions", "publish", "tags", "tagsAll", "skipDestroy", "codeSigningConfigArn",
    "replaceSecurityGroupsOnDestroy", "replacementSecurityGroupIds", "useResourceTimeoutForPropagation",
    "architectures", "code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash", "sourceKmsKeyArn",
}  # fmt: skip
_CODE = {
    "architectures", "code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash", "sourceKmsKeyArn",
}  # fmt: skip


def unknown_after(token: str, changed: set[str], planned: dict[str, Any]) -> set[str]:
    """Names of outputs that this set of changed properties makes unknown."""
    effect = _EFFECTS.get(token)
    return effect(changed, planned) if effect and changed else set()


def _function(changed: set[str], planned: dict[str, Any]) -> set[str]:
    unknown: set[str] = set()
    if changed & _CODE:
        unknown |= {"codeSha256", "lastModified", "sourceCodeSize"}
    publishes = bool(changed - _NOT_PUBLISHED) or bool(changed & _CODE) or "publish" in changed
    if planned.get("publish") is True and publishes:
        unknown |= {"qualifiedArn", "qualifiedInvokeArn", "version"}
    return unknown


def _parameter(changed: set[str], planned: dict[str, Any]) -> set[str]:
    return (
        {"version"} if changed & {"value", "insecureValue", "valueWoVersion", "description", "type", "tier"} else set()
    )


def _launch_template(changed: set[str], planned: dict[str, Any]) -> set[str]:
    if not changed - {"tags", "tagsAll", "description", "defaultVersion", "updateDefaultVersion"}:
        return set()
    return {"latestVersion", "defaultVersion"} if planned.get("updateDefaultVersion") is True else {"latestVersion"}


def _object(changed: set[str], planned: dict[str, Any]) -> set[str]:
    content = {"source", "content", "contentBase64", "etag", "sourceHash", "kmsKeyId", "storageClass"}
    return {"etag", "versionId"} - changed if changed & content else set()


def _volume(changed: set[str], planned: dict[str, Any]) -> set[str]:
    return {"iops"} if "type" in changed and planned.get("iops") is UNKNOWN else set()


_EFFECTS: dict[str, Callable[[set[str], dict[str, Any]], set[str]]] = {
    "aws:ebs/volume:Volume": _volume,
    "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
    "aws:lambda/function:Function": _function,
    "aws:s3/bucketObject:BucketObject": _object,
    "aws:s3/bucketObjectv2:BucketObjectv2": _object,
    "aws:ssm/parameter:Parameter": _parameter,
}
