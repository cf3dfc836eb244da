"""Lambda: functions and their versions."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.lambda_fields import CONFIGURATION, configured, described, invoke_arn
from sandbox.aws.services.logs import find_group
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, arn, changed, retag

_CODE = ("architectures", "code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash")


def _lambda(call: Call) -> Any:
    return call.client("lambda")


def code_of(inputs: Values) -> Values:
    """Where the code comes from: an archive's bytes, an object in S3, an image."""
    if inputs.get("code") is not None:
        return {"ZipFile": inputs["code"].read()}
    fields = {"imageUri": "ImageUri", "s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
    return {theirs: inputs[ours] for ours, theirs in fields.items() if inputs.get(ours)}


def _make(call: Call, inputs: Values) -> str:
    tags = {key: str(value) for key, value in (inputs.get("tags") or {}).items()}
    request: Values = {
        "FunctionName": inputs["name"],
        "Code": code_of(inputs),
        "PackageType": inputs.get("packageType") or "Zip",
        "Publish": inputs.get("publish") is True,
        "Tags": tags,
        **configured(inputs),
    }
    if inputs.get("architectures"):
        request["Architectures"] = inputs["architectures"]
    _lambda(call).create_function(**request)
    return str(inputs["name"])


def _finish(call: Call, id: str, inputs: Values) -> None:
    if _reserved(inputs) >= 0:
        _reserve(call, id, _reserved(inputs))


def _reserved(values: Values) -> int:
    """Reserved concurrency; -1 = none reserved, 0 = the function does not run at all."""
    most = values.get("reservedConcurrentExecutions")
    return -1 if most is None else int(most)


def _reserve(call: Call, id: str, most: int) -> None:
    if most >= 0:
        _lambda(call).put_function_concurrency(FunctionName=id, ReservedConcurrentExecutions=most)
    else:
        _lambda(call).delete_function_concurrency(FunctionName=id)


def _versions(call: Call, id: str) -> list[str]:
    pages = _lambda(call).get_paginator("list_versions_by_function").paginate(FunctionName=id)
    found = [version["Version"] for page in pages for version in page["Versions"]]
    return sorted((version for version in found if version.isdigit()), key=int)


def _look(call: Call, id: str, state: Values) -> Values:
    answer = _lambda(call).get_function(FunctionName=id)
    held = answer["Configuration"]
    own = arn(call, "lambda", f"function:{held['FunctionName']}")
    version = (_versions(call, id) or ["$LATEST"])[-1]
    reserved = (answer.get("Concurrency") or {}).get("ReservedConcurrentExecutions", -1)
    return {
        **described(held, state),
        "arn": own,
        "codeSha256": held["CodeSha256"],
        "imageUri": (answer.get("Code") or {}).get("ImageUri"),
        "invokeArn": invoke_arn(call, own),
        "lastModified": held["LastModified"],
        "name": held["FunctionName"],
        "packageType": held.get("PackageType", "Zip"),
        "qualifiedArn": f"{own}:{version}",
        "qualifiedInvokeArn": invoke_arn(call, f"{own}:{version}"),
        "reservedConcurrentExecutions": reserved,
        "responseStreamingInvokeArn": invoke_arn(call, own, streaming=True),
        "sourceCodeSize": held["CodeSize"],
        "tags": answer.get("Tags") or {},
        "version": version,
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    function = _lambda(call)
    moved = changed(old, new, CONFIGURATION)
    # Left out: the cloud's own choice stays.
    moved = [name for name in moved if new.get(name) is not None or name not in ("ephemeralStorage", "tracingConfig")]
    if moved:
        function.update_function_configuration(FunctionName=id, **configured(new, blanks=moved))
    recoded = [name for name in changed(old, new, _CODE) if new.get(name) is not None]
    if recoded:
        chosen = {"Architectures": new["architectures"]} if new.get("architectures") else {}
        function.update_function_code(FunctionName=id, **code_of(new), **chosen)
    if new.get("publish") is True and (moved or recoded or old.get("publish") is not True):
        function.publish_version(FunctionName=id)
    if _reserved(old) != _reserved(new):
        _reserve(call, id, _reserved(new))
    resource = arn(call, "lambda", f"function:{id}")
    retag(
        function.list_tags(Resource=resource).get("Tags") or {},
        new.get("tags"),
        lambda tags: function.tag_resource(Resource=resource, Tags=tags),
        lambda names: function.untag_resource(Resource=resource, TagKeys=names),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    if state.get("skipDestroy") is True:
        return
    _lambda(call).delete_function(FunctionName=id)
    _remove_own_logs(call, id, state)


def _remove_own_logs(call: Call, id: str, state: Values) -> None:
    """The log group that the first invocation made by itself; nobody else would ever remove it.

    A group with a retention, tags, a key or a filter was made on purpose and is left to whoever made it.
    """
    name = f"/aws/lambda/{id}"
    if (state.get("loggingConfig") or {}).get("logGroup", name) not in (name, ""):
        return
    group = find_group(call, name)
    if group is None or group.get("retentionInDays") or group.get("kmsKeyId") or group.get("metricFilterCount"):
        return
    logs = call.client("logs")
    if not logs.list_tags_for_resource(resourceArn=arn(call, "logs", f"log-group:{name}")).get("tags"):
        logs.delete_log_group(logGroupName=name)


TYPES = [Served("aws:lambda/function:Function", _make, _look, _remove, _change, _finish)]
