"""Secrets Manager: secrets, their versions and policies."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.transport import as_given, sendable
from sandbox.aws.services.wire import Values, changed, given, mapped, pairs, retag

_FIELDS = {"description": "Description", "kmsKeyId": "KmsKeyId"}
_DEFAULT_WINDOW_DAYS = 30


def _manager(call: Call) -> Any:
    return call.client("secretsmanager")


# -- secrets: the id is the ARN


def _make(call: Call, inputs: Values) -> str:
    made = _manager(call).create_secret(Name=inputs["name"], **given(inputs, _FIELDS), Tags=pairs(inputs.get("tags")))
    return str(made["ARN"])


def _finish(call: Call, id: str, inputs: Values) -> None:
    if inputs.get("policy"):
        _manager(call).put_resource_policy(SecretId=id, ResourcePolicy=sendable(inputs["policy"]))


def _look(call: Call, id: str, state: Values) -> Values | None:
    held = _manager(call).describe_secret(SecretId=id)
    if held.get("DeletedDate"):
        return None
    policy = _manager(call).get_resource_policy(SecretId=id).get("ResourcePolicy")
    return {
        **{ours: held.get(theirs) for ours, theirs in _FIELDS.items()},
        "arn": held["ARN"],
        "name": held["Name"],
        "policy": as_given(policy, state.get("policy")),
        "tags": mapped(held.get("Tags")),
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    manager = _manager(call)
    if names := changed(old, new, _FIELDS):
        manager.update_secret(SecretId=id, **{_FIELDS[name]: new.get(name) or "" for name in names})
    if new.get("policy") and changed(old, new, ["policy"]):
        _finish(call, id, new)
    retag(
        mapped(manager.describe_secret(SecretId=id).get("Tags")),
        new.get("tags"),
        lambda tags: manager.tag_resource(SecretId=id, Tags=pairs(tags)),
        lambda names: manager.untag_resource(SecretId=id, TagKeys=names),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    """With a recovery window the secret stays restorable, and its name taken, until the window ends."""
    if _manager(call).describe_secret(SecretId=id).get("DeletedDate"):
        return
    days = state.get("recoveryWindowInDays", _DEFAULT_WINDOW_DAYS)
    way: Values = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
    _manager(call).delete_secret(SecretId=id, **way)


# -- versions: the id is SECRET|VERSION


def _value(inputs: Values) -> Values:
    if inputs.get("secretBinary"):
        return {"SecretBinary": base64.b64decode(inputs["secretBinary"])}
    text = inputs.get("secretString")
    return {"SecretString": inputs.get("secretStringWo") if text is None else text}


def _make_version(call: Call, inputs: Values) -> str:
    stages = {"VersionStages": inputs["versionStages"]} if inputs.get("versionStages") else {}
    made = _manager(call).put_secret_value(
        SecretId=inputs["secretId"],
        ClientRequestToken=f"terraform-{secrets.token_hex(13)}",
        **_value(inputs),
        **stages,
    )
    return f"{inputs['secretId']}|{made['VersionId']}"


def _look_version(call: Call, id: str, state: Values) -> Values | None:
    secret, _, version = id.rpartition("|")
    if _manager(call).describe_secret(SecretId=secret).get("DeletedDate"):
        return None
    held = _manager(call).get_secret_value(SecretId=secret, VersionId=version)
    binary = held.get("SecretBinary")
    write_only = bool(state.get("secretStringWoVersion"))
    return {
        "arn": held["ARN"],
        "hasSecretStringWo": True if write_only else None,
        "secretArn": held["ARN"],
        "secretBinary": base64.b64encode(binary).decode() if binary else None,
        "secretId": secret,
        "secretString": None if write_only else held.get("SecretString"),
        "versionId": version,
        "versionStages": held.get("VersionStages") or [],
    }


def _change_version(call: Call, id: str, old: Values, new: Values) -> None:
    """Only the stages move; another value is another version, which the plan makes a replacement."""
    secret, _, version = id.rpartition("|")
    wanted = new.get("versionStages")
    if wanted is None:
        return
    held = _manager(call).get_secret_value(SecretId=secret, VersionId=version).get("VersionStages") or []
    owners = _manager(call).describe_secret(SecretId=secret).get("VersionIdsToStages") or {}
    for stage in set(wanted) - set(held):
        owner = next((other for other, stages in owners.items() if stage in stages), None)
        from_there = {"RemoveFromVersionId": owner} if owner else {}
        _manager(call).update_secret_version_stage(
            SecretId=secret, VersionStage=stage, MoveToVersionId=version, **from_there
        )
    for stage in set(held) - set(wanted) - {"AWSCURRENT"}:
        _manager(call).update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)


def _remove_version(call: Call, id: str, state: Values) -> None:
    """Takes the stages off; without any a version is deprecated. The current one cannot lose its stage, as on AWS."""
    secret, _, version = id.rpartition("|")
    if _manager(call).describe_secret(SecretId=secret).get("DeletedDate"):
        return
    held = _manager(call).get_secret_value(SecretId=secret, VersionId=version)
    for stage in held.get("VersionStages") or []:
        if stage != "AWSCURRENT":
            _manager(call).update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)


# -- policies


def _make_policy(call: Call, inputs: Values) -> str:
    _manager(call).put_resource_policy(SecretId=inputs["secretArn"], ResourcePolicy=sendable(inputs["policy"]))
    return str(inputs["secretArn"])


def _look_policy(call: Call, id: str, state: Values) -> Values | None:
    held = _manager(call).get_resource_policy(SecretId=id).get("ResourcePolicy")
    return {"policy": as_given(held, state.get("policy")), "secretArn": id} if held else None


def _change_policy(call: Call, id: str, old: Values, new: Values) -> None:
    _make_policy(call, {**new, "secretArn": id})


def _remove_policy(call: Call, id: str, state: Values) -> None:
    _manager(call).delete_resource_policy(SecretId=id)


TYPES = [
    Served("aws:secretsmanager/secret:Secret", _make, _look, _remove, _change, _finish),
    Served(
        "aws:secretsmanager/secretVersion:SecretVersion",
        _make_version,
        _look_version,
        _remove_version,
        _change_version,
    ),
    Served("aws:secretsmanager/secretPolicy:SecretPolicy", _make_policy, _look_policy, _remove_policy, _change_policy),
]
