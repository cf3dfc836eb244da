"""The provider's configuration: which keys there are, and what the stand-in takes from them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from sandbox.aws.sdk import provider_inputs
from sandbox.provider.protocol import Failure
from sandbox.provider.values import UNKNOWN, plain

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
_ENGINE_KEYS = {"version", "pluginDownloadURL", "pluginChecksums"}


@dataclass(frozen=True)
class Configuration:
    """What matters here: where resources go and which tags all of them get."""

    region: str = "us-east-1"
    default_tags: dict[str, str] = field(default_factory=dict[str, str])


def _value(inputs: dict[str, Any], name: str) -> Any:
    """A configuration value; the engine hands over objects, numbers and truth values as JSON texts."""
    value = plain(inputs.get(name))
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _region(inputs: dict[str, Any]) -> Any:
    return _value(inputs, "region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def read_configuration(inputs: dict[str, Any]) -> Configuration:
    """The configuration of inputs that `wrong_configuration` passed."""
    tags = _value(inputs, "defaultTags")
    held = tags.get("tags") if isinstance(tags, dict) else None
    region = _region(inputs)
    return Configuration(
        region=region if isinstance(region, str) else "us-east-1",
        default_tags={str(key): str(value) for key, value in held.items()} if isinstance(held, dict) else {},
    )


def wrong_configuration(inputs: dict[str, Any]) -> list[Failure]:
    """Everything that is wrong: unknown keys, a missing or impossible region."""
    known = provider_inputs() | _ENGINE_KEYS
    failures: list[Failure] = []
    for name in inputs:
        if name not in known and not name.startswith("__"):
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean aws:{near[0]}?" if near else ""
            failures.append(Failure(name, f"aws:{name}: no such configuration{hint}"))
    region = _region(inputs)
    if region is None:
        failures.append(
            Failure("region", "aws:region: got nothing, expected an AWS region; pulumi config set aws:region us-east-1")
        )
    elif region is not UNKNOWN and not (isinstance(region, str) and _REGION.fullmatch(region)):
        failures.append(Failure("region", f"aws:region: got {region!r}, expected an AWS region such as us-east-1"))
    return failures
