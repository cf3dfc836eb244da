"""Secondary indexes of a DynamoDB table between the outputs' form and the cloud's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Values = dict[str, Any]


def secondary_index(index: Values, provisioned: bool) -> Values:
    """A global secondary index as CreateTable wants it."""
    sent: Values = {"IndexName": index["name"], "KeySchema": _keys(index), "Projection": _projection(index)}
    if provisioned:
        sent["ProvisionedThroughput"] = {
            "ReadCapacityUnits": index.get("readCapacity") or 1,
            "WriteCapacityUnits": index.get("writeCapacity") or 1,
        }
    return sent


def local_index(index: Values, hash_key: str) -> Values:
    """A local secondary index as CreateTable wants it."""
    keys = _keys({"hashKey": hash_key, "rangeKey": index["rangeKey"]})
    return {"IndexName": index["name"], "KeySchema": keys, "Projection": _projection(index)}


def _keys(index: Values) -> list[Values]:
    if index.get("keySchemas"):
        return [{"AttributeName": key["attributeName"], "KeyType": key["keyType"]} for key in index["keySchemas"]]
    keys = [{"AttributeName": index["hashKey"], "KeyType": "HASH"}]
    return [*keys, {"AttributeName": index["rangeKey"], "KeyType": "RANGE"}] if index.get("rangeKey") else keys


def _projection(index: Values) -> Values:
    sent: Values = {"ProjectionType": index["projectionType"]}
    return {**sent, "NonKeyAttributes": index["nonKeyAttributes"]} if index.get("nonKeyAttributes") else sent


def indexes_of(table: Values, state: Values) -> Values:
    """Both kinds of indexes as outputs; those the state knows in its order and with the parts the cloud forgets."""
    known = {index["name"]: index for index in state.get("globalSecondaryIndexes") or ()}
    found = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes") or ()}
    names = [*(name for name in known if name in found), *(name for name in found if name not in known)]
    return {
        "globalSecondaryIndexes": [_described(found[name], known.get(name, {})) for name in names],
        "localSecondaryIndexes": [_described_local(index) for index in table.get("LocalSecondaryIndexes") or ()],
    }


def _described(index: Values, known: Values) -> Values:
    keys = {key["KeyType"]: key["AttributeName"] for key in index["KeySchema"]}
    units = index.get("ProvisionedThroughput") or {}
    return {
        **known,
        "hashKey": keys.get("HASH", ""),
        "name": index["IndexName"],
        "nonKeyAttributes": index["Projection"].get("NonKeyAttributes") or [],
        "projectionType": index["Projection"]["ProjectionType"],
        "rangeKey": keys.get("RANGE", ""),
        "readCapacity": units.get("ReadCapacityUnits", 0),
        "writeCapacity": units.get("WriteCapacityUnits", 0),
    }


def _described_local(index: Values) -> Values:
    keys = {key["KeyType"]: key["AttributeName"] for key in index["KeySchema"]}
    return {
        "name": index["IndexName"],
        "nonKeyAttributes": index["Projection"].get("NonKeyAttributes") or [],
        "projectionType": index["Projection"]["ProjectionType"],
        "rangeKey": keys.get("RANGE", ""),
    }


def sent_index_updates(old: Values, new: Values) -> Iterator[Values]:
    """Steps that turn the old global indexes into the new ones: DynamoDB takes one per request."""
    before = {index["name"]: index for index in old.get("globalSecondaryIndexes") or ()}
    after = {index["name"]: index for index in new.get("globalSecondaryIndexes") or ()}
    provisioned = new.get("billingMode") != "PAY_PER_REQUEST"
    if new.get("globalSecondaryIndexes") is None:
        return  # left out: what is there stays
    for name, index in before.items():
        if name not in after or _shape(index) != _shape(after[name]):
            yield {"Delete": {"IndexName": name}}
    for name, index in after.items():
        if name not in before or _shape(index) != _shape(before[name]):
            yield {"Create": secondary_index(index, provisioned)}


def _shape(index: Values) -> Any:
    """What an index cannot change in place."""
    return _keys(index), index["projectionType"], sorted(index.get("nonKeyAttributes") or ())
