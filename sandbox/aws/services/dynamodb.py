"""DynamoDB: tables."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.dynamodb_indexes import indexes_of, local_index, secondary_index, sent_index_updates
from sandbox.aws.services.dynamodb_items import ITEM
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, arn, changed, mapped, pairs, retag

RECOVERY_DAYS = 35  # what AWS takes when the program gives no period
_LIMITS = {"maxReadRequestUnits": "MaxReadRequestUnits", "maxWriteRequestUnits": "MaxWriteRequestUnits"}


def _dynamodb(call: Call) -> Any:
    return call.client("dynamodb")


def _make(call: Call, inputs: Values) -> str:
    request: Values = {
        "TableName": inputs["name"],
        "AttributeDefinitions": _attributes(inputs),
        "KeySchema": [{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}],
        "DeletionProtectionEnabled": inputs.get("deletionProtectionEnabled") is True,
        "Tags": pairs(inputs.get("tags")),
        **_capacity(inputs),
    }
    if inputs.get("rangeKey"):
        request["KeySchema"].append({"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"})
    provisioned = "ProvisionedThroughput" in request
    if indexes := inputs.get("globalSecondaryIndexes"):
        request["GlobalSecondaryIndexes"] = [secondary_index(index, provisioned) for index in indexes]
    if indexes := inputs.get("localSecondaryIndexes"):
        request["LocalSecondaryIndexes"] = [local_index(index, inputs["hashKey"]) for index in indexes]
    if inputs.get("streamEnabled") is True:
        request["StreamSpecification"] = _stream(inputs)
    if inputs.get("tableClass"):
        request["TableClass"] = inputs["tableClass"]
    if (inputs.get("serverSideEncryption") or {}).get("enabled") is True:
        request["SSESpecification"] = _encryption(inputs)
    if limits := inputs.get("onDemandThroughput"):
        request["OnDemandThroughput"] = {theirs: limits.get(ours, -1) for ours, theirs in _LIMITS.items()}
    _dynamodb(call).create_table(**request)
    return str(inputs["name"])


def _finish(call: Call, id: str, inputs: Values) -> None:
    if (inputs.get("ttl") or {}).get("enabled") is True:
        _set_expiry(call, id, inputs["ttl"])
    if (inputs.get("pointInTimeRecovery") or {}).get("enabled") is True:
        _set_recovery(call, id, inputs["pointInTimeRecovery"])


def _attributes(values: Values) -> list[Values]:
    return [{"AttributeName": item["name"], "AttributeType": item["type"]} for item in values.get("attributes") or ()]


def _capacity(values: Values) -> Values:
    if values.get("billingMode") == "PAY_PER_REQUEST":
        return {"BillingMode": "PAY_PER_REQUEST"}
    reads, writes = values.get("readCapacity") or 1, values.get("writeCapacity") or 1
    units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}


def _stream(values: Values) -> Values:
    if values.get("streamEnabled") is True:
        return {"StreamEnabled": True, "StreamViewType": values["streamViewType"]}
    return {"StreamEnabled": False}


def _encryption(values: Values) -> Values:
    wanted = values.get("serverSideEncryption") or {}
    if wanted.get("enabled") is not True:
        return {"Enabled": False}
    key = wanted.get("kmsKeyArn")
    return {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}


def _set_expiry(call: Call, table: str, ttl: Values) -> None:
    wanted = {"Enabled": ttl.get("enabled") is True, "AttributeName": ttl["attributeName"]}
    _dynamodb(call).update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)


def _set_recovery(call: Call, table: str, recovery: Values) -> None:
    wanted: Values = {"PointInTimeRecoveryEnabled": recovery.get("enabled") is True}
    if recovery.get("recoveryPeriodInDays"):
        wanted["RecoveryPeriodInDays"] = recovery["recoveryPeriodInDays"]
    _dynamodb(call).update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=wanted)


def _look(call: Call, id: str, state: Values) -> Values:
    dynamodb = _dynamodb(call)
    table = dynamodb.describe_table(TableName=id)["Table"]
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    backups = dynamodb.describe_continuous_backups(TableName=id)["ContinuousBackupsDescription"]
    expiry = dynamodb.describe_time_to_live(TableName=id)["TimeToLiveDescription"]
    stream, units = table.get("StreamSpecification") or {}, table.get("ProvisionedThroughput") or {}
    limits = table.get("OnDemandThroughput")
    recovers = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    days = (state.get("pointInTimeRecovery") or {}).get("recoveryPeriodInDays") or RECOVERY_DAYS
    streams = stream.get("StreamEnabled") is True
    return {
        "arn": table["TableArn"],
        "attributes": [
            {"name": item["AttributeName"], "type": item["AttributeType"]} for item in table["AttributeDefinitions"]
        ],
        "billingMode": (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled") is True,
        **indexes_of(table, state),
        "hashKey": keys["HASH"],
        "name": table["TableName"],
        "onDemandThroughput": {ours: limits.get(theirs, -1) for ours, theirs in _LIMITS.items()} if limits else None,
        "pointInTimeRecovery": {"enabled": recovers, "recoveryPeriodInDays": days if recovers else 0},
        "rangeKey": keys.get("RANGE"),
        "readCapacity": units.get("ReadCapacityUnits", 0),
        "serverSideEncryption": _encrypted(table),
        "streamArn": table.get("LatestStreamArn") if streams else None,
        "streamEnabled": streams,
        "streamLabel": table.get("LatestStreamLabel") if streams else None,
        "streamViewType": stream.get("StreamViewType"),
        "tableClass": (table.get("TableClassSummary") or {}).get("TableClass", "STANDARD"),
        "tags": mapped(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"]).get("Tags")),
        "ttl": _expiry(expiry, state),
        "writeCapacity": units.get("WriteCapacityUnits", 0),
    }


def _encrypted(table: Values) -> Values | None:
    """None for the key that AWS owns; an object for one of the account's."""
    held = table.get("SSEDescription") or {}
    if held.get("Status") not in ("ENABLED", "UPDATING"):
        return None
    return {"enabled": True, "kmsKeyArn": held.get("KMSMasterKeyArn", "")}


def _expiry(held: Values, state: Values) -> Values:
    if held["TimeToLiveStatus"] in ("ENABLED", "ENABLING"):
        return {"attributeName": held.get("AttributeName", ""), "enabled": True}
    # Once switched off, the cloud does not tell the attribute any more.
    return {"attributeName": _named_when_off(state), "enabled": False}


def _named_when_off(state: Values) -> str:
    ttl = state.get("ttl") or {}
    return "" if ttl.get("enabled") is True else str(ttl.get("attributeName") or "")


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    dynamodb, table = _dynamodb(call), {"TableName": id}
    if changed(old, new, ["deletionProtectionEnabled"]):
        dynamodb.update_table(**table, DeletionProtectionEnabled=new.get("deletionProtectionEnabled") is True)
    if changed(old, new, ["billingMode"]) or any(_given_anew(old, new, n) for n in ("readCapacity", "writeCapacity")):
        dynamodb.update_table(**table, **_capacity({**old, **new}))
    if changed(old, new, ["tableClass"]) and new.get("tableClass"):
        dynamodb.update_table(**table, TableClass=new["tableClass"])
    if _given_anew(old, new, "onDemandThroughput"):
        limits = new["onDemandThroughput"]
        wanted = {theirs: limits.get(ours, -1) for ours, theirs in _LIMITS.items()}
        dynamodb.update_table(**table, OnDemandThroughput=wanted)
    if changed(old, new, ["streamEnabled"]) or _given_anew(old, new, "streamViewType"):
        # Another view needs another stream.
        if old.get("streamEnabled") is True and new.get("streamEnabled") is True:
            dynamodb.update_table(**table, StreamSpecification={"StreamEnabled": False})
        dynamodb.update_table(**table, StreamSpecification=_stream(new))
    if _given_anew(old, new, "serverSideEncryption"):
        dynamodb.update_table(**table, SSESpecification=_encryption(new))
    for update in sent_index_updates(old, new):
        dynamodb.update_table(**table, AttributeDefinitions=_attributes(new), GlobalSecondaryIndexUpdates=[update])
    _change_expiry(call, id, old.get("ttl") or {}, new.get("ttl"))
    if _given_anew(old, new, "pointInTimeRecovery"):
        _set_recovery(call, id, new["pointInTimeRecovery"])
    resource = arn(call, "dynamodb", f"table/{id}")
    retag(
        mapped(dynamodb.list_tags_of_resource(ResourceArn=resource).get("Tags")),
        new.get("tags"),
        lambda tags: dynamodb.tag_resource(ResourceArn=resource, Tags=pairs(tags)),
        lambda names: dynamodb.untag_resource(ResourceArn=resource, TagKeys=names),
    )


def _given_anew(old: Values, new: Values, name: str) -> bool:
    """True when the program gives another value; leaving out what the cloud fills in changes nothing."""
    given = new.get(name)
    if isinstance(given, dict):
        before = old.get(name) or {}
        return any(before.get(key) != value for key, value in given.items())
    return given is not None and given != old.get(name)


def _change_expiry(call: Call, id: str, old: Values, new: Values | None) -> None:
    if new is None:
        return
    was, is_on = old.get("enabled") is True, new.get("enabled") is True
    moved = was and is_on and old.get("attributeName") != new.get("attributeName")
    if was and (moved or not is_on):
        _set_expiry(call, id, {**old, "enabled": False})
    if is_on and (moved or not was):
        _set_expiry(call, id, new)


def _remove(call: Call, id: str, state: Values) -> None:
    _dynamodb(call).delete_table(TableName=id)


TYPES = [
    Served("aws:dynamodb/table:Table", _make, _look, _remove, _change, _finish),
    ITEM,
]
