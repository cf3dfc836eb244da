"""Regions: the partition, the DNS suffix, the zones and the names that go with each."""

from __future__ import annotations

import re

_PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
)
_ZONES = {"us-east-1": "abcdef", "us-west-2": "abcd", "ap-northeast-1": "acd", "us-west-1": "ac"}
_DESCRIPTIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "Europe (Ireland)",
    "eu-central-1": "Europe (Frankfurt)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
}


def partition_of(region: str) -> str:
    """`aws`, `aws-cn`, `aws-us-gov`, …"""
    return next((name for head, name, _ in _PARTITIONS if region.startswith(head)), "aws")


def suffix_of(region: str) -> str:
    """The DNS suffix of the partition."""
    return next((suffix for head, _, suffix in _PARTITIONS if region.startswith(head)), "amazonaws.com")


def description_of(region: str) -> str:
    """The region's display name; the region itself for one that is not listed."""
    return _DESCRIPTIONS.get(region, region)


def zones_of(region: str) -> list[tuple[str, str]]:
    """(zone name, zone id) of each availability zone; three of them where nothing else is known."""
    head, *middle, number = region.split("-")
    directions = re.findall(r"north|south|east|west|central|gov", "".join(middle))
    short = head + "".join(word[0] for word in directions) + number
    return [
        (f"{region}{letter}", f"{short}-az{index}") for index, letter in enumerate(_ZONES.get(region, "abc"), start=1)
    ]
