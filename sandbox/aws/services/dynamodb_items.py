"""DynamoDB: single items that a program puts into a table."""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.plan.documents import same_json
from sandbox.aws.services.served import Served

Values = dict[str, Any]


def _dynamodb(call: Call) -> Any:
    return call.client("dynamodb")


def _key(values: Values) -> Values:
    """The key of an item, in DynamoDB's typed form."""
    item = json.loads(values["item"])
    return {name: item[name] for name in (values["hashKey"], values.get("rangeKey")) if name}


def _id_of(values: Values) -> str:
    """Table, then for each key attribute its name and its binary, string and number value, two of them empty."""
    parts = [values["tableName"]]
    for name, value in _key(values).items():
        parts += [name, value.get("B", ""), value.get("S", ""), value.get("N", "")]
    # The hash key stands second whatever the table's name; its value follows as three parts.
    return "|".join(parts)


def _value(key: Values, name: str | None) -> str | None:
    held = key.get(name or "")
    return str(next(iter(held.values()))) if held else None


def _make(call: Call, inputs: Values) -> str:
    _dynamodb(call).put_item(
        TableName=inputs["tableName"],
        Item=json.loads(inputs["item"]),
        ConditionExpression="attribute_not_exists(#hash)",  # an item that somebody else wrote is not ours to overwrite
        ExpressionAttributeNames={"#hash": inputs["hashKey"]},
    )
    return _id_of(inputs)


def _look(call: Call, id: str, state: Values) -> Values | None:
    if not state.get("item"):
        return None  # an item cannot be imported, here and with the official provider
    key = _key(state)
    found = _dynamodb(call).get_item(TableName=state["tableName"], Key=key, ConsistentRead=True).get("Item")
    if found is None:
        return None
    real = json.dumps(found)
    return {
        "hashKey": state["hashKey"],
        "hashKeyValue": _value(key, state["hashKey"]),
        "item": state["item"] if same_json(state["item"], real) else real,
        "rangeKey": state.get("rangeKey"),
        "rangeKeyValue": _value(key, state.get("rangeKey")),
        "tableName": state["tableName"],
    }


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    _dynamodb(call).put_item(TableName=new["tableName"], Item=json.loads(new["item"]))
    if _key(old) != _key(new):
        _remove(call, id, old)


def _remove(call: Call, id: str, state: Values) -> None:
    _dynamodb(call).delete_item(TableName=state["tableName"], Key=_key(state))


ITEM = Served("aws:dynamodb/tableItem:TableItem", _make, _look, _remove, _change)
