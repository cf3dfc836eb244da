"""Systems Manager: parameters."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, given, mapped, pairs, retag

_FIELDS = {
    "allowedPattern": "AllowedPattern",
    "dataType": "DataType",
    "description": "Description",
    "keyId": "KeyId",
    "tier": "Tier",
    "type": "Type",
}
_COULD_BE_LATER = ("tier", "dataType")
_ITS_OWN_KEY = "alias/aws/ssm"


def _ssm(call: Call) -> Any:
    return call.client("ssm")


def _put(call: Call, inputs: Values, overwrite: bool) -> None:
    value = next((inputs[name] for name in ("value", "insecureValue", "valueWo") if inputs.get(name)), "")
    sent = {name: text for name, text in given(inputs, _FIELDS).items() if text != ""}
    if overwrite:  # tags are refused together with an overwrite
        _ssm(call).put_parameter(Name=inputs["name"], Value=value, Overwrite=True, **sent)
    else:
        _ssm(call).put_parameter(Name=inputs["name"], Value=value, Tags=pairs(inputs.get("tags")), **sent)


def _make(call: Call, inputs: Values) -> str:
    _put(call, inputs, overwrite=inputs.get("overwrite") is True)
    return str(inputs["name"])


def _look(call: Call, id: str, state: Values) -> Values:
    held = _ssm(call).get_parameter(Name=id, WithDecryption=True)["Parameter"]
    filters = [{"Key": "Name", "Option": "Equals", "Values": [id]}]
    about = (_ssm(call).describe_parameters(ParameterFilters=filters)["Parameters"] or [{}])[0]
    secret, write_only = held["Type"] == "SecureString", bool(state.get("valueWoVersion"))
    insecure = bool(state.get("insecureValue")) and not secret
    key = about.get("KeyId") if secret else None
    return {
        **{ours: about.get(theirs) for ours, theirs in _FIELDS.items()},
        "arn": held["ARN"],
        "dataType": held.get("DataType", "text"),
        "insecureValue": held["Value"] if insecure else None,
        "keyId": None if key == _ITS_OWN_KEY and not state.get("keyId") else key,
        "name": held["Name"],
        "tags": _tags(call, id),
        "tier": about.get("Tier", "Standard"),
        "type": held["Type"],
        "value": None if write_only or insecure else held["Value"],
        "version": held["Version"],
    }


def _tags(call: Call, id: str) -> dict[str, str]:
    return mapped(_ssm(call).list_tags_for_resource(ResourceType="Parameter", ResourceId=id).get("TagList"))


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    names = ("value", "insecureValue", "valueWoVersion", *_FIELDS)
    if any(new.get(name) is not None and new.get(name) != old.get(name) for name in names) or _dropped(old, new):
        kept = {name: old.get(name) for name in _COULD_BE_LATER if new.get(name) is None}
        _put(call, {**new, **kept, "name": id}, overwrite=True)
    retag(
        _tags(call, id),
        new.get("tags"),
        lambda tags: _ssm(call).add_tags_to_resource(ResourceType="Parameter", ResourceId=id, Tags=pairs(tags)),
        lambda names: _ssm(call).remove_tags_from_resource(ResourceType="Parameter", ResourceId=id, TagKeys=names),
    )


def _dropped(old: Values, new: Values) -> bool:
    return any(old.get(name) and not new.get(name) for name in ("description", "allowedPattern"))


def _remove(call: Call, id: str, state: Values) -> None:
    _ssm(call).delete_parameter(Name=id)


TYPES = [Served("aws:ssm/parameter:Parameter", _make, _look, _remove, _change)]
