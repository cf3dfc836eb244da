"""Answers the data sources that the components use; names the others as unsupported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.places import description_of, partition_of, suffix_of, zones_of
from sandbox.aws.sources.policy_document import policy_document
from sandbox.provider.protocol import Failure, ProviderError
from sandbox.provider.values import Secret, plain

Args = dict[str, Any]


def answer(token: str, args: Args, call: Call) -> tuple[Args, list[Failure]]:
    """(result, failures). ProviderError for a data source that the stand-in does not have."""
    source = _SOURCES.get(token)
    if source is None:
        known = ", ".join(sorted(name.rpartition(":")[2] for name in _SOURCES))
        raise ProviderError(
            f"{token}: not supported by the AWS stand-in, expected one of {known}; "
            "use the official provider for this data source"
        )
    try:
        return source(plain(args), call), []
    except ValueError as problem:
        return {}, [Failure("", str(problem))]


def _caller_identity(args: Args, call: Call) -> Args:
    if call.endpoint:
        found = call.client("sts").get_caller_identity()
        return {"accountId": found["Account"], "arn": found["Arn"], "id": found["Account"], "userId": found["UserId"]}
    arn = f"arn:{call.partition}:iam::{call.account}:root"
    return {"accountId": call.account, "arn": arn, "id": call.account, "userId": call.account}


def _region(args: Args, call: Call) -> Args:
    region = args.get("region") or args.get("name") or call.region
    return {
        "description": description_of(region),
        "endpoint": f"ec2.{region}.{suffix_of(region)}",
        "id": region,
        "name": region,
        "region": region,
    }


def _partition(args: Args, call: Call) -> Args:
    suffix = suffix_of(call.region)
    return {
        "dnsSuffix": suffix,
        "id": partition_of(call.region),
        "partition": partition_of(call.region),
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _zones(args: Args, call: Call) -> Args:
    region = args.get("region") or call.region
    zones = [
        (name, id)
        for name, id in zones_of(region)
        if name not in (args.get("excludeNames") or []) and id not in (args.get("excludeZoneIds") or [])
    ]
    return {
        **{key: value for key, value in args.items() if value is not None},
        "groupNames": [f"{region}-zg-1"],
        "id": region,
        "names": [name for name, _ in zones],
        "region": region,
        "zoneIds": [id for _, id in zones],
    }


def _policy_document(args: Args, call: Call) -> Args:
    return policy_document(args)


def _parameter(args: Args, call: Call) -> Args:
    if not call.endpoint:
        raise ProviderError(
            f"aws:ssm/getParameter {args.get('name')}: got no embedded cloud to read it from, expected one; "
            "start the stand-in with --endpoint, or give the value in the settings"
        )
    client = call.client("ssm")
    try:
        found = client.get_parameter(Name=args["name"], WithDecryption=args.get("withDecryption", True))["Parameter"]
    except client.exceptions.ParameterNotFound as problem:
        raise ProviderError(f"aws:ssm/getParameter {args['name']}: no such parameter in {call.region}") from problem
    text, kind = found["Value"], found["Type"]
    return {
        "arn": found.get("ARN")
        or f"arn:{call.partition}:ssm:{call.region}:{call.account}:parameter/{args['name'].lstrip('/')}",
        "id": args["name"],
        "insecureValue": "" if kind == "SecureString" else text,
        "name": args["name"],
        "region": call.region,
        "type": kind,
        "value": Secret(text),
        "version": found["Version"],
        "withDecryption": args.get("withDecryption", True),
    }


def _secret(args: Args, call: Call) -> Args:
    """What is public of a secret; its value is never read. On paper a name is taken for the name of one that exists."""
    given = args.get("arn") or args.get("name")
    if not given:
        raise ValueError("one of `arn` or `name` must be set")
    if not call.endpoint:
        name = given.rpartition(":")[2] if given.startswith("arn:") else given
        arn = f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:{name}"
        found: Args = {"ARN": given if given.startswith("arn:") else f"{arn}-AbCdEf", "Name": name}
    else:
        client = call.client("secretsmanager")
        try:
            found = client.describe_secret(SecretId=given)
        except client.exceptions.ResourceNotFoundException as problem:
            raise ProviderError(f"aws:secretsmanager/getSecret {given}: no such secret in {call.region}") from problem
    return {
        "arn": found["ARN"],
        "createdDate": str(found.get("CreatedDate", "")),
        "description": found.get("Description", ""),
        "id": found["ARN"],
        "kmsKeyId": found.get("KmsKeyId", ""),
        "lastChangedDate": str(found.get("LastChangedDate", "")),
        "name": found["Name"],
        "policy": "",
        "region": call.region,
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
    }


_SOURCES: dict[str, Callable[[Args, Call], Args]] = {
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:secretsmanager/getSecret:getSecret": _secret,
    "aws:ssm/getParameter:getParameter": _parameter,
}
