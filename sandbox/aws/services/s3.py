"""S3: buckets and objects."""

from __future__ import annotations

import base64
from typing import Any

from botocore.exceptions import ClientError

from sandbox.aws.call import Call
from sandbox.aws.places import suffix_of
from sandbox.aws.services.served import Served, is_gone
from sandbox.aws.services.wire import PARTITION, Values, given, mapped, pairs

HOSTED_ZONE = "Z3AQBSTGFYJSTF"
_OBJECT = {
    "cacheControl": "CacheControl",
    "contentDisposition": "ContentDisposition",
    "contentEncoding": "ContentEncoding",
    "contentLanguage": "ContentLanguage",
    "contentType": "ContentType",
    "kmsKeyId": "SSEKMSKeyId",
    "metadata": "Metadata",
    "serverSideEncryption": "ServerSideEncryption",
    "storageClass": "StorageClass",
    "websiteRedirect": "WebsiteRedirectLocation",
}


def _s3(call: Call) -> Any:
    return call.client("s3")


def tags_of(ask: Any, **place: Any) -> dict[str, str]:
    """The tags of a bucket or object; none is an answer, not an error."""
    try:
        return mapped(ask(**place)["TagSet"])
    except ClientError as error:
        if is_gone(error):
            return {}
        raise


# -- buckets


def _make(call: Call, inputs: Values) -> str:
    place = {"LocationConstraint": call.region}
    elsewhere = {} if call.region == "us-east-1" else {"CreateBucketConfiguration": place}
    lock = {"ObjectLockEnabledForBucket": True} if inputs.get("objectLockEnabled") is True else {}
    _s3(call).create_bucket(Bucket=inputs["bucket"], **elsewhere, **lock)
    return str(inputs["bucket"])


def _finish(call: Call, id: str, inputs: Values) -> None:
    _tag(call, id, inputs)
    if (inputs.get("versioning") or {}).get("enabled") is True:
        _s3(call).put_bucket_versioning(Bucket=id, VersioningConfiguration={"Status": "Enabled"})


def _tag(call: Call, id: str, values: Values) -> None:
    if values.get("tags"):
        _s3(call).put_bucket_tagging(Bucket=id, Tagging={"TagSet": pairs(values["tags"])})
    else:
        _s3(call).delete_bucket_tagging(Bucket=id)


def _look(call: Call, id: str, state: Values) -> Values:
    s3, suffix = _s3(call), suffix_of(call.region)
    s3.head_bucket(Bucket=id)
    versioning = s3.get_bucket_versioning(Bucket=id)
    owner = s3.get_bucket_acl(Bucket=id)["Owner"]["ID"]
    return {
        "arn": f"arn:{PARTITION}:s3:::{id}",
        "bucket": id,
        "bucketDomainName": f"{id}.s3.{suffix}",
        "bucketNamespace": "global",
        "bucketRegion": call.region,
        "bucketRegionalDomainName": f"{id}.s3.{call.region}.{suffix}",
        "grants": [{"id": owner, "permissions": ["FULL_CONTROL"], "type": "CanonicalUser", "uri": ""}],
        "hostedZoneId": HOSTED_ZONE,
        "requestPayer": "BucketOwner",
        "tags": tags_of(s3.get_bucket_tagging, Bucket=id),
        "versioning": {
            "enabled": versioning.get("Status") == "Enabled",
            "mfaDelete": versioning.get("MFADelete") == "Enabled",
        },
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    _tag(call, id, new)
    wanted = (new.get("versioning") or {}).get("enabled")
    if wanted is not None and wanted != (old.get("versioning") or {}).get("enabled"):
        status = {"Status": "Enabled" if wanted else "Suspended"}
        _s3(call).put_bucket_versioning(Bucket=id, VersioningConfiguration=status)


def _remove(call: Call, id: str, state: Values) -> None:
    s3 = _s3(call)
    if state.get("forceDestroy") is True:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=id):
            for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                s3.delete_object(Bucket=id, Key=item["Key"], VersionId=item["VersionId"])
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=id):
            for item in page.get("Contents", ()):
                s3.delete_object(Bucket=id, Key=item["Key"])
    s3.delete_bucket(Bucket=id)


# -- objects: the id is BUCKET/KEY


def _body(inputs: Values) -> bytes:
    if inputs.get("source") is not None:
        return inputs["source"].read()
    if inputs.get("contentBase64"):
        return base64.b64decode(inputs["contentBase64"])
    return str(inputs.get("content") or "").encode()


def _make_object(call: Call, inputs: Values) -> str:
    sent = {name: value for name, value in given(inputs, _OBJECT).items() if value not in ("", {})}
    key = str(inputs["key"]).lstrip("/")
    labels = {"BucketKeyEnabled": True} if inputs.get("bucketKeyEnabled") is True else {}
    _s3(call).put_object(Bucket=inputs["bucket"], Key=key, Body=_body(inputs), **sent, **labels)
    if inputs.get("tags"):
        _s3(call).put_object_tagging(Bucket=inputs["bucket"], Key=key, Tagging={"TagSet": pairs(inputs["tags"])})
    return f"{inputs['bucket']}/{key}"


def _look_object(call: Call, id: str, state: Values) -> Values:
    bucket, _, key = id.removeprefix("s3://").partition("/")
    held = _s3(call).head_object(Bucket=bucket, Key=key)
    given_key = state.get("key")
    version = held.get("VersionId")
    return {
        **{ours: held.get(theirs) for ours, theirs in _OBJECT.items()},
        "arn": f"arn:{PARTITION}:s3:::{bucket}/{key}",
        "bucket": bucket,
        "etag": held["ETag"].strip('"'),
        "key": given_key if isinstance(given_key, str) and given_key.lstrip("/") == key else key,
        "storageClass": held.get("StorageClass", "STANDARD"),
        "tags": tags_of(_s3(call).get_object_tagging, Bucket=bucket, Key=key),
        "versionId": None if version in (None, "null") else version,
    }


def _change_object(call: Call, id: str, old: Values, new: Values) -> None:
    bucket, _, key = id.partition("/")
    content = ("source", "content", "contentBase64", "sourceHash", "etag", "metadata", *_OBJECT)
    if any(new.get(name) is not None and new.get(name) != old.get(name) for name in content):
        _make_object(call, {**new, "bucket": bucket, "key": key})
    if new.get("tags"):
        _s3(call).put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": pairs(new["tags"])})
    else:
        _s3(call).delete_object_tagging(Bucket=bucket, Key=key)


def _remove_object(call: Call, id: str, state: Values) -> None:
    """With every version of it, so that the bucket can go after it."""
    bucket, _, key = id.partition("/")
    for page in _s3(call).get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            if item["Key"] == key and item["VersionId"] != "null":
                _s3(call).delete_object(Bucket=bucket, Key=key, VersionId=item["VersionId"])
    _s3(call).delete_object(Bucket=bucket, Key=key)


TYPES = [
    Served("aws:s3/bucket:Bucket", _make, _look, _remove, _change, _finish),
    *(
        Served(f"aws:s3/{token}", _make_object, _look_object, _remove_object, _change_object)
        for token in ("bucketObject:BucketObject", "bucketObjectv2:BucketObjectv2")
    ),
]
