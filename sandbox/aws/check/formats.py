"""Formats that the provider demands of strings: what passes, and how to say what was expected."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from datetime import date, datetime

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
_PARTITION = re.compile(r"aws(-[a-z]+)*")
_ACCOUNT = re.compile(r"aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10}")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(rf"({_UUID}|mrk-[0-9a-f]{{32}}|alias/[a-zA-Z0-9/_-]+)")
_SERVICE = re.compile(r"([a-z0-9-]+\.){1,4}(amazonaws\.com(\.cn)?|amazon\.com)")


def is_arn(text: str) -> bool:
    """As the provider's own test: six parts, a partition, a region and an account that look right, a resource."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        return False
    partition, region, account = parts[1], parts[3], parts[4]
    return bool(
        _PARTITION.fullmatch(partition)
        and (not region or _REGION.fullmatch(region))
        and (not account or _ACCOUNT.fullmatch(account))
    )


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return test


def _is_policy(text: str) -> bool:
    return text.startswith("{") and _parses(json.loads)(text)


def _network(version: int) -> Callable[[str], bool]:
    def parse(text: str) -> None:
        if "/" not in text or ipaddress.ip_network(text, strict=True).version != version:
            raise ValueError(text)

    return _parses(parse)


def _cidr(text: str) -> None:
    if "/" not in text:
        raise ValueError(text)
    ipaddress.ip_network(text, strict=False)


FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "arn": (is_arn, "an ARN"),
    "json": (_parses(json.loads), "JSON"),
    "iam-policy-json": (_is_policy, "a JSON object that is an IAM policy"),
    "cidr": (_parses(_cidr), "a CIDR block"),
    "ipv4": (_parses(ipaddress.IPv4Address), "an IPv4 address"),
    "ipv6": (_parses(ipaddress.IPv6Address), "an IPv6 address"),
    "ipv4-network": (_network(4), "an IPv4 CIDR block without host bits"),
    "ipv6-network": (_network(6), "an IPv6 CIDR block without host bits"),
    "rfc3339": (_parses(lambda text: datetime.fromisoformat(text.replace("Z", "+00:00"))), "an RFC 3339 time"),
    "date": (_parses(date.fromisoformat), "a date (YYYY-MM-DD)"),
    "region": (lambda text: bool(_REGION.fullmatch(text)), "an AWS region"),
    "base64": (_parses(lambda text: base64.b64decode(text, validate=True)), "base64"),
    "kms-key-id": (lambda text: is_arn(text) or bool(_KEY.fullmatch(text)), "a KMS key id, key ARN or alias"),
    "service-principal": (lambda text: bool(_SERVICE.fullmatch(text)), "a service principal"),
}
"""Format name -> (test, what was expected). A name that is not here is not judged."""
