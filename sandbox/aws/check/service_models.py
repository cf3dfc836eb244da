"""Constraints from the service models that botocore ships, for properties about which the facts say nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sandbox.aws.facts import Property

# Resource type -> (service, operation that makes it). Only where inputs and parameters have the same names and meaning.
_OPERATIONS = {
    "aws:appautoscaling/target:Target": ("application-autoscaling", "RegisterScalableTarget"),
    "aws:cloudwatch/eventRule:EventRule": ("events", "PutRule"),
    "aws:dynamodb/table:Table": ("dynamodb", "CreateTable"),
    "aws:iam/policy:Policy": ("iam", "CreatePolicy"),
    "aws:lambda/alias:Alias": ("lambda", "CreateAlias"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": ("lambda", "CreateEventSourceMapping"),
    "aws:lambda/function:Function": ("lambda", "CreateFunction"),
    "aws:lambda/permission:Permission": ("lambda", "AddPermission"),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "CreateSecret"),
    "aws:ssm/parameter:Parameter": ("ssm", "PutParameter"),
}
_NAMES = {  # inputs that the service calls otherwise
    ("aws:dynamodb/table:Table", "name"): "TableName",
    ("aws:iam/policy:Policy", "name"): "PolicyName",
}
# The provider takes more than the service's own parameter: a name or an ARN, a computed form, another default.
_WIDER = {"tags", "policy", "functionName", "kmsKeyId", "kmsKeyArn", "region", "body", "value"}
_JUDGED = {"enum", "range", "length", "pattern", "format", "any_of", "asset", "output"}


@lru_cache(maxsize=64)
def constraints_of(token: str) -> Mapping[str, Property]:
    """Input name -> `enum`, `length`, `range`, `pattern` in the form of the facts; empty for a type not listed."""
    if token not in _OPERATIONS:
        return {}
    service, operation = _OPERATIONS[token]
    model = _model(service)
    shapes = model["shapes"]
    members = shapes[model["operations"][operation]["input"]["shape"]]["members"]
    by_name = {name[0].lower() + name[1:]: member["shape"] for name, member in members.items()}
    named = {own: theirs[0].lower() + theirs[1:] for (type, own), theirs in _NAMES.items() if type == token}
    found = {name: _facts(shapes[shape]) for name, shape in by_name.items()}
    return {**found, **{own: found[theirs] for own, theirs in named.items()}}


def added(token: str, name: str, prop: Property) -> Property:
    """The property with what its service says about it, where the facts say nothing."""
    if name in _WIDER or _JUDGED & set(prop) or prop.get("type") not in ("string", "int", "float"):
        return prop
    return {**prop, **constraints_of(token).get(name, {})}


@lru_cache(maxsize=16)
def _model(service: str) -> dict[str, Any]:
    from botocore.loaders import Loader

    return Loader().load_service_model(service, "service-2")


def _facts(shape: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    bounds = [shape.get("min"), shape.get("max")]
    if "enum" in shape:
        facts["enum"] = shape["enum"]
    elif bounds != [None, None] and shape["type"] in ("string", "integer", "long"):
        facts["length" if shape["type"] == "string" else "range"] = bounds
    pattern = shape.get("pattern")
    if pattern and "enum" not in shape and _compiles(pattern):
        facts["pattern"] = f"^(?:{pattern})$"  # the services match the whole value
    return facts


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
